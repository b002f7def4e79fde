#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/sync/table_plan.h"

namespace sb::core::sync {

/// A view over replicated tables, made in their schema.
struct AnalyticsView {
  std::string name;  ///< "call_facts"
  std::string title;
  std::vector<std::string> needs;  ///< Streams whose tables it reads.
  std::vector<std::string> uses;   ///< Other views that it reads, and tables of ours.
  std::string sql;                 ///< A query; tables without their schema.

  bool operator==(const AnalyticsView&) const = default;
};

/// One way to group a report: `--by hour`.
struct ReportDimension {
  std::string title;
  std::string sql;    ///< An expression over what the report reads.
  std::string order;  ///< An expression; empty: by the dimension itself.

  bool operator==(const ReportDimension&) const = default;
};

/// How a number of a report is shown.
enum class MeasureUnit { kCount, kShare, kSeconds, kNumber };

/// "count", "share" (0 to 1), "seconds", "number".
const char* ToString(MeasureUnit unit);

struct ReportMeasure {
  std::string name;
  std::string title;
  MeasureUnit unit = MeasureUnit::kCount;
  std::string sql;   ///< An aggregate over what the report reads.
  bool bar = false;  ///< Drawn as bars.

  bool operator==(const ReportMeasure&) const = default;
};

/// A question to the views of a sync.
struct Report {
  std::string name;  ///< "calls"
  std::string title;
  std::vector<std::string> uses;  ///< Views.
  std::string from;               ///< What stands behind "from" in SQL.
  std::string where;              ///< Sees $from, $to and $zone.
  std::string by;                 ///< The dimension where none is chosen.
  std::map<std::string, ReportDimension> dimensions;
  std::vector<ReportMeasure> measures;

  bool operator==(const Report&) const = default;
};

/// What a connector makes of its replicated tables.
struct Analytics {
  std::vector<WantedTable> tables;   ///< Filled by people, not by the sync: targets.
  std::vector<AnalyticsView> views;  ///< Each after those that it uses.
  std::map<std::string, Report> reports;

  bool empty() const { return views.empty(); }
};

/// A view that cannot be made, and why not.
struct LeftOutView {
  std::string name;
  std::string reason;  ///< For people: "the stream 'teams' is not replicated"

  bool operator==(const LeftOutView&) const = default;
};

struct ChosenViews {
  std::vector<AnalyticsView> make;  ///< Each after those that it uses.
  std::vector<LeftOutView> left_out;
};

/// Which views can stand where these streams are replicated.
ChosenViews ChooseViews(const Analytics& analytics, const std::set<std::string>& streams);

/// What is asked of a report.
struct ReportChoice {
  std::string by;  ///< A dimension; empty: the report's own.
  WallTime from;
  WallTime to;       ///< Excluded.
  std::string zone;  ///< An IANA time zone; empty: that of each number.
};

/// A query whose parameters are texts: $1, $2, ...
struct ReportQuery {
  std::string sql;
  std::vector<std::string> values;
};

/// The query of a report. Words of the caller become parameters, never SQL. kInvalid
/// REPORT_BY_UNKNOWN, REPORT_TIME_INVALID.
Result<ReportQuery> QueryOf(const Report& report, const ReportChoice& choice);

/// The analytics of the connectors that exist. Immutable; thread-safe.
class AnalyticsCatalog {
 public:
  virtual ~AnalyticsCatalog() = default;

  /// Null where there is no such connector, or it has none.
  virtual const Analytics* FindAnalytics(const std::string& connector) const = 0;
};

}  // namespace sb::core::sync
