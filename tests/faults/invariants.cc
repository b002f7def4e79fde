#include "tests/faults/invariants.h"

#include <algorithm>
#include <deque>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/time.h"

namespace sb::live {
namespace {

using ::testing::IsEmpty;

/// The limit that the sandbox enforces per company and minute.
constexpr std::size_t kLimit = 120;

constexpr const char* kAudit = R"sql(
  create schema audit;
  create table audit.written (tx xid8, slot smallint, writer bigint, writer_state smallint, owner bigint,
                              epoch bigint, at timestamptz default clock_timestamp());
  create function audit.note() returns trigger language plpgsql as $$
  begin
    insert into audit.written (tx, slot, writer, writer_state, owner, epoch)
    select pg_current_xact_id(), f.slot, w.instance_id, i.state, s.instance_id, s.epoch
      from (select distinct slot from fresh) f
      join eng.slot s on s.slot = f.slot
      left join eng.writer w on w.xmin = pg_current_xact_id()::xid
      left join eng.instance i on i.instance_id = w.instance_id;
    return null;
  end $$;
  create trigger audit_journal after insert on eng.journal referencing new table as fresh
    for each statement execute function audit.note();
)sql";

constexpr const char* kRuns = R"sql(
  (select run_id, workflow_id, event_id, seq, status from eng.run
   union all select run_id, workflow_id, event_id, seq, status from eng.run_done) r )sql";

constexpr const char* kFacts = R"sql(
  (select j.run_id, j.seq, f.value as fact, f.value->>'is' as kind, f.value->>'ref' as ref,
          (f.value->>'attempt')::int as attempt
     from eng.journal j, json_array_elements(j.facts) f) )sql";

void ExpectNone(const Fleet& fleet, const std::string& what, const std::string& sql) {
  EXPECT_EQ(fleet.Ask("select string_agg(x::text, E'\n') from (" + sql + " limit 5) x"), "")
      << what;
}

std::vector<int> CompaniesOf(Fleet& fleet) {
  std::vector<int> ids;
  for (const Json& company : Member(fleet.outside().sandbox(), "companies"))
    ids.push_back(Member(company, "id").get<int>());
  return ids;
}

Json LogOf(Fleet& fleet, const std::string& name, int company) {
  const Json log = fleet.outside().Control("GET", name + "?company=" + std::to_string(company));
  return Member(log, name);
}

}  // namespace

void BeginAudit(const Fleet& fleet) {
  fleet.Execute(kAudit);
}

std::string WorkLeft(const Fleet& fleet) {
  return fleet.Ask(
      "select (select count(*) from eng.run) || ' runs, ' || (select count(*) from "
      "eng.inbox_pending) || ' events, ' || (select count(*) from eng.command where state < 3) || "
      "' commands'");
}

// I1 and I2: what was answered with 200 is there, once, and started a workflow once.
void ExpectNoDeliveryLostOrDoubled(const Fleet& fleet, const Relay& relay) {
  std::vector<std::string> lost;
  for (const auto& [key, times] : relay.Accepted()) {
    const auto first = key.find('/');
    const auto second = key.find('/', first + 1);
    const std::string event = key.substr(0, first);
    const std::string id = key.substr(first + 1, second - first - 1);
    const std::string stored =
        fleet.Ask("select count(*) from eng.inbox where event = 'io.aircall." + event +
                  "' and entity_id = '" + id + "'");
    if (stored == "0") lost.push_back(key);
  }
  EXPECT_THAT(lost, IsEmpty()) << "I1: answered with 200, and not in the inbox";
  ExpectNone(fleet, "I1: buried events", "select * from eng.dead_letter");
  ExpectNone(fleet, "I2: equal deliveries stored twice",
             "select account_id, encode(dedupe, 'hex') from eng.inbox group by slot, account_id, "
             "dedupe having count(*) > 1");
  ExpectNone(fleet, "I2: one event, one workflow, two runs",
             std::string("select workflow_id, event_id from ") + kRuns +
                 "where event_id is not null group by 1, 2 having count(*) > 1");
}

// I3 and I4.
void ExpectWholeJournals(const Fleet& fleet) {
  ExpectNone(fleet, "I3: journals with gaps, or runs that are not at their end",
             std::string("select r.run_id, r.seq, count(j.seq), max(j.seq) from ") + kRuns +
                 "left join eng.journal j using (run_id) group by 1, 2 having r.seq is distinct "
                 "from max(j.seq) or r.seq <> count(j.seq) or min(j.seq) <> 1");
  ExpectNone(fleet, "I3: a journal without its run",
             std::string("select distinct j.run_id from eng.journal j where not exists (select "
                         "from ") +
                 kRuns + "where r.run_id = j.run_id)");
  ExpectNone(fleet, "I4: two outcomes of one attempt after one intent",
             std::string("select e.run_id, e.ref, e.attempt, count(*) from ") + kFacts +
                 "e where e.kind = 'call_ended' group by 1, 2, 3 having count(*) > 1");
  ExpectNone(
      fleet, "I4: a write that succeeded without an intent before it",
      std::string("select e.run_id, e.ref, e.attempt from ") + kFacts + "e join " + kFacts +
          "q on q.run_id = e.run_id and q.ref = e.ref and q.attempt = e.attempt and q.kind = "
          "'call_requested' and q.fact->>'effect' <> 'read' where e.kind = 'call_ended' and "
          "e.fact->'error' is null and not exists (select from " +
          kFacts +
          "s where s.run_id = e.run_id and s.ref = e.ref and s.attempt = e.attempt and s.kind = "
          "'call_started' and s.seq < e.seq)");
}

// I5 and I6.
void ExpectOneOwnerAtATime(const Fleet& fleet) {
  EXPECT_NE(fleet.Ask("select count(*) from audit.written"), "0") << "the audit saw nothing";
  ExpectNone(fleet, "I5: written by an instance that was fenced, or by nobody",
             "select * from audit.written where writer is null or writer_state <> 1");
  ExpectNone(fleet, "I6: written for a slot that another instance owned",
             "select * from audit.written where writer is distinct from owner");
}

void ExpectEveryRunSucceeded(const Fleet& fleet) {
  ExpectNone(fleet, "runs that did not succeed",
             "select run_id, status, note from eng.run union all select run_id, status, note from "
             "eng.run_done where status <> 'SUCCEEDED'");
}

// I7: what Aircall has seen, not what we believe.
void ExpectEachEffectOnce(Fleet& fleet, const Load& load) {
  const auto calls = load.MissedCalls();
  const auto contacts = load.WantedContacts();
  for (const int company : CompaniesOf(fleet)) {
    std::map<std::int64_t, std::multiset<std::string>> done;
    for (const Json& effect : LogOf(fleet, "effects", company)) {
      if (!Member(effect, "request").is_null())
        done[Member(effect, "id").get<std::int64_t>()].insert(TextMember(effect, "what"));
    }
    std::map<std::string, int> created;
    for (const Json& request : LogOf(fleet, "requests", company)) {
      const bool took_effect = TextMember(request, "method") == "POST" &&
                               TextMember(request, "path") == "/v1/contacts" &&
                               Member(request, "status") == 200;
      if (!took_effect) continue;
      const auto body = ParseJson(TextMember(request, "body"));
      for (const Json& phone : Member(*body, "phone_numbers"))
        ++created[TextMember(phone, "value")];
    }
    if (calls.contains(company)) {
      for (const std::int64_t call : calls.at(company)) {
        EXPECT_EQ(done[call].count("call.commented"), 1U) << "I7: notes on call " << call;
        EXPECT_EQ(done[call].count("call.tagged"), 1U) << "I7: tags on call " << call;
      }
    }
    if (contacts.contains(company)) {
      for (const std::string& phone : contacts.at(company))
        EXPECT_EQ(created[phone], 1) << "I7: contacts for " << phone;
    }
    for (const auto& [phone, times] : created) EXPECT_EQ(times, 1) << "I7: contacts for " << phone;
  }
}

// I8: all instances together, across every take-over.
void ExpectWithinTheQuota(Fleet& fleet) {
  for (const int company : CompaniesOf(fleet)) {
    std::deque<WallTime> window;
    std::size_t most = 0;
    int refused = 0;
    for (const Json& request : LogOf(fleet, "requests", company)) {
      const auto at = ParseRfc3339(TextMember(request, "at"));
      ASSERT_TRUE(at);
      if (Member(request, "status") == 429) ++refused;
      window.push_back(*at);
      while (window.front() <= *at - std::chrono::seconds(60)) window.pop_front();
      most = std::max(most, window.size());
    }
    EXPECT_LE(most, kLimit) << "I8: requests within a minute for company " << company;
    EXPECT_EQ(refused, 0) << "I8: refusals for company " << company;
    std::cout << "company " << company << ": at most " << most << " requests in a minute\n";
  }
}

}  // namespace sb::live
