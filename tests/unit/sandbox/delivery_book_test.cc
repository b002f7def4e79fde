#include "connectors/aircall/sandbox/stage/delivery_book.h"

#include <gmock/gmock.h>

#include "tests/unit/sandbox/company.h"

namespace sb::aircall::sandbox {
namespace {

/// A book with one webhook, "w", and a clock to push.
class Book : public ::testing::Test {
 protected:
  std::int64_t Add(const std::string& webhook = "w", const std::string& body = "{}") {
    return book_.Add(
        {.webhook_id = webhook, .url = "https://in.example/", .event = "e", .body = body}, now_,
        now_);
  }

  std::optional<std::int64_t> Take() {
    const auto taken = book_.TakeDue(now_);
    return taken ? std::optional(taken->delivery_id) : std::nullopt;
  }

  void Fail(std::int64_t id) { book_.Finish(id, {.at = now_, .status = 500}, RetryPolicy{}); }

  void Succeed(std::int64_t id) { book_.Finish(id, {.at = now_, .status = 204}, RetryPolicy{}); }

  DeliveryState StateOf(std::int64_t id) { return book_.all().at(id).state; }

  WallTime now_ = FromUnixSeconds(kStart);
  DeliveryBook book_;
};

TEST(RetryPolicy, DoublesFromOneSecondToAQuarterOfAnHour) {
  const RetryPolicy policy;
  EXPECT_EQ(policy.WaitAfter(1), 1s);
  EXPECT_EQ(policy.WaitAfter(2), 2s);
  EXPECT_EQ(policy.WaitAfter(10), 512s);
  EXPECT_EQ(policy.WaitAfter(11), 15min);
  EXPECT_EQ(policy.WaitAfter(49), 15min);
}

TEST_F(Book, SendsAtOnceAndOnce) {
  const auto id = Add();
  EXPECT_EQ(Take(), id);
  EXPECT_EQ(Take(), std::nullopt);
  Succeed(id);
  EXPECT_EQ(StateOf(id), DeliveryState::kDelivered);
  EXPECT_EQ(book_.NextDue(), std::nullopt);
}

TEST_F(Book, TriesAgainAfterTheWaitAndNotBefore) {
  const auto id = Add();
  Take();
  Fail(id);
  EXPECT_EQ(book_.NextDue(), now_ + 1s);
  now_ += 1s - 1us;
  EXPECT_EQ(Take(), std::nullopt);
  now_ += 1us;
  EXPECT_EQ(Take(), id);
}

TEST_F(Book, CountsNoAnswerAsAFailure) {
  const auto id = Add();
  Take();
  book_.Finish(id, {.at = now_, .status = 0, .problem = "Connection", .took = 5s}, RetryPolicy{});
  EXPECT_EQ(StateOf(id), DeliveryState::kPending);
  EXPECT_EQ(book_.NextDue(), now_ + 6s);
}

TEST_F(Book, GivesUpAfterFiftyAttempts) {
  const auto id = Add();
  int tries = 0;
  for (; Take(); ++tries) {
    Fail(id);
    now_ = book_.NextDue().value_or(now_);
  }
  EXPECT_EQ(tries, 50);
  EXPECT_EQ(StateOf(id), DeliveryState::kGivenUp);
}

TEST_F(Book, GivesUpWhenItsTimeIsOver) {
  DeliveryBook hasty;
  const RetryPolicy policy{.give_up_after = 10s};
  const auto id = hasty.Add({.webhook_id = "w"}, now_, now_);
  for (const auto after : {0s, 1s, 3s, 7s}) {
    ASSERT_TRUE(hasty.TakeDue(now_ + after));
    hasty.Finish(id, {.at = now_ + after, .status = 500}, policy);
  }
  EXPECT_EQ(hasty.all().at(id).state, DeliveryState::kGivenUp);
  EXPECT_EQ(hasty.NextDue(), std::nullopt);
}

TEST_F(Book, KeepsTheOrderOfOneWebhook) {
  const auto first = Add();
  const auto second = Add();
  EXPECT_EQ(Take(), first);
  EXPECT_EQ(Take(), std::nullopt);
  Succeed(first);
  EXPECT_EQ(Take(), second);
}

TEST_F(Book, LetsTheNextGoAheadOfAFailedOne) {
  const auto first = Add();
  const auto second = Add();
  Take();
  Fail(first);
  EXPECT_EQ(Take(), second);
}

TEST_F(Book, DoesNotHoldOneWebhookUpForAnother) {
  const auto slow = Add("slow");
  const auto other = Add("other");
  EXPECT_EQ(Take(), slow);
  EXPECT_EQ(Take(), other);
}

TEST_F(Book, SendsNothingMoreToADeletedWebhook) {
  const auto sending = Add();
  const auto waiting = Add();
  Take();
  book_.Cancel("w");
  Fail(sending);
  EXPECT_EQ(StateOf(sending), DeliveryState::kCancelled);
  EXPECT_EQ(StateOf(waiting), DeliveryState::kCancelled);
  EXPECT_EQ(book_.NextDue(), std::nullopt);
}

TEST_F(Book, RepeatsADeliveryByteForByte) {
  const auto id = Add("w", R"({"n":1})");
  Take();
  Succeed(id);
  const auto repeat = book_.Repeat(id, now_);
  ASSERT_THAT(repeat, IsOk());
  EXPECT_EQ(repeat->repeat_of, id);
  EXPECT_EQ(book_.TakeDue(now_)->body, R"({"n":1})");
}

TEST_F(Book, RepeatsTheLatestWhenNoneIsNamed) {
  Add();
  const auto latest = Add();
  EXPECT_EQ(book_.Repeat({}, now_)->repeat_of, latest);
}

TEST_F(Book, CannotRepeatWhatItDoesNotHave) {
  EXPECT_THAT(book_.Repeat({}, now_), IsUnknown());
  EXPECT_THAT(book_.Repeat(7, now_), IsUnknown());
}

TEST_F(Book, IgnoresTheEndOfWhatItForgot) {
  const auto old = Add();
  Take();
  book_.Clear();
  const auto fresh = Add();
  EXPECT_NE(fresh, old);
  Succeed(old);
  EXPECT_EQ(StateOf(fresh), DeliveryState::kPending);
  EXPECT_EQ(Take(), fresh);
}

}  // namespace
}  // namespace sb::aircall::sandbox
