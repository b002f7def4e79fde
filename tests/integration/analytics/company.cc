#include "tests/integration/analytics/company.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <utility>

#include <gtest/gtest.h>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/core/sync/analytics.h"
#include "engine/core/sync/table_plan.h"

namespace sb::testing {
namespace {

constexpr int kCalls = 3000;
constexpr std::int64_t kFirstCallId = 5'000'000'000;
constexpr std::int64_t kBegin = 1'780'272'000;  // 2026-06-01T00:00:00Z, a Monday
constexpr std::int64_t kDays = 40;
constexpr std::int64_t kDay = 86'400;
constexpr int kUsers = 12;
const std::vector<std::int64_t> kTeams = {10, 20, 30};

/// Zones whose clocks do not change in these forty days, so that the test needs no table of them.
struct MadeNumber {
  std::int64_t id;
  const char* zone;
  std::int64_t seconds_ahead;
};

constexpr MadeNumber kNumbers[] = {{100, "Europe/Paris", 7200},
                                   {101, "America/Phoenix", -25200},
                                   {102, "Asia/Kolkata", 19800},
                                   {103, "Nowhere/Land", 0}};

bool IsMember(std::int64_t team, std::int64_t user) {
  if (team == 10) return user <= 3;
  return team == 20 && user >= 3 && user <= 6;
}

std::int64_t AheadOf(const std::optional<std::int64_t>& number) {
  for (const MadeNumber& each : kNumbers) {
    if (number == each.id) return each.seconds_ahead;
  }
  return 0;
}

std::string DayText(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  const auto two = [](unsigned number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day()));
}

/// Opening hours as the test fills them in: number 100 from 8 to 12 and from 13 to midnight but on
/// Sundays; all others from 9 to 18 from Monday to Friday.
bool IsOpenAt(const std::optional<std::int64_t>& number, int weekday, int hour) {
  if (number == 100) return weekday <= 6 && ((hour >= 8 && hour < 12) || hour >= 13);
  return weekday <= 5 && hour >= 9 && hour < 18;
}

/// Chance, always the same.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}

  /// From 0 to `most`.
  std::int64_t UpTo(std::int64_t most) {
    return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(most + 1));
  }

  bool Percent(std::int64_t chance) { return UpTo(9999) < chance * 100; }

 private:
  std::mt19937_64 engine_;
};

std::string NumberOrNull(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "null";
}

std::string InstantOrNull(const std::optional<std::int64_t>& seconds) {
  return seconds ? "to_timestamp(" + std::to_string(*seconds) + ")" : "null";
}

std::string TextOrNull(const std::string& text) {
  return text.empty() ? "null" : "'" + text + "'";
}

std::string RowOfCall(const MadeCall& call) {
  return "(" + std::to_string(call.id) + ",'" + (call.inbound ? "inbound" : "outbound") + "'," +
         TextOrNull(call.reason) + "," + InstantOrNull(call.started) + "," +
         InstantOrNull(call.answered) + "," + InstantOrNull(call.ended) + "," +
         TextOrNull(call.digits) + "," + (call.voicemail ? "true" : "false") + "," +
         NumberOrNull(call.user) + "," + NumberOrNull(call.number) + "," +
         NumberOrNull(call.transferred_by) + "," + NumberOrNull(call.transferred_to) + "," +
         (call.deleted ? "to_timestamp(1790000000)" : "null") + ",to_timestamp(1790000000))";
}

/// Statements that put in these rows, some hundred at a time.
void InsertRows(TestDatabase& database, const std::string& into,
                const std::vector<std::string>& rows) {
  constexpr std::size_t kAtOnce = 500;
  for (std::size_t begin = 0; begin < rows.size(); begin += kAtOnce) {
    std::string values;
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, rows.size()); ++i)
      values += (values.empty() ? "" : ",") + rows[i];
    database.Ask("insert into " + std::string(kAnalyticsSchema) + "." + into + " values " + values);
  }
}

void StoreOthers(TestDatabase& database, const Company& company) {
  std::vector<std::string> numbers;
  for (const MadeNumber& each : kNumbers) {
    const std::string id = std::to_string(each.id);
    numbers.push_back("(" + id + ",'Number " + id + "','" + each.zone + "')");
  }
  InsertRows(database, "numbers (id, name, time_zone)", numbers);
  std::vector<std::string> users;
  std::vector<std::string> members;
  std::vector<std::string> availabilities;
  for (std::int64_t user = 1; user <= kUsers; ++user) {
    const std::string id = std::to_string(user);
    users.push_back("(" + id + ",'Agent " + id + "'," + std::to_string(company.WrapUpOf(user)) +
                    ",now())");
    availabilities.push_back("(" + id + ",'" + (user % 2 == 0 ? "available" : "in_call") + "')");
    for (const std::int64_t team : kTeams) {
      if (IsMember(team, user)) members.push_back("(" + std::to_string(team) + "," + id + ")");
    }
  }
  InsertRows(database, "users (id, name, wrap_up_time, _synced_at)", users);
  InsertRows(database, "user_availability (id, availability)", availabilities);
  InsertRows(database, "teams (id, name)", {"(10,'Team 10')", "(20,'Team 20')", "(30,'Team 30')"});
  InsertRows(database, "team_members (team_id, user_id)", members);
  InsertRows(
      database, "targets (measure, subject, subject_id, period, target)",
      {"('service_level_seconds','company',0,'-',15)",
       "('service_level_seconds','number',101,'-',30)", "('calls','agent',1,'week',20)",
       "('answered_rate','team',10,'month',0.7)", "('average_talk_seconds','number',100,'day',200)",
       "('response_rate','company',0,'month',0.8)"});
  std::vector<std::string> hours;
  for (int day = 1; day <= 6; ++day) {
    const std::string weekday = std::to_string(day);
    if (day <= 5) hours.push_back("(0," + weekday + ",'09:00','18:00')");
    hours.push_back("(100," + weekday + ",'08:00','12:00')");
    hours.push_back("(100," + weekday + ",'13:00','24:00')");
  }
  InsertRows(database, "opening_hours (number_id, weekday, opens, closes)", hours);
}

}  // namespace

const connector::Library& AnalyticsConnectors() {
  static const adapters::jq::JqExpressions expressions;
  static const auto library =
      connector::Library::Load(embedded::ConnectorFiles(), {}, expressions).value();
  return *library;
}

Company::Company(unsigned seed) {
  MakeCalls(seed);
  CountCalls();
  FindReturns();
}

void Company::MakeCalls(unsigned seed) {
  Dice dice(seed);
  static const std::vector<std::string> kReasons = {"out_of_opening_hours",  "short_abandoned",
                                                    "abandoned_in_ivr",      "no_available_agent",
                                                    "agents_did_not_answer", ""};
  for (int i = 0; i < kCalls; ++i) {
    MadeCall call;
    call.id = kFirstCallId + i;
    call.inbound = dice.Percent(65);
    call.started = kBegin + dice.UpTo(kDays * kDay - 1);
    if (!dice.Percent(1)) call.number = kNumbers[dice.UpTo(3)].id;
    call.digits = "+33 6 0" + std::to_string(dice.UpTo(8)) + " " +
                  std::to_string(10 + dice.UpTo(49)) + " 00 00";
    if (dice.Percent(3)) call.digits = dice.Percent(50) ? "anonymous" : "";
    const std::int64_t wait = dice.UpTo(5) * dice.UpTo(12);
    const std::int64_t talk = dice.Percent(1) ? 6000 + dice.UpTo(6000) : dice.UpTo(600);
    const auto somebody = [&] { return 1 + dice.UpTo(kUsers - 1); };
    if (call.inbound && dice.Percent(70)) call.teams.push_back(dice.Percent(60) ? 10 : 20);
    if (call.teams == std::vector<std::int64_t>{10} && dice.Percent(20)) call.teams.push_back(20);
    if (dice.Percent(70)) {
      call.answered = call.started + wait;
      call.ended = *call.answered + talk;
      call.user = somebody();
      if (dice.Percent(10)) {
        call.transferred_by = call.user;
        call.transferred_to = somebody();
        if (dice.Percent(70)) call.user = call.transferred_to;
      }
    } else {
      call.ended = call.started + wait;
      if (call.inbound) {
        call.reason = kReasons[static_cast<std::size_t>(dice.UpTo(5))];
        call.voicemail = dice.Percent(25);
      } else {
        call.user = somebody();
      }
    }
    if (dice.Percent(1)) call.ended.reset();
    call.deleted = dice.Percent(1);
    for (std::int64_t tag = 1; tag <= 3; ++tag) {
      if (dice.Percent(20)) call.tags.push_back(tag);
    }
    calls_.push_back(std::move(call));
  }
}

CountedCall Company::Count(const MadeCall& call) const {
  CountedCall counted;
  counted.call = call;
  counted.transferred = call.transferred_by && call.user && *call.user != *call.transferred_by;
  counted.inbound = call.inbound || counted.transferred;
  counted.answered = call.answered.has_value();
  counted.missed = counted.inbound && !counted.answered;
  const bool handed_on = !call.inbound && counted.transferred;
  if (counted.answered && !handed_on) counted.agent = call.user;
  for (const char c : call.digits) {
    if (c >= '0' && c <= '9') counted.party += c;
  }
  const std::int64_t local = call.started + AheadOf(call.number);
  counted.day = DayText(local / kDay);
  counted.hour = static_cast<int>(local % kDay / 3600);
  counted.weekday = static_cast<int>((local / kDay + 3) % 7) + 1;  // 1970-01-01 was a Thursday
  counted.open =
      call.reason != "out_of_opening_hours" && IsOpenAt(call.number, counted.weekday, counted.hour);
  counted.level = call.number == 101 ? 30 : 15;
  if (counted.answered && counted.inbound) counted.wait = *call.answered - call.started;
  if (counted.answered) {
    counted.talk = *call.ended - *call.answered;
    counted.handling = *counted.talk + (counted.agent ? WrapUpOf(*counted.agent) : 0);
  }
  counted.teams = call.teams;
  if (call.teams.empty() && counted.agent) {
    for (const std::int64_t team : kTeams) {
      if (IsMember(team, *counted.agent)) counted.teams.push_back(team);
    }
  }
  return counted;
}

void Company::CountCalls() {
  for (const MadeCall& call : calls_) {
    if (call.ended && !call.deleted) counted_.push_back(Count(call));
  }
}

void Company::FindReturns() {
  for (CountedCall& missed : counted_) {
    if (!missed.missed || missed.party.empty()) continue;
    const CountedCall* first = nullptr;
    for (const CountedCall& other : counted_) {
      const auto when = std::pair(other.call.started, other.call.id);
      const bool later = when > std::pair(missed.call.started, missed.call.id);
      const bool talks = !other.inbound || (other.call.inbound && other.answered);
      if (other.party != missed.party || !later || !talks) continue;
      if (first == nullptr || when < std::pair(first->call.started, first->call.id)) first = &other;
    }
    if (first == nullptr) continue;
    missed.returned = first->call.id;
    if (!first->inbound) {
      missed.called_back = std::max<std::int64_t>(first->call.started - *missed.call.ended, 0);
    }
  }
}

const CountedCall* Company::Find(std::int64_t id) const {
  const auto found =
      std::ranges::find_if(counted_, [&](const CountedCall& each) { return each.call.id == id; });
  return found == counted_.end() ? nullptr : &*found;
}

void Company::Store(TestDatabase& database, adapters::postgres::PostgresRowSink& sink) const {
  const auto* streams = AnalyticsConnectors().FindStreams("aircall");
  const auto* analytics = AnalyticsConnectors().FindAnalytics("aircall");
  ASSERT_NE(streams, nullptr);
  ASSERT_NE(analytics, nullptr);
  std::vector<const core::sync::Stream*> all;
  for (const auto& [name, stream] : *streams) all.push_back(&stream);
  auto wanted = core::sync::WantedTables(all);
  // What refers to nothing keeps this about figures: rows of users come after those of calls.
  for (core::sync::WantedTable& table : wanted) table.references.clear();
  wanted.insert(wanted.end(), analytics->tables.begin(), analytics->tables.end());
  const Status made = sink.Prepare(kAnalyticsSchema, core::sync::PlanTables(wanted, {}));
  ASSERT_TRUE(made.ok()) << made.error().message;
  StoreOthers(database, *this);
  std::vector<std::string> calls;
  std::vector<std::string> teams;
  std::vector<std::string> tags;
  std::vector<std::string> voicemails;
  for (const MadeCall& call : calls_) {
    const std::string id = std::to_string(call.id);
    calls.push_back(RowOfCall(call));
    for (const std::int64_t team : call.teams)
      teams.push_back("(" + id + "," + std::to_string(team) + ",'a former name')");
    for (const std::int64_t tag : call.tags)
      tags.push_back("(" + id + "," + std::to_string(tag) + ",'Tag " + std::to_string(tag) + "')");
    if (call.voicemail) voicemails.push_back("(" + id + "," + InstantOrNull(call.ended) + ")");
  }
  InsertRows(database,
             "calls (id, direction, missed_call_reason, started_at, answered_at, ended_at, "
             "raw_digits, has_voicemail, user_id, number_id, transferred_by_id, "
             "transferred_to_id, _deleted_at, _synced_at)",
             calls);
  InsertRows(database, "call_teams (call_id, team_id, name)", teams);
  InsertRows(database, "call_tags (call_id, tag_id, name)", tags);
  InsertRows(database, "voicemails (call_id, left_at)", voicemails);
}

std::vector<core::sync::LeftOutView> MakeAnalytics(adapters::postgres::PostgresRowSink& sink,
                                                   const std::set<std::string>& streams) {
  const auto chosen =
      core::sync::ChooseViews(*AnalyticsConnectors().FindAnalytics("aircall"), streams);
  const auto made = sink.MakeViews(kAnalyticsSchema, chosen.make);
  EXPECT_TRUE(made.ok()) << made.error().message;
  auto left_out = chosen.left_out;
  if (made.ok()) left_out.insert(left_out.end(), made->left_out.begin(), made->left_out.end());
  return left_out;
}

Figures Ask(adapters::postgres::PostgresRowSink& sink, const std::string& sql) {
  ports::SinkQuery query;
  query.query.sql = sql;
  query.most_rows = 100'000;
  const auto table = sink.Ask(kAnalyticsSchema, query);
  EXPECT_TRUE(table.ok()) << sql << ": " << table.error().message;
  Figures figures;
  if (!table.ok()) return figures;
  for (const auto& row : table->rows) {
    if (!row.back()) continue;
    std::string key;
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      key += (i == 0 ? "" : "/") + row[i].value_or("-");
    const std::string& text = *row.back();
    const bool is_flag = text == "t" || text == "f";
    figures[key] = is_flag ? static_cast<double>(text == "t") : std::stod(text);
  }
  return figures;
}

Figures CountBy(const Company& company, const CallKey& key, const CallTest& wanted) {
  Figures figures;
  for (const CountedCall& call : company.counted()) {
    if (wanted(call)) ++figures[key(call)];
  }
  return figures;
}

Figures ShareBy(const Company& company, const CallKey& key, const CallTest& part,
                const CallTest& whole) {
  Figures shares = CountBy(company, key, whole);
  Figures parts =
      CountBy(company, key, [&](const CountedCall& call) { return whole(call) && part(call); });
  for (auto& [of, share] : shares) share = parts[of] / share;
  return shares;
}

double Quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
}

namespace {

std::map<std::string, std::vector<double>> ValuesBy(const Company& company, const CallKey& key,
                                                    const CallValue& value) {
  std::map<std::string, std::vector<double>> values;
  for (const CountedCall& call : company.counted()) {
    if (const auto one = value(call)) values[key(call)].push_back(static_cast<double>(*one));
  }
  return values;
}

}  // namespace

Figures AverageBy(const Company& company, const CallKey& key, const CallValue& value) {
  Figures averages;
  for (const auto& [of, values] : ValuesBy(company, key, value)) {
    double sum = 0;
    for (const double each : values) sum += each;
    averages[of] = sum / static_cast<double>(values.size());
  }
  return averages;
}

Figures QuantileBy(const Company& company, const CallKey& key, const CallValue& value,
                   double share) {
  Figures quantiles;
  for (const auto& [of, values] : ValuesBy(company, key, value))
    quantiles[of] = Quantile(values, share);
  return quantiles;
}

std::string NumberAndDay(const CountedCall& call) {
  return (call.call.number ? std::to_string(*call.call.number) : "-") + "/" + call.day;
}

std::string Differences(const Figures& expected, const Figures& actual) {
  constexpr double kNear = 1e-6;
  constexpr int kMostTold = 5;
  std::string told;
  int count = 0;
  const auto tell = [&](const std::string& line) {
    if (count++ < kMostTold) told += line + "\n";
  };
  for (const auto& [of, figure] : expected) {
    const auto found = actual.find(of);
    if (found == actual.end())
      tell(of + ": not there, should be " + std::to_string(figure));
    else if (std::abs(found->second - figure) > kNear)
      tell(of + ": " + std::to_string(found->second) + ", should be " + std::to_string(figure));
  }
  for (const auto& [of, figure] : actual) {
    if (!expected.contains(of)) tell(of + ": " + std::to_string(figure) + ", should not be there");
  }
  if (count > kMostTold) told += "and " + std::to_string(count - kMostTold) + " more\n";
  return told;
}

}  // namespace sb::testing
