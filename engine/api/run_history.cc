#include "engine/api/run_history.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::api {
namespace {

namespace wf = core::workflow;
using wf::Awaiting;

template <typename Item>
void Keep(std::vector<Item>& items, Item item) {
  if (items.size() == TaskStory::kMostKept) items.erase(items.begin());
  items.push_back(std::move(item));
}

/// What each fact adds to the story of its task.
struct Teller {
  RunHistory& history;
  WallTime at;

  void Pause(const std::string& ref, Awaiting kind, std::optional<WallTime> due) const {
    GoOn(ref);
    Keep(history.stories[ref].pauses, StandStill{kind, at, due, {}});
  }

  void GoOn(const std::string& ref) const {
    const auto story = history.stories.find(ref);
    if (story == history.stories.end() || story->second.pauses.empty()) return;
    StandStill& newest = story->second.pauses.back();
    if (!newest.to) newest.to = at;
  }

  CallAttempt* Find(const std::string& ref, int attempt) const {
    const auto story = history.stories.find(ref);
    if (story == history.stories.end() || story->second.attempts.empty()) return nullptr;
    CallAttempt& newest = story->second.attempts.back();
    return newest.request.attempt == attempt ? &newest : nullptr;
  }

  void EndAll() const {
    for (const auto& [ref, story] : history.stories) GoOn(ref);
  }

  void operator()(const wf::CallRequested& fact) const {
    GoOn(fact.ref);
    Keep(history.stories[fact.ref].attempts, CallAttempt{fact, at, {}, {}, {}, {}, false});
  }

  void operator()(const wf::CallStarted& fact) const {
    CallAttempt* attempt = Find(fact.ref, fact.attempt);
    if (attempt != nullptr && !attempt->sent_at) attempt->sent_at = at;
  }

  void operator()(const wf::CallEnded& fact) const {
    CallAttempt* attempt = Find(fact.ref, fact.attempt);
    if (attempt == nullptr) return;
    attempt->ended_at = at;
    attempt->output = fact.output;
    attempt->error = fact.error;
  }

  void operator()(const wf::ReadBackPlanned& fact) const {
    Pause(fact.ref, Awaiting::kReadBack, fact.due);
  }

  void operator()(const wf::ReadBackEnded& fact) const {
    GoOn(fact.ref);
    CallAttempt* attempt = Find(fact.ref, fact.attempt);
    if (attempt == nullptr || !fact.found) return;
    attempt->found = true;
    attempt->ended_at = at;
    attempt->output = fact.output;
  }

  void operator()(const wf::RetryPlanned& fact) const {
    Pause(fact.ref, Awaiting::kRetry, fact.due);
  }

  void operator()(const wf::TimerSet& fact) const { Pause(fact.ref, Awaiting::kTimer, fact.due); }

  void operator()(const wf::TimerFired& fact) const { GoOn(fact.ref); }

  void operator()(const wf::RoundStarted& fact) const { GoOn(fact.ref); }

  void operator()(const wf::TaskCompleted& fact) const { GoOn(fact.ref); }

  void operator()(const wf::TaskFailed& fact) const { GoOn(fact.ref); }

  void operator()(const wf::RunParked& fact) const {
    if (!fact.ref.empty()) Pause(fact.ref, Awaiting::kResume, {});
  }

  void operator()(const wf::RunResumed&) const {
    for (auto& [ref, story] : history.stories) {
      if (!story.pauses.empty() && story.pauses.back().kind == Awaiting::kResume) GoOn(ref);
    }
  }

  void operator()(const wf::RunSucceeded&) const { EndAll(); }

  void operator()(const wf::RunFailed&) const { EndAll(); }

  void operator()(const wf::RunCancelled&) const { EndAll(); }

  template <typename OtherFact>
  void operator()(const OtherFact&) const {}
};

}  // namespace

void RunHistory::Tell(const wf::Fact& fact) {
  if (facts == 0) begins_at = fact.at;
  ++facts;
  std::visit(Teller{*this, fact.at}, fact.body);
}

Result<std::vector<wf::Fact>> FactsAfter(const std::vector<ports::JournalRow>& journal, int after) {
  std::vector<wf::Fact> facts;
  for (const ports::JournalRow& row : journal) {
    if (row.seq <= after) continue;
    for (const Json& stored : row.facts) {
      auto fact = wf::FactFromJson(stored);
      if (!fact.ok()) return fact.error();
      facts.push_back(*std::move(fact));
    }
  }
  return facts;
}

Result<RunHistory> ReadHistory(const std::vector<ports::JournalRow>& journal) {
  constexpr int kBeforeAll = -1;
  const auto facts = FactsAfter(journal, kBeforeAll);
  if (!facts.ok()) return facts.error();
  RunHistory history;
  for (const wf::Fact& fact : *facts) {
    ApplyInPlace(history.run, fact);
    history.Tell(fact);
  }
  if (!journal.empty()) history.seq = journal.back().seq;
  return history;
}

WallTime LastMove(const wf::Run& run) {
  WallTime last = std::max(run.started_at.value_or(WallTime{}), run.ended_at.value_or(WallTime{}));
  for (const auto& [ref, task] : run.tasks) {
    last = std::max({last, task.started_at, task.ended_at.value_or(WallTime{}),
                     task.requested_at.value_or(WallTime{})});
  }
  return last;
}

}  // namespace sb::api
