#include "engine/accounts/check_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sb::accounts {
namespace {

using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Matcher;
using ::testing::Not;
using Remote = Subscriptions::Remote;

const CheckSpec kSpec{{}, "look in the dashboard", "ask the customer", {}, {}, "attach them"};
const std::string kUrl = "https://switchboard.example/webhooks/aircall/abc";
const std::vector<std::string> kEvents = {"call.ended", "integration.deleted"};

Matcher<Finding> Says(Verdict verdict, const std::string& text) {
  return AllOf(Field(&Finding::verdict, verdict), Field(&Finding::text, HasSubstr(text)));
}

Matcher<Finding> Advises(const std::string& advice) {
  return Field(&Finding::advice, HasSubstr(advice));
}

std::vector<Json> Users() {
  return {{{"id", 1}, {"name", "Ann"}, {"email", "Ann@lumen.example"}},
          {{"id", 2}, {"name", "Bob"}, {"email", "bob@lumen.example"}}};
}

TEST(TheCreator, IsNamedWhereTheProviderTells) {
  const std::optional<Result<Json>> ann = Result<Json>(Users()[0]);
  EXPECT_THAT(JudgeCreator(kSpec, ann, Users()), Says(Verdict::kOk, "Ann <Ann@lumen.example>"));
  const std::optional<Result<Json>> gone = Result<Json>(Json{{"id", 9}, {"name", "Zoe"}});
  EXPECT_THAT(JudgeCreator(kSpec, gone, Users()), Says(Verdict::kWarning, "Zoe"));
}

TEST(TheCreator, IsHonestlyUnknownOtherwise) {
  EXPECT_THAT(JudgeCreator(kSpec, {}, Users()),
              AllOf(Says(Verdict::kUnknown, "does not tell"), Advises("look in the dashboard")));
  const std::optional<Result<Json>> failed =
      Result<Json>(Unavailable("PROVIDER_UNAVAILABLE", "it did not answer"));
  EXPECT_THAT(JudgeCreator(kSpec, failed, Users()), Says(Verdict::kUnknown, "did not answer"));
}

TEST(AnAdministrator, IsKnownOnlyFromTheProvider) {
  const auto said = [](const Json& is_one) {
    return std::optional<Result<Json>>(Result<Json>(Json{{"administrator", is_one}}));
  };
  EXPECT_THAT(JudgeAdministrator(kSpec, said(true)), Says(Verdict::kOk, ""));
  EXPECT_THAT(JudgeAdministrator(kSpec, said(false)), Says(Verdict::kProblem, "no administrator"));
  EXPECT_THAT(JudgeAdministrator(kSpec, said(nullptr)),
              AllOf(Says(Verdict::kUnknown, ""), Advises("ask the customer")));
  EXPECT_THAT(JudgeAdministrator(kSpec, {}), Says(Verdict::kUnknown, ""));
}

TEST(TheWebhook, MustBeThereActiveAtOurAddressWithOurEvents) {
  const Remote good{"1", kUrl, "", kEvents, true};
  EXPECT_THAT(JudgeWebhook(std::vector<Remote>{good}, kEvents, kUrl),
              AllOf(Says(Verdict::kOk, "call.ended"), Field(&Finding::advice, IsEmpty())));
  EXPECT_THAT(JudgeWebhook(std::vector<Remote>{}, kEvents, kUrl),
              Says(Verdict::kProblem, "there is none"));
  EXPECT_THAT(JudgeWebhook(std::vector<Remote>{}, {}, kUrl), Says(Verdict::kOk, "none is needed"));
  Remote bad = good;
  bad.active = false;
  EXPECT_THAT(JudgeWebhook(std::vector<Remote>{bad}, kEvents, kUrl),
              Says(Verdict::kProblem, "switched it off"));
  bad = good;
  bad.url = "https://old.example";
  EXPECT_THAT(JudgeWebhook(std::vector<Remote>{bad}, kEvents, kUrl),
              Says(Verdict::kProblem, "https://old.example"));
  bad = good;
  bad.events = {"integration.deleted"};
  EXPECT_THAT(JudgeWebhook(std::vector<Remote>{bad}, kEvents, kUrl),
              Says(Verdict::kProblem, "does not carry call.ended"));
  EXPECT_THAT(JudgeWebhook(std::vector<Remote>{good, good}, kEvents, kUrl),
              Says(Verdict::kWarning, "2 of ours"));
}

TEST(TheNumbers, ThatAreNotAttachedAreNamed) {
  const std::vector<Json> numbers = {{{"id", 1}, {"name", "Paris"}}, {{"id", 2}, {"name", "Lyon"}}};
  const auto attached = [](const Json& ids) {
    return std::optional<Result<Json>>(Result<Json>(ids));
  };
  EXPECT_THAT(JudgeNumbers(kSpec, attached({1, 2}), numbers), Says(Verdict::kOk, "all 2 numbers"));
  EXPECT_THAT(JudgeNumbers(kSpec, attached(Json::array({2})), numbers),
              AllOf(Says(Verdict::kWarning, "1 of 2 numbers are not attached: Paris"),
                    Advises("attach them")));
  EXPECT_THAT(JudgeNumbers(kSpec, {}, numbers), Says(Verdict::kOk, "for all 2 numbers"));
}

TEST(TheAgents, AreMatchedAgainstAListOfThePlatform) {
  EXPECT_THAT(JudgeAgents(Users(), {}),
              AllOf(Says(Verdict::kUnknown, "2 agents"), Advises("--known-emails FILE")));
  const KnownEmails all = std::set<std::string>{"ann@lumen.example", "bob@lumen.example"};
  EXPECT_THAT(JudgeAgents(Users(), all), Says(Verdict::kOk, "all 2 agents"));
  const KnownEmails some = std::set<std::string>{"ann@lumen.example"};
  EXPECT_THAT(JudgeAgents(Users(), some),
              Says(Verdict::kWarning, "1 agent of 2 match nobody: bob@lumen.example"));
}

TEST(TheQuota, TellsWhatWasLearned) {
  core::quota::BudgetRecord learned;
  learned.limit = 120;
  learned.foreign = 20;
  EXPECT_THAT(JudgeQuota(std::optional(learned)),
              Says(Verdict::kOk, "120 requests a minute, of which others take about 20"));
  learned.foreign = 80;
  EXPECT_THAT(JudgeQuota(std::optional(learned)), Says(Verdict::kWarning, "about 80"));
  EXPECT_THAT(JudgeQuota(std::optional<core::quota::BudgetRecord>()),
              Says(Verdict::kUnknown, "nothing was learned"));
}

TEST(AClock, MayBeAFewSecondsOff) {
  EXPECT_THAT(JudgeClock("C", "it", Millis(-2000)), Says(Verdict::kOk, "agree"));
  EXPECT_THAT(JudgeClock("C", "it", Millis(9000)), Says(Verdict::kWarning, "ahead of us"));
  EXPECT_THAT(JudgeClock("C", "it", Millis(-90'000)), Says(Verdict::kProblem, "behind us"));
  EXPECT_THAT(JudgeClock("C", "it", {}), Says(Verdict::kUnknown, ""));
}

}  // namespace
}  // namespace sb::accounts
