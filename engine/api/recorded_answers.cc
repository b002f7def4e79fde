#include "engine/api/recorded_answers.h"

#include <algorithm>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/api/run_history.h"
#include "engine/ports/run_store.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace wf = core::workflow;

constexpr int kMostRecordedRuns = 20;

std::string NameOf(const std::string& ref) {
  const std::string pointer = wf::DefinitionPointer(ref);
  return pointer.substr(pointer.rfind('/') + 1);
}

std::string Unversioned(const std::string& action) {
  return action.substr(0, action.find(':'));
}

}  // namespace

RecordedAnswers::RecordedAnswers(const Dependencies& deps, EventId event) {
  ports::RunFilter filter;
  filter.events.Only({event});
  const auto runs = deps.runs.List(filter, {0, kMostRecordedRuns});
  if (!runs.ok()) return;
  for (const ports::RunSummary& summary : runs->items) {
    const auto run = deps.runs.Get(summary.key.run);
    if (!run.ok()) continue;
    const auto facts = FactsAfter(run->journal, 0);
    if (facts.ok()) Remember(*facts);
  }
}

void RecordedAnswers::Remember(const std::vector<wf::Fact>& facts) {
  std::map<std::pair<std::string, int>, const wf::CallRequested*> requests;
  const auto record = [&](const std::string& ref, int attempt, const Json& output) {
    const auto request = requests.find({ref, attempt});
    if (request == requests.end()) return;
    records_.push_back(
        {NameOf(ref), Unversioned(request->second->action), request->second->input, output});
  };
  for (const wf::Fact& fact : facts) {
    if (const auto* wanted = std::get_if<wf::CallRequested>(&fact.body))
      requests[{wanted->ref, wanted->attempt}] = wanted;
    if (const auto* ended = std::get_if<wf::CallEnded>(&fact.body); ended && !ended->error)
      record(ended->ref, ended->attempt, ended->output);
    if (const auto* found = std::get_if<wf::ReadBackEnded>(&fact.body); found && found->found)
      record(found->ref, found->attempt, found->output);
  }
}

RecordedAnswers::Answer RecordedAnswers::To(const wf::CallRequested& call) const {
  const std::string action = Unversioned(call.action);
  const auto same = std::ranges::find_if(records_, [&](const Record& record) {
    return record.action == action && record.input == call.input;
  });
  if (same != records_.end()) return {same->output, v1::DryCall::ANSWER_RECORDED};
  const auto similar = std::ranges::find_if(records_, [&](const Record& record) {
    return record.action == action && record.task == NameOf(call.ref);
  });
  if (similar != records_.end()) return {similar->output, v1::DryCall::ANSWER_RECORDED_OTHER_INPUT};
  return {};
}

}  // namespace sb::api
