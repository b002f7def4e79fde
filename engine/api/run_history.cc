#include "engine/api/run_history.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace sb::api {
namespace {

using core::workflow::CallRequested;
using core::workflow::Fact;
using core::workflow::Run;

/// Counts that never fall while a run goes on.
std::array<std::int64_t, 4> ProgressOf(const Run& run) {
  std::int64_t attempts = 0;
  for (const auto& [ref, task] : run.tasks) attempts += task.attempt;
  return {IsFinal(run.status) ? 1 : 0, run.entered, attempts,
          LastMove(run).time_since_epoch().count()};
}

}  // namespace

void Remember(const std::vector<Fact>& facts, Requests& requests) {
  for (const Fact& fact : facts) {
    const auto* request = std::get_if<CallRequested>(&fact.body);
    if (request == nullptr) continue;
    const auto known = requests.find(request->ref);
    if (known == requests.end() || known->second.attempt <= request->attempt)
      requests[request->ref] = *request;
  }
}

Result<RunHistory> ReadHistory(const std::vector<ports::JournalRow>& journal) {
  RunHistory history;
  std::vector<Fact> facts;
  for (const ports::JournalRow& row : journal) {
    for (const Json& stored : row.facts) {
      auto fact = core::workflow::FactFromJson(stored);
      if (!fact.ok()) return fact.error();
      ApplyInPlace(history.run, *fact);
      facts.push_back(*std::move(fact));
    }
  }
  Remember(facts, history.requests);
  return history;
}

WallTime LastMove(const Run& run) {
  WallTime last = std::max(run.started_at.value_or(WallTime{}), run.ended_at.value_or(WallTime{}));
  for (const auto& [ref, task] : run.tasks) {
    last = std::max({last, task.started_at, task.ended_at.value_or(WallTime{}),
                     task.requested_at.value_or(WallTime{})});
  }
  return last;
}

bool IsEarlier(const Run& older, const Run& newer) {
  const auto before = ProgressOf(older);
  const auto after = ProgressOf(newer);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] < after[i]) return true;
  }
  return false;
}

}  // namespace sb::api
