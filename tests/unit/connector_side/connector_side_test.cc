// What a side makes of an account's actions that fail, and of answers that nobody expects.
#include "engine/syncs/connector_side.h"

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "tests/support/fake_clock.h"

namespace sb::syncs {
namespace {

using core::quota::Lane;
using core::twoway::MatchBy;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const core::workflow::Expressions& JqOfConnectorSides() {
  static const adapters::jq::JqExpressions kJq;
  return kJq;
}

const connector::Connector& TheAircall() {
  static const auto kLibrary =
      connector::Library::Load(embedded::ConnectorFiles(), {}, JqOfConnectorSides());
  if (!kLibrary.ok()) throw std::runtime_error(kLibrary.error().message);
  return *(*kLibrary)->FindConnector("aircall");
}

/// Answers as a test says, one after the other; the last answer again and again.
class FakePerformer final : public ports::ActionPerformer {
 public:
  void Perform(ports::ActionCall call, Done done) override {
    calls.push_back(call);
    const Result<Json> answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    done(answer);
  }

  void ReadBack(ports::ActionCall call, WallTime requested_at, ReadBackDone done) override {
    calls.push_back(std::move(call));
    asked_since = requested_at;
    done(found);
  }

  std::deque<Result<Json>> answers;
  Result<std::optional<Json>> found = std::optional<Json>();
  std::vector<ports::ActionCall> calls;
  WallTime asked_since;
};

class ASideOfAConnector : public ::testing::Test {
 protected:
  static Json Contact(const Json& phones = Json::array()) {
    return {{"id", 7},
            {"first_name", "Ada"},
            {"updated_at", 1'780'000'000},
            {"phone_numbers", phones},
            {"emails", nullptr}};
  }

  static ports::SideWrite Write(const Json& values) {
    ports::SideWrite write;
    write.op_key = "op-9";
    write.key = "7";
    write.values = values;
    write.at = testing::kStoryTime;
    return write;
  }

  static ErrorKind KindOf(const Status& status) { return status.error().kind; }

  ErrorKind KindOfReading(const Error& error) {
    performer_.answers = {error};
    const auto record = side_.Read("7", Lane::kLive);
    return record.ok() ? ErrorKind::kNotFound : record.error().kind;
  }

  ErrorKind KindOfDeleting(const Error& error) {
    performer_.answers = {error};
    return KindOf(side_.Delete(Write({}), Lane::kLive));
  }

  void ReadContact() {
    performer_.answers = {Contact()};
    ASSERT_TRUE(side_.Read("7", Lane::kLive).ok());
  }

  /// What is asked of the provider for an update of a contact that is expected to have this name.
  std::vector<std::string> ActionsOfUpdate(const std::string& expected) {
    performer_.answers = {Contact()};
    performer_.calls.clear();
    ports::SideWrite write = Write({{"first_name", "Eve"}});
    write.expected = {{"first_name", expected}};
    EXPECT_TRUE(side_.Update(write, Lane::kLive).ok());
    std::vector<std::string> actions;
    for (const ports::ActionCall& call : performer_.calls) actions.push_back(call.action);
    return actions;
  }

  FakePerformer performer_;
  testing::FakeClock clock_;
  SideMemory memory_;
  ConnectorSide side_{{performer_, JqOfConnectorSides(), clock_, memory_},
                      TheAircall(),
                      TheAircall().records.at("contact"),
                      AccountId(3)};
};

TEST_F(ASideOfAConnector, UsesTheLaneThatItIsGiven) {
  performer_.answers = {Contact()};
  for (const Lane lane : {Lane::kLive, Lane::kBackfill}) {
    performer_.calls.clear();
    ASSERT_TRUE(side_.Read("7", lane).ok());
    ASSERT_TRUE(side_.IsGone("7", lane).ok());
    ASSERT_TRUE(side_.Update(Write({{"first_name", "Eve"}}), lane).ok());
    EXPECT_THAT(performer_.calls, Each(Field(&ports::ActionCall::lane, lane)));
    EXPECT_THAT(performer_.calls, Each(Field(&ports::ActionCall::account, AccountId(3))));
  }
}

TEST_F(ASideOfAConnector, TakesOnlyTheProvidersOwnWordForARecordThatIsNotThere) {
  EXPECT_EQ(KindOfReading(NotFound("AIRCALL_NOT_FOUND", "")), ErrorKind::kNotFound);
  EXPECT_EQ(KindOfReading(NotFound("ACCOUNT_NOT_FOUND", "")), ErrorKind::kUnauthorized);
  EXPECT_EQ(KindOfReading(Unauthorized("AIRCALL_UNAUTHORIZED", "")), ErrorKind::kUnauthorized);
  EXPECT_EQ(KindOfReading(Forbidden("AIRCALL_FORBIDDEN", "")), ErrorKind::kForbidden);
  EXPECT_EQ(KindOfReading(Unavailable("AIRCALL_UNAVAILABLE", "")), ErrorKind::kUnavailable);
}

TEST_F(ASideOfAConnector, IsAskedAgainLaterForWhatIsNobodysFault) {
  for (const Error& error : {Cancelled("SLOT_MOVED", ""), TimedOut("T", ""), Internal("I", ""),
                             Invalid("X", ""), Conflict("C", ""), InDoubt("D", "")}) {
    EXPECT_EQ(KindOfReading(error), ErrorKind::kUnavailable) << error.code;
  }
  EXPECT_EQ(KindOfDeleting(Cancelled("SLOT_MOVED", "")), ErrorKind::kUnavailable);
  EXPECT_EQ(KindOfDeleting(InDoubt("D", "")), ErrorKind::kInDoubt);
  EXPECT_EQ(KindOfDeleting(Conflict("AIRCALL_CONFLICT", "")), ErrorKind::kInvalid);
}

TEST_F(ASideOfAConnector, DoesNotGuessAtAnswersThatAreNoRecords) {
  for (const Json& answer : {Json("text"), Json::object(), Json({{"id", nullptr}}), Json(4)}) {
    performer_.answers = {answer};
    const auto record = side_.Read("7", Lane::kLive);
    ASSERT_FALSE(record.ok()) << answer;
    EXPECT_EQ(record.error().code, "LINK_RECORD_UNREADABLE");
    EXPECT_EQ(record.error().kind, ErrorKind::kUnavailable);
  }
}

TEST_F(ASideOfAConnector, PassesOverOneOfAListThatIsNoRecordAndReadsTheOthers) {
  performer_.answers = {Json{{"contacts", {Contact(), "nonsense"}},
                             {"meta", {{"total", 2}, {"next_page_link", nullptr}}}}};
  const auto page = side_.Scan("", Lane::kBackfill);
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_THAT(page->records, SizeIs(1));
  EXPECT_TRUE(page->proven) << "it was seen, though it cannot be read";
  EXPECT_EQ(page->total, 2);
  EXPECT_EQ(page->next, "");
}

TEST_F(ASideOfAConnector, FindsNobodyByWhatIsNoNumberAndTakesNoRefusalForNobody) {
  performer_.answers = {Invalid("PHONE_NUMBER_INVALID", "")};
  EXPECT_THAT(side_.Find({MatchBy::kPhone, "12"}, Lane::kLive).value(), IsEmpty());
  performer_.answers = {Invalid("AIRCALL_INVALID", "")};
  const auto refused = side_.Find({MatchBy::kEmail, "ada@engines.example"}, Lane::kLive);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
}

TEST_F(ASideOfAConnector, NamesEachStepOfAWriteAndTheSameStepAlike) {
  const Json wanted = {
      {"phone_numbers",
       {{{"value", "+331"}, {"label", "A"}}, {{"value", "+332"}, {"label", "B"}}}}};
  std::set<std::string> keys;
  for (int attempt = 0; attempt < 2; ++attempt) {
    performer_.answers = {Contact()};
    ASSERT_TRUE(side_.Update(Write(wanted), Lane::kLive).ok());
    for (const ports::ActionCall& call : performer_.calls) {
      if (!call.op_key.empty()) keys.insert(call.op_key);
    }
  }
  EXPECT_THAT(keys, SizeIs(2));
  EXPECT_THAT(keys, Each(::testing::StartsWith("op-9/")));
}

TEST_F(ASideOfAConnector, IsInDoubtOnceAPartIsDone) {
  const Json wanted = {
      {"phone_numbers",
       {{{"value", "+331"}, {"label", "A"}}, {{"value", "+332"}, {"label", "B"}}}}};
  performer_.answers = {Contact(), Unavailable("AIRCALL_UNAVAILABLE", "")};
  EXPECT_EQ(side_.Update(Write(wanted), Lane::kLive).error().kind, ErrorKind::kUnavailable);
  performer_.answers = {Contact(), Json{{"id", 1}}, Unavailable("AIRCALL_UNAVAILABLE", "")};
  EXPECT_EQ(side_.Update(Write(wanted), Lane::kLive).error().kind, ErrorKind::kInDoubt);
  performer_.answers = {Contact(), Json{{"id", 1}}, Json{{"id", 2}},
                        Unavailable("AIRCALL_UNAVAILABLE", "")};
  EXPECT_EQ(side_.Update(Write(wanted), Lane::kLive).error().kind, ErrorKind::kInDoubt)
      << "all was written, and nobody knows what is there now";
}

// ---- What was read a moment ago

TEST_F(ASideOfAConnector, WritesOverWhatItReadAMomentAgoWithoutReadingItAgain) {
  ReadContact();
  clock_.Advance(SideMemory::kFresh);
  EXPECT_THAT(ActionsOfUpdate("Ada"), ElementsAre("aircall.contacts.update"));
}

TEST_F(ASideOfAConnector, ReadsAgainWhatItReadTooLongAgo) {
  ReadContact();
  clock_.Advance(SideMemory::kFresh + Millis(1));
  EXPECT_THAT(ActionsOfUpdate("Ada"),
              ElementsAre("aircall.contacts.get", "aircall.contacts.update"));
}

TEST_F(ASideOfAConnector, ReadsAgainWhatIsNotAsExpected) {
  ReadContact();
  EXPECT_THAT(ActionsOfUpdate("Grace"), ElementsAre("aircall.contacts.get")) << "it may be by now";
}

TEST_F(ASideOfAConnector, WritesOverWhatItReadOnlyOnce) {
  ReadContact();
  ActionsOfUpdate("Ada");
  EXPECT_THAT(ActionsOfUpdate("Ada"),
              ElementsAre("aircall.contacts.get", "aircall.contacts.update"));
}

TEST_F(ASideOfAConnector, CountsAReadForNothingOnceTheNextOneFails) {
  ReadContact();
  ASSERT_EQ(KindOfReading(Unavailable("AIRCALL_UNAVAILABLE", "")), ErrorKind::kUnavailable);
  EXPECT_THAT(ActionsOfUpdate("Ada"),
              ElementsAre("aircall.contacts.get", "aircall.contacts.update"));
}

TEST_F(ASideOfAConnector, AlwaysReadsBeforeItDeletes) {
  ReadContact();
  performer_.calls.clear();
  ports::SideWrite write = Write({});
  write.expected = {{"first_name", "Ada"}};
  ASSERT_TRUE(side_.Delete(write, Lane::kLive).ok());
  EXPECT_THAT(performer_.calls, SizeIs(2));
  EXPECT_EQ(performer_.calls.front().action, "aircall.contacts.get");
}

TEST_F(ASideOfAConnector, ForgetsWhatItReadOfAPlaceOfItsOwn) {
  SideMemory memory;
  const ports::SideRecord ada{"7", {{"first_name", "Ada"}}, {}};
  memory.Saw("here", {Contact(), ada, clock_.Now()});
  EXPECT_FALSE(memory.TakeFresh("there", "7", clock_.Now()));
  memory.Unsee("here", "7");
  EXPECT_FALSE(memory.TakeFresh("here", "7", clock_.Now()));
  memory.Saw("here", {Contact(), ada, clock_.Now()});
  EXPECT_FALSE(memory.TakeFresh("here", "7", clock_.Now() - Millis(1))) << "a clock set back";
}

TEST_F(ASideOfAConnector, LooksForALostRecordFromWhenItWasFirstWritten) {
  performer_.found = std::optional<Json>(Contact());
  const auto found = side_.FindCreated(Write({{"first_name", "Ada"}}), Lane::kSync);
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ((*found)->key, "7");
  EXPECT_EQ(performer_.asked_since, testing::kStoryTime);
  EXPECT_EQ(performer_.calls.back().action, "aircall.contacts.create");
  EXPECT_EQ(performer_.calls.back().op_key, "op-9");
}

TEST_F(ASideOfAConnector, SaysWhichFieldsItHasNotAndThatItIsNotSearchedByAKey) {
  EXPECT_THAT(side_.Check({"first_name", "emails"}, {"emails"}).value(), IsEmpty());
  ConnectorSide keyed({performer_, JqOfConnectorSides(), clock_, memory_}, TheAircall(),
                      TheAircall().records.at("contact"), AccountId(3), "information");
  const auto problems = keyed.Check({"shoe_size"}, {}).value();
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_EQ(problems[0].code, "LINK_FIELD_UNKNOWN");
  EXPECT_EQ(problems[1].code, "LINK_MATCH_UNUSABLE");
  EXPECT_THAT(keyed.Find({MatchBy::kExternalKey, "7"}, Lane::kLive).value(), IsEmpty());
}

}  // namespace
}  // namespace sb::syncs
