#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/adapters/postgres/postgres_row_sink.h"
#include "engine/connector/connector.h"
#include "tests/support/postgres_cluster.h"

// A company that was made up, as tables and as plain values: what views say of the tables is worked
// out again from the values, by loops.
namespace sb::testing {

inline constexpr const char* kAnalyticsSchema = "telephony";

/// The connectors as they are shipped.
const connector::Library& AnalyticsConnectors();

/// A call, as the provider tells it.
struct MadeCall {
  std::int64_t id = 0;
  bool inbound = true;
  std::int64_t started = 0;  ///< Unix seconds.
  std::optional<std::int64_t> answered;
  std::optional<std::int64_t> ended;
  std::optional<std::int64_t> number;
  std::optional<std::int64_t> user;
  std::optional<std::int64_t> transferred_by;
  std::optional<std::int64_t> transferred_to;
  std::string digits;  ///< As shown, or "anonymous".
  std::string reason;  ///< Empty: null.
  bool voicemail = false;
  bool deleted = false;
  std::vector<std::int64_t> teams;
  std::vector<std::int64_t> tags;
};

/// A call, as it counts: found out from the documentation, not from the views.
struct CountedCall {
  MadeCall call;
  bool inbound = true;
  bool transferred = false;
  bool answered = false;
  bool missed = false;
  std::optional<std::int64_t> agent;
  std::string party;  ///< Digits; empty: withheld.
  std::string day;    ///< "2026-06-01", where the number is.
  int hour = 0;
  int weekday = 1;
  bool open = false;  ///< Within opening hours.
  std::optional<std::int64_t> wait;
  std::optional<std::int64_t> talk;
  std::optional<std::int64_t> handling;
  std::int64_t level = 0;                   ///< Seconds within which it should be answered.
  std::optional<std::int64_t> returned;     ///< The id of the call by which it was.
  std::optional<std::int64_t> called_back;  ///< Seconds until we called back.
  std::vector<std::int64_t> teams;

  bool InTime() const { return wait && *wait <= level; }
};

/// Figures by what they are of: "100/2026-06-01".
using Figures = std::map<std::string, double>;

/// A company of a few thousand calls: several time zones, transfers, voicemails, callers who give
/// up at once or withhold their number, calls that go on, deleted ones.
class Company {
 public:
  explicit Company(unsigned seed);

  const std::vector<CountedCall>& counted() const { return counted_; }

  const CountedCall* Find(std::int64_t id) const;

  /// Makes its tables and fills them.
  void Store(TestDatabase& database, adapters::postgres::PostgresRowSink& sink) const;

  std::int64_t WrapUpOf(std::int64_t user) const { return user % 3 * 30; }

 private:
  void MakeCalls(unsigned seed);
  void CountCalls();
  CountedCall Count(const MadeCall& call) const;
  void FindReturns();

  std::vector<MadeCall> calls_;
  std::vector<CountedCall> counted_;
};

/// Which tables the views of these streams need, and the views; as Replications makes them.
std::vector<core::sync::LeftOutView> MakeAnalytics(adapters::postgres::PostgresRowSink& sink,
                                                   const std::set<std::string>& streams);

/// What a query gives: its first columns name what the last one is a figure of. Nulls are left out.
Figures Ask(adapters::postgres::PostgresRowSink& sink, const std::string& sql);

/// Figures of the counted calls for which `wanted` holds, by what `key` says.
using CallKey = std::function<std::string(const CountedCall&)>;
using CallTest = std::function<bool(const CountedCall&)>;
using CallValue = std::function<std::optional<std::int64_t>(const CountedCall&)>;
Figures CountBy(const Company& company, const CallKey& key, const CallTest& wanted);
/// Part over whole, where there is a whole.
Figures ShareBy(const Company& company, const CallKey& key, const CallTest& part,
                const CallTest& whole);
Figures AverageBy(const Company& company, const CallKey& key, const CallValue& value);
/// A quantile between neighbours, as PostgreSQL's percentile_cont.
double Quantile(std::vector<double> values, double share);
Figures QuantileBy(const Company& company, const CallKey& key, const CallValue& value,
                   double share);

std::string NumberAndDay(const CountedCall& call);

/// Nothing, or the first ways in which two lists of figures differ.
std::string Differences(const Figures& expected, const Figures& actual);

}  // namespace sb::testing
