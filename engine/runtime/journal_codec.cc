#include "engine/runtime/journal_codec.h"

#include <nlohmann/json.hpp>

namespace sb::runtime {
namespace {

namespace wf = core::workflow;
using ports::JournalKind;
using ports::JournalRow;

/// What a fact says of the row that it opens; a pure fact opens one only where there is none.
struct Opening {
  JournalKind kind = JournalKind::kDecision;
  std::string task;
  int attempt = 0;
  std::string op_key;
};

struct OpeningOf {
  Opening operator()(const wf::CallStarted& fact) const {
    return {JournalKind::kIntent, fact.ref, fact.attempt, fact.op_key};
  }

  Opening operator()(const wf::CallEnded& fact) const {
    return {JournalKind::kOutcome, fact.ref, fact.attempt, {}};
  }

  Opening operator()(const wf::ReadBackEnded& fact) const {
    return {JournalKind::kOutcome, fact.ref, fact.attempt, {}};
  }

  Opening operator()(const wf::TimerFired& fact) const {
    return {JournalKind::kTimer, fact.ref, 0, {}};
  }

  Opening operator()(const wf::RunSnapshot&) const { return {JournalKind::kSnapshot, {}, 0, {}}; }

  Opening operator()(const wf::RunStarted&) const { return {JournalKind::kSignal, {}, 0, {}}; }

  Opening operator()(const wf::RunResumed&) const { return {JournalKind::kSignal, {}, 0, {}}; }

  Opening operator()(const wf::RunCancelled&) const { return {JournalKind::kSignal, {}, 0, {}}; }

  template <typename PureFact>
  Opening operator()(const PureFact&) const {
    return {};
  }
};

}  // namespace

std::vector<JournalRow> ToJournal(const ports::RunKey& key, int from_seq,
                                  const std::vector<wf::Fact>& facts) {
  std::vector<JournalRow> rows;
  for (const wf::Fact& fact : facts) {
    Opening opening = std::visit(OpeningOf{}, fact.body);
    if (rows.empty() || opening.kind != JournalKind::kDecision) {
      JournalRow row;
      row.key = key;
      row.seq = ++from_seq;
      row.kind = opening.kind;
      row.task = std::move(opening.task);
      row.attempt = opening.attempt;
      row.op_key = std::move(opening.op_key);
      row.facts = Json::array();
      row.at = fact.at;
      rows.push_back(std::move(row));
    }
    rows.back().facts.push_back(wf::ToJson(fact));
  }
  return rows;
}

Result<std::vector<wf::Fact>> FactsOf(const std::vector<JournalRow>& journal) {
  std::vector<wf::Fact> facts;
  for (const JournalRow& row : journal) {
    for (const Json& stored : row.facts) {
      auto fact = wf::FactFromJson(stored);
      if (!fact.ok()) return fact.error();
      facts.push_back(std::move(fact).value());
    }
  }
  return facts;
}

Result<wf::Run> FromJournal(const std::vector<JournalRow>& journal) {
  wf::Run run;
  for (const JournalRow& row : journal) {
    for (const Json& stored : row.facts) {
      auto fact = wf::FactFromJson(stored);
      if (!fact.ok()) return fact.error();
      run = wf::Apply(std::move(run), *fact);
    }
  }
  return run;
}

}  // namespace sb::runtime
