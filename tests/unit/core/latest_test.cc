// `metadata.switchboard.fetch_latest`: what the event is about is read anew before the first task.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

support::FakeActionCatalog Catalog() {
  using support::FakeActionCatalog;
  FakeActionCatalog catalog = FakeActionCatalog::Aircall();
  catalog.Add("aircall.calls.get", FakeActionCatalog::EffectClass::kRead)
      .AddLatest("call.ended", {"aircall.calls.get", "call_id", "id", {{"fetch_contact", true}}})
      .AddLatest("call.tagged", {"aircall.calls.get", "call_id", "id", {}})
      .AddLatest("contact.updated", {"aircall.contacts.get", "contact_id", "id", {}});
  return catalog;
}

std::string Fetching(const std::string& schedule, const std::string& tasks) {
  return "document: { dsl: '1.0.3', namespace: test, name: story, version: '1.0.0', metadata: { "
         "switchboard: { fetch_latest: true } } }\n" +
         schedule + "\ndo: [ " + tasks + " ]";
}

constexpr const char* kOnEnd = "schedule: { on: { one: { with: { type: call.ended } } } }";
constexpr const char* kTell =
    "{ tell: { set: { was: '${ $workflow.input[0].data.duration }', is: '${ "
    "$steps.latest.output.duration }', got: '${ .[0].type }' } } }";

Json Ended(const Json& data) {
  return Json::array({{{"type", "call.ended"}, {"data", data}}});
}

TEST(FetchLatest, ReadsTheObjectBeforeTheFirstTaskAndLeavesTheDataAlone) {
  RunHarness run(Fetching(kOnEnd, kTell), Catalog());
  run.Start(Ended({{"id", 7}, {"duration", 0}}));
  EXPECT_EQ(run.Wanted("latest").input, (Json{{"call_id", 7}, {"fetch_contact", true}}));
  run.SucceedCall("latest", {{"id", 7}, {"duration", 31}});
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.output(), (Json{{"was", 0}, {"is", 31}, {"got", "call.ended"}}));
}

TEST(FetchLatest, ReadsNothingWithoutAnEvent) {
  RunHarness run(Fetching(kOnEnd, "{ tell: { set: { n: 1 } } }"), Catalog());
  run.Start({{"by", "hand"}});
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_THAT(run.requests(), IsEmpty());
}

TEST(FetchLatest, FailsTheFirstTaskWhenTheObjectIsGone) {
  RunHarness run(Fetching(kOnEnd, kTell), Catalog());
  run.Start(Ended({{"id", 7}}));
  run.FailCall("latest", NotFound("AIRCALL_NOT_FOUND", "it is gone"));
  EXPECT_EQ(run.status(), RunStatus::kFailed);
}

std::vector<std::string> Faults(const std::string& yaml) {
  const support::FakeActionCatalog catalog = Catalog();
  std::vector<std::string> codes;
  for (const Diagnostic& error :
       ParseWorkflow(yaml, catalog, TestExpressions(), TestTimeZones()).errors)
    codes.push_back(error.code);
  return codes;
}

TEST(FetchLatest, IsForEventsOfOneKindOfObject) {
  const auto on = [](const std::string& types) {
    return Fetching("schedule: { on: { any: [ " + types + " ] } }", "{ a: { set: {} } }");
  };
  EXPECT_THAT(Faults(on("{ with: { type: call.ended } }, { with: { type: call.tagged } }")),
              IsEmpty());
  EXPECT_THAT(Faults(on("{ with: { type: call.ended } }, { with: { type: contact.updated } }")),
              ElementsAre("WORKFLOW_FIELD_INVALID"));
  EXPECT_THAT(Faults(on("{ with: { type: com.acme.order } }")),
              ElementsAre("WORKFLOW_FIELD_INVALID"));
  EXPECT_THAT(Faults(Fetching("schedule: { every: PT1H }", "{ a: { set: {} } }")),
              ElementsAre("WORKFLOW_FIELD_INVALID"));
  EXPECT_THAT(Faults(Fetching("schedule: { on: { all: [ { with: { type: call.ended } }, { with: { "
                              "type: call.tagged } } ] } }",
                              "{ a: { set: {} } }")),
              ElementsAre("WORKFLOW_FIELD_INVALID"));
}

TEST(FetchLatest, KeepsTheNameForItself) {
  EXPECT_THAT(Faults(Fetching(kOnEnd, "{ latest: { set: {} } }")),
              ElementsAre("WORKFLOW_TASK_DUPLICATE"));
}

}  // namespace
}  // namespace sb::core::workflow
