#include "engine/adapters/postgres/commit_params.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <tuple>

#include <nlohmann/json.hpp>

#include "engine/adapters/postgres/errors.h"
#include "engine/adapters/postgres/inbox_rows.h"

namespace sb::adapters::postgres {
namespace {

using StepsByRun = std::map<ports::RunKey, ports::RunStep>;
using TimesByRun = std::map<ports::RunKey, WallTime>;

Params FenceParams(const ports::WriterFence& fence, const std::string& commit_id) {
  return Params()
      .Number(fence.instance.number())
      .Number(fence.writer)
      .Number(fence.incarnation)
      .Text(commit_id);
}

void AddArrays(Params& params, std::initializer_list<const ArrayText*> arrays) {
  for (const ArrayText* array : arrays) params.Array(*array);
}

struct KeyArrays {
  ArrayText slots, accounts, runs;

  void Add(const ports::RunKey& key) {
    slots.AddNumber(key.slot);
    accounts.AddNumber(key.account.number());
    runs.AddNumber(key.run.number());
  }
};

Error SequenceConflict() {
  return FromSqlState(kSqlSequence, {}, {}, Access::kWrite);
}

Result<StepsByRun> JoinSteps(const std::vector<ports::RunStep>& steps) {
  StepsByRun joined;
  for (const ports::RunStep& step : steps) {
    const auto [at, is_first] = joined.try_emplace(step.key, step);
    if (is_first) continue;
    if (at->second.finished || step.from_seq != at->second.to_seq) return SequenceConflict();
    const int from_seq = at->second.from_seq;
    at->second = step;
    at->second.from_seq = from_seq;
  }
  return joined;
}

TimesByRun NewestTimes(const std::vector<ports::JournalRow>& journal) {
  TimesByRun times;
  for (const ports::JournalRow& row : journal) {
    WallTime& newest = times[row.key];
    newest = std::max(newest, row.at);
  }
  return times;
}

std::vector<ports::NewRun> SortedNewRuns(const ports::CommitBatch& batch) {
  std::vector<ports::NewRun> runs = batch.new_runs;
  std::stable_sort(runs.begin(), runs.end(),
                   [](const auto& a, const auto& b) { return a.key < b.key; });
  return runs;
}

/// Takes the steps of new runs out of `steps`.
Status AddNewRuns(Params& params, const ports::CommitBatch& batch, StepsByRun& steps,
                  const TimesByRun& times) {
  KeyArrays keys;
  ArrayText workflows, triggers, events, lanes, seqs, states, wakes, statuses, finished, notes, ats;
  for (const ports::NewRun& run : SortedNewRuns(batch)) {
    ports::RunStep step;
    step.status = "RUNNING";
    if (auto node = steps.extract(run.key)) step = std::move(node.mapped());
    if (step.from_seq != 0) return SequenceConflict();
    const auto time = times.find(run.key);
    const WallTime made_at = TimeOfIdNumber(run.key.run.number());
    keys.Add(run.key);
    workflows.AddNumber(run.workflow.number());
    triggers.AddBytesOrNull(run.trigger_key);
    events.AddNumberOrNull(run.event.IsNone() ? std::nullopt : std::optional(run.event.number()));
    lanes.AddNumber(static_cast<std::int64_t>(run.lane));
    seqs.AddNumber(step.to_seq);
    states.AddNumber(static_cast<std::int64_t>(step.state));
    wakes.AddTimeOrNull(step.wake_at);
    statuses.AddText(step.status);
    finished.AddFlag(step.finished);
    notes.AddText(step.note);
    ats.AddTime(time == times.end() ? made_at : std::max(made_at, time->second));
  }
  AddArrays(params, {&keys.slots, &keys.accounts, &keys.runs, &workflows, &triggers, &events,
                     &lanes, &seqs, &states, &wakes, &statuses, &finished, &notes, &ats});
  return {};
}

void AddJournal(Params& params, const std::vector<ports::JournalRow>& journal) {
  std::vector<const ports::JournalRow*> rows;
  for (const ports::JournalRow& row : journal) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return std::tie(a->key, a->seq) < std::tie(b->key, b->seq);
  });
  KeyArrays keys;
  ArrayText seqs, kinds, tasks, attempts, op_keys, facts, ats;
  for (const ports::JournalRow* row : rows) {
    keys.Add(row->key);
    seqs.AddNumber(row->seq);
    kinds.AddNumber(static_cast<std::int64_t>(row->kind));
    tasks.AddText(row->task);
    attempts.AddNumber(row->attempt);
    op_keys.AddText(row->op_key);
    facts.AddText(DumpJson(row->facts));
    ats.AddTime(row->at);
  }
  AddArrays(params, {&keys.slots, &keys.accounts, &keys.runs, &seqs, &kinds, &tasks, &attempts,
                     &op_keys, &facts, &ats});
}

void AddSteps(Params& params, const StepsByRun& steps, const TimesByRun& times) {
  KeyArrays keys;
  ArrayText froms, tos, states, wakes, statuses, finished, notes, ats;
  for (const auto& [key, step] : steps) {
    const auto time = times.find(key);
    keys.Add(key);
    froms.AddNumber(step.from_seq);
    tos.AddNumber(step.to_seq);
    states.AddNumber(static_cast<std::int64_t>(step.state));
    wakes.AddTimeOrNull(step.wake_at);
    statuses.AddText(step.status);
    finished.AddFlag(step.finished);
    notes.AddText(step.note);
    ats.AddTimeOrNull(time == times.end() ? std::nullopt : std::optional(time->second));
  }
  AddArrays(params, {&keys.slots, &keys.accounts, &keys.runs, &froms, &tos, &states, &wakes,
                     &statuses, &finished, &notes, &ats});
}

void AddHandled(Params& params, std::vector<ports::HandledEvent> handled) {
  std::sort(handled.begin(), handled.end(), [](const auto& a, const auto& b) {
    return std::tie(a.slot, a.event) < std::tie(b.slot, b.event);
  });
  ArrayText slots, events;
  for (const ports::HandledEvent& event : handled) {
    slots.AddNumber(event.slot);
    events.AddNumber(event.event.number());
  }
  AddArrays(params, {&slots, &events});
}

void AddBudgets(Params& params, const std::vector<ports::BudgetRow>& budgets) {
  std::map<std::pair<Slot, ports::CompanyId>, const core::quota::BudgetRecord*> last;
  for (const ports::BudgetRow& row : budgets) last[{row.slot, row.company}] = &row.record;
  ArrayText slots, companies, limits, foreigns, cools, firsts, useds, reserveds;
  for (const auto& [key, record] : last) {
    slots.AddNumber(key.first);
    companies.AddNumber(key.second.number());
    limits.AddNumber(record->limit);
    foreigns.AddNumber(record->foreign);
    cools.AddTimeOrNull(record->cool_until);
    firsts.AddNumber(record->first_second);
    ArrayText used;
    for (const std::int16_t grants : record->used) used.AddNumber(grants);
    useds.AddText(used.Text());
    reserveds.AddNumber(record->reserved);
  }
  AddArrays(params, {&slots, &companies, &limits, &foreigns, &cools, &firsts, &useds, &reserveds});
}

void AddSchedules(Params& params, const std::vector<ports::ScheduleChange>& changes) {
  std::map<ports::ScheduleKey, const ports::ScheduleChange*> last;
  for (const ports::ScheduleChange& change : changes) last[change.schedule.key] = &change;
  ArrayText slots, accounts, workspaces, names, workflows, plans, dues, lasts, runs, crashes,
      removed;
  for (const auto& [key, change] : last) {
    const ports::Schedule& schedule = change->schedule;
    slots.AddNumber(key.slot);
    accounts.AddNumber(key.account.number());
    workspaces.AddText(key.workspace);
    names.AddText(key.name);
    workflows.AddNumber(schedule.workflow.number());
    plans.AddText(schedule.plan);
    dues.AddTimeOrNull(schedule.due);
    lasts.AddTimeOrNull(schedule.last);
    runs.AddNumberOrNull(schedule.awaited.IsNone() ? std::nullopt
                                                   : std::optional(schedule.awaited.number()));
    crashes.AddNumber(schedule.crashes);
    removed.AddFlag(change->removed);
  }
  AddArrays(params, {&slots, &accounts, &workspaces, &names, &workflows, &plans, &dues, &lasts,
                     &runs, &crashes, &removed});
}

void AddTurns(Params& params, const std::vector<ports::TurnChange>& changes) {
  std::map<ports::RunKey, const ports::TurnChange*> last;
  for (const ports::TurnChange& change : changes) last[change.turn.key] = &change;
  KeyArrays keys;
  ArrayText lines, limits, policies, taken, ended;
  for (const auto& [key, change] : last) {
    keys.Add(key);
    lines.AddBytes(change->turn.line);
    limits.AddNumber(change->turn.limit);
    policies.AddNumber(static_cast<std::int64_t>(change->turn.policy));
    taken.AddFlag(change->turn.taken);
    ended.AddFlag(change->ended);
  }
  AddArrays(params,
            {&keys.slots, &keys.accounts, &keys.runs, &lines, &limits, &policies, &taken, &ended});
}

}  // namespace

Result<Params> CommitParams(const ports::WriterFence& fence, const ports::CommitBatch& batch) {
  auto steps = JoinSteps(batch.steps);
  if (!steps.ok()) return steps.error();
  const TimesByRun times = NewestTimes(batch.journal);
  Params params = FenceParams(fence, batch.commit_id);
  const Status added = AddNewRuns(params, batch, *steps, times);
  if (!added.ok()) return added.error();
  AddJournal(params, batch.journal);
  AddSteps(params, *steps, times);
  AddHandled(params, batch.handled);
  AddBudgets(params, batch.budgets);
  if (!IsPlain(batch)) {
    AddSchedules(params, batch.schedules);
    AddTurns(params, batch.turns);
    AddInboxItems(batch.events, params);
  }
  return params;
}

bool IsPlain(const ports::CommitBatch& batch) {
  return batch.schedules.empty() && batch.turns.empty() && batch.events.empty();
}

Params SettleParams(const ports::WriterFence& fence, const ports::CommitBatch& batch) {
  KeyArrays keys;
  ArrayText workflows, triggers;
  for (const ports::NewRun& run : SortedNewRuns(batch)) {
    keys.Add(run.key);
    workflows.AddNumber(run.workflow.number());
    triggers.AddBytesOrNull(run.trigger_key);
  }
  Params params = FenceParams(fence, batch.commit_id);
  AddArrays(params, {&keys.slots, &keys.accounts, &keys.runs, &workflows, &triggers});
  return params;
}

}  // namespace sb::adapters::postgres
