#include "tests/sim/invariants.h"

#include <algorithm>
#include <deque>
#include <set>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/json.h"
#include "engine/base/time.h"

namespace sb::sim {
namespace {

using Found = std::vector<std::string>;

// I1 and I2: what was answered with 200 is there, once, and started a workflow once.
void JudgeDeliveries(const Evidence& evidence, Found& found) {
  const auto& tables = evidence.database.tables;
  std::set<std::pair<AccountId, std::string>> stored;
  for (const auto& [id, item] : tables.inbox) stored.emplace(item.account, item.dedupe);
  for (const auto& delivery : evidence.answered) {
    if (!stored.contains(delivery))
      found.emplace_back("I1: a delivery was answered with 200 and is not in the inbox");
  }
  if (!tables.dead_letters.empty()) found.emplace_back("I1: an event was buried");
  std::set<std::pair<WorkflowId, std::string>> started;
  for (const auto& [id, run] : tables.runs) {
    const ports::RunSummary& summary = run.stored.summary;
    if (summary.event.IsNone()) continue;
    const auto item = tables.inbox.find(summary.event);
    if (item == tables.inbox.end()) {
      found.emplace_back("I1: a run of an event that is not in the inbox");
      continue;
    }
    const std::string what =
        item->second.entity_id + "@" + std::to_string(item->second.account.number());
    if (!started.emplace(summary.workflow, what).second)
      found.emplace_back("I2: two runs for one thing that happened");
  }
}

void JudgeJournal(const ports::StoredRun& run, Found& found) {
  int expected = 0;
  std::set<std::string> ended;
  std::set<std::string> started;
  for (const ports::JournalRow& row : run.journal) {
    if (row.seq != ++expected) found.emplace_back("I3: a journal has a gap");
    for (const Json& fact : row.facts) {
      const std::string kind = TextMember(fact, "is");
      const std::string attempt = TextMember(fact, "ref") + "#" + Member(fact, "attempt").dump();
      if (kind == "call_started") started.insert(attempt);
      if (kind == "call_ended" && !ended.insert(attempt).second)
        found.emplace_back("I4: one attempt has two outcomes");
    }
  }
  if (run.summary.seq != expected) found.emplace_back("I3: a run is not at the end of its journal");
}

/// For whoever looks for the reason.
std::string TaleOf(const testing::MemoryDatabase::Run& run) {
  const ports::RunSummary& summary = run.stored.summary;
  std::string tale = ToText(summary.key.run) + " " + summary.status + " " + summary.note;
  if (run.wake_at) tale += " wakes at " + ToRfc3339(*run.wake_at);
  for (const ports::JournalRow& row : run.stored.journal) {
    for (const Json& fact : row.facts)
      tale += "\n    " + ToRfc3339(row.at) + " " + DumpJson(fact).substr(0, 160);
  }
  return tale;
}

// I3 and I4, and that everything went well in the end.
void JudgeRuns(const Evidence& evidence, Found& found) {
  for (const auto& [id, run] : evidence.database.tables.runs) {
    JudgeJournal(run.stored, found);
    const ports::RunSummary& summary = run.stored.summary;
    const bool goes_on = !run.finished && summary.workflow == evidence.workflows.at("tick");
    if (summary.status != "SUCCEEDED" && !goes_on)
      found.push_back("a run did not succeed: " + TaleOf(run));
  }
}

// I7: what Aircall has seen, not what we believe.
void JudgeEffects(const Evidence& evidence, int company, Found& found) {
  std::map<std::int64_t, std::multiset<std::string>> done;
  for (const Json& effect : evidence.aircall.Log("effects", company)) {
    if (!Member(effect, "request").is_null())
      done[Member(effect, "id").get<std::int64_t>()].insert(TextMember(effect, "what"));
  }
  const auto missed = evidence.missed.find(company);
  if (missed != evidence.missed.end()) {
    for (const std::int64_t call : missed->second) {
      for (const char* what : {"call.commented", "call.tagged"}) {
        if (done[call].count(what) != 1)
          found.push_back("I7: " + std::string(what) + " " +
                          std::to_string(done[call].count(what)) + " times");
      }
    }
  }
}

std::map<std::string, int> ContactsCreated(const Json& requests) {
  std::map<std::string, int> created;
  for (const Json& request : requests) {
    const bool took_effect = TextMember(request, "method") == "POST" &&
                             TextMember(request, "path") == "/v1/contacts" &&
                             Member(request, "status") == 200;
    if (!took_effect) continue;
    const auto body = ParseJson(TextMember(request, "body"));
    const Json phones = Member(*body, "phone_numbers");
    for (const Json& phone : phones) ++created[TextMember(phone, "value")];
  }
  return created;
}

void JudgeContacts(const Evidence& evidence, int company, const Json& requests, Found& found) {
  auto created = ContactsCreated(requests);
  for (const auto& [at, phone] : evidence.wanted) {
    if (at == company && created[phone] != 1)
      found.push_back("I7: a contact was created " + std::to_string(created[phone]) + " times");
  }
}

// Likewise at the shop, to which a repetition says that it is one.
void JudgeOrders(const Evidence& evidence, Found& found) {
  const auto& orders = evidence.aircall.orders();
  for (const std::string& phone : evidence.ordered) {
    const auto keys = orders.find(phone);
    const std::size_t count = keys == orders.end() ? 0 : keys->second.size();
    if (count != 1) found.push_back("I7: an order was made " + std::to_string(count) + " times");
  }
}

// Of those in one line, one works at a time.
void JudgeTurns(const Evidence& evidence, Found& found) {
  const auto& tables = evidence.database.tables;
  std::map<RunId, std::string> lines;
  std::map<std::string, RunId> working;
  for (const auto& [position, row] : tables.journal_feed) {
    const auto run = tables.runs.find(row.key.run);
    if (run == tables.runs.end() ||
        run->second.stored.summary.workflow != evidence.workflows.at("in-turn"))
      continue;
    for (const Json& fact : row.facts) {
      const std::string kind = TextMember(fact, "is");
      if (kind == "run_started") {
        lines[row.key.run] = std::to_string(row.key.account.number()) + "/" +
                             DumpJson(Member(Member(fact, "input"), "line"));
      } else if (kind == "turn_taken" && !working.emplace(lines[row.key.run], row.key.run).second) {
        found.emplace_back("two runs with one key work at once");
      } else if (kind == "run_succeeded") {
        working.erase(lines[row.key.run]);
      }
    }
  }
}

// By the clock: no time is used twice, and it goes on when the faults are over.
void JudgeSchedules(const Evidence& evidence, Found& found) {
  constexpr std::chrono::seconds kEvery(9);
  for (const AccountId account : evidence.accounts) {
    std::multiset<WallTime> starts;
    for (const auto& [id, run] : evidence.database.tables.runs) {
      const ports::RunSummary& summary = run.stored.summary;
      if (summary.workflow == evidence.workflows.at("tick") && summary.key.account == account)
        starts.insert(summary.created_at);
    }
    if (starts.empty() || *starts.rbegin() < evidence.end - 3 * kEvery) {
      found.emplace_back("I10: a clock has stopped");
    } else if (static_cast<long>(starts.size()) >
               (*starts.rbegin() - *starts.begin()) / kEvery + 2) {
      found.emplace_back("I2: two runs for one time of the clock");
    }
  }
}

// I8: all instances together, across every take-over.
void JudgeQuota(const Json& requests, Found& found) {
  std::deque<WallTime> window;
  for (const Json& request : requests) {
    const auto at = ParseRfc3339(TextMember(request, "at"));
    if (Member(request, "status") == 429) found.emplace_back("I8: Aircall refused a request");
    window.push_back(*at);
    while (window.front() <= *at - std::chrono::seconds(60)) window.pop_front();
    if (window.size() > kRequestsAMinute)
      found.emplace_back("I8: more requests than a minute allows");
  }
}

}  // namespace

std::vector<std::string> Violations(const Evidence& evidence) {
  Found found;
  JudgeDeliveries(evidence, found);
  JudgeRuns(evidence, found);
  JudgeOrders(evidence, found);
  JudgeTurns(evidence, found);
  JudgeSchedules(evidence, found);
  for (int company = 0; company < evidence.aircall.size(); ++company) {
    const Json requests = evidence.aircall.Log("requests", company);
    JudgeEffects(evidence, company, found);
    JudgeContacts(evidence, company, requests, found);
    JudgeQuota(requests, found);
  }
  return found;
}

std::string Fingerprint(const SharedDatabase& database) {
  std::string all;
  for (const auto& [position, row] : database.tables.journal_feed)
    all += ToText(row.key.run) + std::to_string(row.seq) + DumpJson(row.facts) + "\n";
  return ToHex(Sha256(all)).substr(0, 16);
}

}  // namespace sb::sim
