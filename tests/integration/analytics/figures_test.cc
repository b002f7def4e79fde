// Every figure of the views, worked out a second time by loops over the calls that were made up.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/adapters/postgres/database.h"
#include "tests/integration/analytics/company.h"

namespace sb::testing {
namespace {

const std::set<std::string> kAllStreams = {"calls", "events", "numbers",          "users",
                                           "teams", "tags",   "user_availability"};

bool Everything(const CountedCall&) {
  return true;
}

bool IsInbound(const CountedCall& call) {
  return call.inbound;
}

bool IsOutbound(const CountedCall& call) {
  return !call.inbound;
}

bool IsMissed(const CountedCall& call) {
  return call.missed;
}

bool WasTakenIn(const CountedCall& call) {
  return call.inbound && call.answered;
}

bool WasAttended(const CountedCall& call) {
  return WasTakenIn(call) || call.returned.has_value();
}

std::string IdOf(const CountedCall& call) {
  return std::to_string(call.call.id);
}

std::string AgentAndDay(const CountedCall& call) {
  return std::to_string(call.agent.value_or(0)) + "/" + call.day;
}

std::optional<std::int64_t> TalkOf(const CountedCall& call) {
  return call.talk;
}

std::optional<std::int64_t> WaitOf(const CountedCall& call) {
  return call.wait;
}

/// One company for all figures: it is only read.
struct Telephony {
  Telephony() {
    company.Store(database, sink);
    const auto left_out = MakeAnalytics(sink, kAllStreams);
    EXPECT_TRUE(left_out.empty()) << left_out.front().name << ": " << left_out.front().reason;
  }

  Company company{20260601};
  TestDatabase database{TestDatabase::Schema::kEmpty};
  adapters::postgres::Database connections{database.settings()};
  adapters::postgres::PostgresRowSink sink{connections};
};

class AnalyticsFigures : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { telephony_ = std::make_unique<Telephony>(); }

  static void TearDownTestSuite() { telephony_.reset(); }

  static const Company& TheCompany() { return telephony_->company; }

  /// That the view says of its keys what was worked out.
  static void Expect(const Figures& expected, const std::string& columns, const std::string& view,
                     const std::string& where = "true") {
    const std::string sql = "select " + columns + " from " + view + " where " + where;
    EXPECT_EQ(Differences(expected, Ask(telephony_->sink, sql)), "") << sql;
    EXPECT_FALSE(expected.empty()) << sql;
  }

  static std::unique_ptr<Telephony> telephony_;
};

std::unique_ptr<Telephony> AnalyticsFigures::telephony_;

// ---- What a call counts as ----

TEST_F(AnalyticsFigures, EveryEndedCallIsCountedOnceWhereItEndedUp) {
  Expect(CountBy(TheCompany(), IdOf, Everything), "call_id, rows",
         "(select call_id, count(*) as rows from call_facts group by 1) counted");
}

TEST_F(AnalyticsFigures, ATransferredCallBelongsToTheLastAgentAndAnOutboundOneToNobody) {
  Figures agents;
  for (const CountedCall& call : TheCompany().counted()) {
    if (call.agent) agents[IdOf(call)] = static_cast<double>(*call.agent);
  }
  Expect(agents, "call_id, agent_id", "call_facts");
  const auto handed_on = [](const CountedCall& call) {
    return !call.call.inbound && call.transferred;
  };
  Expect(CountBy(TheCompany(), IdOf, handed_on), "call_id, 1", "call_facts",
         "told_direction = 'outbound' and direction = 'inbound' and agent_id is null");
}

TEST_F(AnalyticsFigures, HoursAndDaysAreThoseOfTheNumber) {
  const auto when = [](const CountedCall& call) {
    return (call.call.number ? std::to_string(*call.call.number) : "-") + "/" + call.day + "/" +
           std::to_string(call.weekday) + "/" + std::to_string(call.hour);
  };
  const std::string key = "number_id, day, weekday, hour, ";
  Expect(CountBy(TheCompany(), when, Everything), key + "calls", "call_volume");
  Expect(CountBy(TheCompany(), when, IsInbound), key + "inbound", "call_volume", "inbound > 0");
  Expect(CountBy(TheCompany(), when, IsMissed), key + "missed", "call_volume", "missed > 0");
  Expect(CountBy(TheCompany(), when, IsOutbound), key + "outbound", "call_volume", "outbound > 0");
}

TEST_F(AnalyticsFigures, OpeningHoursAreThoseOfTheNumberInItsTimeZone) {
  Figures open;
  for (const CountedCall& call : TheCompany().counted()) open[IdOf(call)] = call.open ? 1 : 0;
  Expect(open, "call_id, in_opening_hours", "call_facts");
}

// ---- Rates and times ----

TEST_F(AnalyticsFigures, RatesAreSharesOfInboundCalls) {
  const std::string key = "number_id, day, ";
  Expect(ShareBy(TheCompany(), NumberAndDay, WasTakenIn, IsInbound), key + "answered_rate",
         "answer_rates");
  Expect(ShareBy(TheCompany(), NumberAndDay, IsMissed, IsInbound), key + "missed_rate",
         "answer_rates");
  Expect(ShareBy(TheCompany(), NumberAndDay, WasAttended, IsInbound), key + "response_rate",
         "answer_rates");
  const auto not_short = [](const CountedCall& call) {
    return call.inbound && (call.answered || call.call.reason != "short_abandoned");
  };
  Expect(ShareBy(TheCompany(), NumberAndDay, WasTakenIn, not_short),
         key + "answered_rate_without_short", "answer_rates");
}

TEST_F(AnalyticsFigures, ServiceLevelsDivideByEachOfTheThreeWholes) {
  const auto in_time = [](const CountedCall& call) { return call.InTime(); };
  const auto open = [](const CountedCall& call) { return call.inbound && call.open; };
  const std::string key = "number_id, day, ";
  Expect(ShareBy(TheCompany(), NumberAndDay, in_time, WasTakenIn), key + "of_answered",
         "service_levels");
  Expect(ShareBy(TheCompany(), NumberAndDay, in_time, IsInbound), key + "of_received",
         "service_levels");
  Expect(ShareBy(TheCompany(), NumberAndDay, in_time, open), key + "of_open", "service_levels");
}

TEST_F(AnalyticsFigures, TimeToAnswerIsAveragedAndCutIntoQuantiles) {
  const std::string key = "number_id, day, ";
  Expect(AverageBy(TheCompany(), NumberAndDay, WaitOf), key + "average_seconds", "service_levels");
  Expect(QuantileBy(TheCompany(), NumberAndDay, WaitOf, 0.5), key + "median_seconds",
         "service_levels");
  Expect(QuantileBy(TheCompany(), NumberAndDay, WaitOf, 0.9), key + "p90_seconds",
         "service_levels");
}

TEST_F(AnalyticsFigures, MissedCallsAreToldByReason) {
  const auto reason = [](const CountedCall& call) {
    return NumberAndDay(call) + "/" + (call.call.reason.empty() ? "unknown" : call.call.reason);
  };
  Expect(CountBy(TheCompany(), reason, IsMissed), "number_id, day, missed_reason, calls",
         "missed_reasons");
}

// ---- Missed calls, and what became of them ----

TEST_F(AnalyticsFigures, AMissedCallIsReturnedByTheFirstLaterTalk) {
  Figures returned;
  Figures seconds;
  for (const CountedCall& call : TheCompany().counted()) {
    if (!call.missed) continue;
    if (call.returned)
      returned[IdOf(call)] = static_cast<double>(TheCompany().Find(*call.returned)->call.started);
    if (call.called_back) seconds[IdOf(call)] = static_cast<double>(*call.called_back);
  }
  Expect(returned, "call_id, extract(epoch from returned_at)", "callbacks");
  Expect(seconds, "call_id, callback_seconds", "callbacks");
  const auto withheld = [](const CountedCall& call) { return call.missed && call.party.empty(); };
  Expect(CountBy(TheCompany(), IdOf, withheld), "call_id, 1", "callbacks", "not returnable");
}

TEST_F(AnalyticsFigures, UnreturnedCallsNameEachCallerOnceWithAllTries) {
  const auto open = [](const CountedCall& call) {
    return call.missed && !call.party.empty() && !call.returned;
  };
  const auto party = [](const CountedCall& call) { return call.party; };
  Expect(CountBy(TheCompany(), party, open), "party, tries", "unreturned_calls");
}

TEST_F(AnalyticsFigures, VoicemailsAreThoseOfMissedCalls) {
  const auto left = [](const CountedCall& call) { return call.missed && call.call.voicemail; };
  Expect(CountBy(TheCompany(), IdOf, left), "call_id, 1", "voicemail_calls");
}

// ---- Agents, teams, numbers, tags ----

TEST_F(AnalyticsFigures, AgentsHaveTheirCallsTalkAndHandling) {
  const auto has_agent = [](const CountedCall& call) { return call.agent.has_value(); };
  const auto of_agent = [](const CountedCall& call, std::optional<std::int64_t> value) {
    return call.agent ? value : std::nullopt;
  };
  const std::string key = "agent_id, day, ";
  Expect(CountBy(TheCompany(), AgentAndDay, has_agent), key + "calls", "agent_days");
  Expect(AverageBy(TheCompany(), AgentAndDay,
                   [&](const CountedCall& call) { return of_agent(call, call.talk); }),
         key + "average_talk_seconds", "agent_days");
  Expect(AverageBy(TheCompany(), AgentAndDay,
                   [&](const CountedCall& call) { return of_agent(call, call.handling); }),
         key + "average_handling_seconds", "agent_days");
}

TEST_F(AnalyticsFigures, NumbersHaveTheirCallsRatesAndTalk) {
  const std::string key = "number_id, day, ";
  Expect(CountBy(TheCompany(), NumberAndDay, Everything), key + "calls", "number_days");
  Expect(ShareBy(TheCompany(), NumberAndDay, WasAttended, IsInbound), key + "response_rate",
         "number_days");
  Expect(AverageBy(TheCompany(), NumberAndDay, TalkOf), key + "average_talk_seconds",
         "number_days");
}

TEST_F(AnalyticsFigures, TeamsHaveTheCallsThatWereForThemAndThoseOfTheirMembers) {
  Figures calls;
  Figures missed;
  for (const CountedCall& call : TheCompany().counted()) {
    for (const std::int64_t team : call.teams) {
      const std::string key = std::to_string(team) + "/" + call.day;
      ++calls[key];
      if (call.missed) ++missed[key];
    }
  }
  Expect(calls, "team_id, day, calls", "team_days");
  Expect(missed, "team_id, day, missed", "team_days", "missed > 0");
}

TEST_F(AnalyticsFigures, TagsAreCountedOnceForEachCall) {
  Figures calls;
  for (const CountedCall& call : TheCompany().counted()) {
    for (const std::int64_t tag : call.call.tags)
      ++calls[std::to_string(tag) + "/" + NumberAndDay(call)];
  }
  Expect(calls, "tag_id, number_id, day, calls", "tag_usage");
}

TEST_F(AnalyticsFigures, AvailabilityIsWhatAgentsDoNow) {
  Expect({{"available", 6}, {"in_call", 6}}, "availability, agents",
         "(select availability, count(*) as agents from agent_availability group by 1) counted");
}

// ---- Targets and outliers ----

TEST_F(AnalyticsFigures, FiguresAreHeldAgainstTargetsOfTheirPeriod) {
  const auto month = [](const CountedCall& call) { return call.day.substr(0, 7) + "-01"; };
  const std::string key = "period_begins, ";
  Expect(ShareBy(TheCompany(), month, WasAttended, IsInbound), key + "value", "target_results",
         "subject = 'company' and measure = 'response_rate'");
  const auto of_team = [](const CountedCall& call) {
    return call.inbound && std::ranges::count(call.teams, 10) > 0;
  };
  Expect(ShareBy(TheCompany(), month, WasTakenIn, of_team), key + "value", "target_results",
         "subject = 'team' and measure = 'answered_rate'");
  const auto day = [](const CountedCall& call) { return call.day; };
  const auto talk = [](const CountedCall& call) {
    return call.call.number == 100 ? call.talk : std::nullopt;
  };
  const Figures averages = AverageBy(TheCompany(), day, talk);
  Expect(averages, key + "value", "target_results", "subject = 'number'");
  Figures reached;
  for (const auto& [of, average] : averages) reached[of] = average <= 200 ? 1 : 0;
  Expect(reached, key + "reached", "target_results", "subject = 'number'");
}

TEST_F(AnalyticsFigures, VeryLongCallsStandOutByTheirDistanceFromTheMedian) {
  constexpr double kScore = 3.5;
  Figures far;
  for (const bool inbound : {true, false}) {
    std::vector<double> talks;
    for (const CountedCall& call : TheCompany().counted()) {
      if (call.talk && call.inbound == inbound) talks.push_back(static_cast<double>(*call.talk));
    }
    const double median = Quantile(talks, 0.5);
    std::vector<double> distances;
    for (const double talk : talks) distances.push_back(std::abs(talk - median));
    const double spread = Quantile(distances, 0.5);
    for (const CountedCall& call : TheCompany().counted()) {
      if (!call.talk || call.inbound != inbound) continue;
      const double score = 0.6745 * (static_cast<double>(*call.talk) - median) / spread;
      if (score > kScore) far[IdOf(call)] = score;
    }
  }
  Expect(far, "call_id, score", "call_outliers");
}

TEST_F(AnalyticsFigures, AgentsWithFewCallsStandOut) {
  // Agents 1 to 12 have about as many calls each; one who is there and has none does not.
  telephony_->database.Ask("insert into " + std::string(kAnalyticsSchema) +
                           ".users (id, name, _synced_at) values (99, 'Idle', now())");
  const Figures few = Ask(telephony_->sink, "select agent_id, calls from agent_outliers");
  EXPECT_TRUE(few.contains("99")) << "an agent without a call is one with few";
  telephony_->database.Ask("delete from " + std::string(kAnalyticsSchema) + ".users where id = 99");
}

}  // namespace
}  // namespace sb::testing
