// Any text, deployed as a workflow: refused with reasons that stand somewhere in it, or run to an
// end that is recorded.
#include <nlohmann/json.hpp>

#include "engine/adapters/system/system_time_zones.h"
#include "engine/core/workflow/dry_run.h"
#include "engine/core/workflow/parser.h"
#include "tests/fuzz/plain_expressions.h"
#include "tests/fuzz/target.h"
#include "tests/support/fake_action_catalog.h"

namespace sb::fuzz {
namespace {

using namespace core::workflow;

constexpr int kMostSteps = 200;

void CheckRefusal(const ParseOutcome& outcome) {
  Must(!outcome.errors.empty(), "a refusal has reasons");
  Must(outcome.errors.size() <= 50, "but not more than anybody reads");
  for (const Diagnostic& error : outcome.errors) {
    Must(!error.code.empty() && !error.message.empty(), "each says what is wrong");
    Must(error.position.line >= 1 && error.position.column >= 1, "and where");
  }
}

void CheckRun(const DryRun& dry) {
  const auto again = RunFromJson(*ParseJson(DumpJson(ToJson(dry.run))));
  Must(again.ok(), "the state of a run can be read back");
}

}  // namespace

void Try(std::string_view input) {
  static const auto kActions = support::FakeActionCatalog::Aircall();
  static const PlainExpressions kExpressions{};
  static const adapters::system::SystemTimeZones kZones;
  const ParseOutcome outcome = ParseWorkflow(input, kActions, kExpressions, kZones);
  if (!outcome.workflow) return CheckRefusal(outcome);
  Must(outcome.errors.empty(), "what is accepted has no errors");

  int calls = 0;
  const auto answer = [&calls](const CallRequested&) -> Result<Json> {
    if (++calls % 3 == 0) return NotFound("NOT_THERE", "there is no such thing");
    return Json{{"id", calls}};
  };
  CheckRun(PerformDryRun({*outcome.workflow, kExpressions, kActions, RunId(17), AccountId(7),
                          *ParseRfc3339("2026-06-01T09:30:00Z")},
                         {{"number", 3}, {"items", {1, 2, 3}}}, answer, kMostSteps));
}

}  // namespace sb::fuzz
