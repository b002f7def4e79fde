// How long agents were there, by the events that tell it, worked out a second time by loops.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/adapters/postgres/database.h"
#include "engine/base/time.h"
#include "engine/core/sync/table_plan.h"
#include "tests/integration/analytics/company.h"

namespace sb::testing {
namespace {

constexpr std::int64_t kPresenceDay = 86'400;
constexpr std::int64_t kFirstMoment = 1'780'272'000;  // 2026-06-01T00:00:00Z
constexpr std::int64_t kLastMoment = kFirstMoment + 6 * kPresenceDay;

/// What an agent does, second by second: what began last and has not ended.
struct Happening {
  std::int64_t agent = 0;
  std::string kind;
  bool begins = false;
  std::int64_t at = 0;
};

std::string EventNameOf(const Happening& happening, bool second_version) {
  static const std::map<std::string, std::pair<const char*, const char*>> kNames = {
      {"available", {"opened", "closed"}},
      {"logged_in", {"connected", "disconnected"}},
      {"after_call_work", {"wut_start", "wut_end"}}};
  const auto& names = kNames.at(happening.kind);
  return std::string("io.aircall.user.") + (happening.begins ? names.first : names.second) +
         (second_version ? ".v2" : "");
}

/// Three agents over six days: changes at random moments, some told twice. Each ends in the end.
std::vector<Happening> Happenings() {
  std::mt19937 random(20260601);
  std::vector<Happening> all;
  for (const std::int64_t agent : {1, 2, 3}) {
    for (const char* kind : {"available", "logged_in", "after_call_work"}) {
      bool in = false;
      for (std::int64_t at = kFirstMoment + 600; at < kLastMoment;
           at += 60 + static_cast<std::int64_t>(random() % 40'000)) {
        in = random() % 4 == 0 ? in : !in;  // the same again, now and then
        all.push_back({agent, kind, in, at});
      }
      all.push_back({agent, kind, false, kLastMoment});
    }
  }
  return all;
}

/// Seconds of a kind by agent and day, an hour's offset for the agent who is elsewhere.
Figures SecondsOf(const std::vector<Happening>& happenings, const std::string& kind) {
  Figures seconds;
  std::map<std::int64_t, std::int64_t> begun;
  for (const Happening& each : happenings) {
    if (each.kind != kind) continue;
    const auto open = begun.find(each.agent);
    if (each.begins) {
      begun.try_emplace(each.agent, each.at);
      continue;
    }
    if (open == begun.end()) continue;
    const std::int64_t offset = each.agent == 3 ? 2 * 3'600 : 0;  // Europe/Paris in June
    for (std::int64_t at = open->second; at < each.at;) {
      const std::int64_t day = (at + offset) / kPresenceDay;
      const std::int64_t until = std::min(each.at, (day + 1) * kPresenceDay - offset);
      const std::string date =
          ToRfc3339(WallTime(std::chrono::seconds(day * kPresenceDay))).substr(0, 10);
      seconds[std::to_string(each.agent) + "/" + date] += static_cast<double>(until - at);
      at = until;
    }
    begun.erase(open);
  }
  return seconds;
}

class Presence : public ::testing::Test {
 protected:
  Presence() {
    std::vector<const core::sync::Stream*> all;
    for (const auto& [name, stream] : *AnalyticsConnectors().FindStreams("aircall"))
      all.push_back(&stream);
    auto wanted = core::sync::WantedTables(all);
    for (core::sync::WantedTable& table : wanted) table.references.clear();
    EXPECT_TRUE(sink_.Prepare(kAnalyticsSchema, core::sync::PlanTables(wanted, {})).ok());
    database_.Ask(
        "insert into telephony.users (id, name, time_zone, _synced_at) values "
        "(1, 'Ada', 'Etc/UTC', now()), (2, 'Bo', 'no such place', now()), (3, 'Cy', "
        "'Europe/Paris', now())");
    for (const Happening& each : happenings_) {
      Tell(each, false);
      if (each.at % 3 == 0) Tell(each, true);
    }
    const auto left_out = MakeAnalytics(sink_, {"events", "users"});
    for (const auto& each : left_out) EXPECT_NE(each.name, "agent_spans") << each.reason;
  }

  void Tell(const Happening& happening, bool second_version) {
    database_.Ask(
        "insert into telephony.events (id, type, entity_kind, entity_id, occurred_at, "
        "received_at, _synced_at) values ('e" +
        std::to_string(++told_) + "', '" + EventNameOf(happening, second_version) +
        "', 'users', '" + std::to_string(happening.agent) + "', to_timestamp(" +
        std::to_string(happening.at) + "), clock_timestamp(), now())");
  }

  Figures Days(const std::string& column) {
    return Ask(sink_, "select agent_id, day, " + column + " from agent_presence_days where " +
                          column + " > 0");
  }

  const std::vector<Happening> happenings_ = Happenings();
  int told_ = 0;
  TestDatabase database_{TestDatabase::Schema::kEmpty};
  adapters::postgres::Database connections_{database_.settings()};
  adapters::postgres::PostgresRowSink sink_{connections_};
};

TEST_F(Presence, IsCountedByDayOfTheAgent) {
  for (const auto& [kind, column] :
       {std::pair("available", "available_seconds"), std::pair("logged_in", "logged_in_seconds"),
        std::pair("after_call_work", "after_call_seconds")}) {
    const Figures expected = SecondsOf(happenings_, kind);
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(Differences(expected, Days(column)), "") << kind;
  }
}

TEST_F(Presence, HasNoDayOnWhichNothingWas) {
  Tell({2, "logged_in", true, kLastMoment + 3'600}, false);
  Tell({2, "logged_in", false, kLastMoment + kPresenceDay}, false);  // at midnight
  EXPECT_EQ(database_.Ask("select count(*)::text from telephony.agent_presence_days where "
                          "available_seconds + logged_in_seconds + after_call_seconds = 0"),
            "0");
}

TEST_F(Presence, OfOneSecondWhatCameFirstWasFirst) {
  const std::int64_t at = kLastMoment + 7'200;
  Tell({1, "after_call_work", true, at}, false);
  Tell({1, "after_call_work", false, at}, false);
  Tell({1, "after_call_work", true, at + 600}, false);
  Tell({1, "after_call_work", false, at + 660}, false);
  EXPECT_EQ(database_.Ask("select string_agg(seconds::text, ',' order by began_at) from "
                          "telephony.agent_spans where agent_id = 1 and kind = "
                          "'after_call_work' and began_at >= to_timestamp(" +
                          std::to_string(at) + ")"),
            "0,60");
}

TEST_F(Presence, ASpanThatGoesOnHasNoEnd) {
  database_.Ask(
      "insert into telephony.events (id, type, entity_kind, entity_id, occurred_at, _synced_at) "
      "values ('now', 'io.aircall.user.opened.v2', 'users', '1', now() - interval '90 seconds', "
      "now())");
  const std::string spans =
      "select count(*)::text from telephony.agent_spans where agent_id = 1 and kind = "
      "'available' and ended_at is null";
  EXPECT_EQ(database_.Ask(spans + " and seconds >= 90"), "1");
}

}  // namespace
}  // namespace sb::testing
