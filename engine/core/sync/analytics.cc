#include "engine/core/sync/analytics.h"

#include <utility>

namespace sb::core::sync {
namespace {

/// Reports look at most so far at once: three years.
constexpr Millis kLongestReport = std::chrono::hours(24) * 1096;

/// Why a view cannot stand; empty: it can.
std::string WhyNot(const AnalyticsView& view, const std::set<std::string>& streams,
                   const std::set<std::string>& there) {
  for (const std::string& need : view.needs) {
    if (!streams.contains(need)) return "the stream '" + need + "' is not replicated";
  }
  for (const std::string& use : view.uses) {
    if (!there.contains(use)) return "it reads '" + use + "', which is left out itself";
  }
  return {};
}

/// A number in few digits; counts are whole already.
std::string Rounded(const ReportMeasure& measure) {
  switch (measure.unit) {
    case MeasureUnit::kCount:
      return measure.sql;
    case MeasureUnit::kShare:
      return "round((" + measure.sql + ")::numeric, 4)";
    case MeasureUnit::kSeconds:
    case MeasureUnit::kNumber:
      return "round((" + measure.sql + ")::numeric, 1)";
  }
  return measure.sql;
}

Status CheckTimes(const ReportChoice& choice) {
  if (choice.from < choice.to && choice.to - choice.from <= kLongestReport) return {};
  return Invalid("REPORT_TIME_INVALID",
                 "a report looks at a time that ends after it begins, and is no longer than three "
                 "years");
}

Error UnknownBy(const Report& report, const std::string& by) {
  std::string known;
  for (const auto& [name, dimension] : report.dimensions)
    known += (known.empty() ? "" : ", ") + name;
  return Invalid("REPORT_BY_UNKNOWN", "the report '" + report.name + "' cannot be drawn by '" +
                                          by.substr(0, 60) + "'; it can by: " + known);
}

}  // namespace

const char* ToString(MeasureUnit unit) {
  switch (unit) {
    case MeasureUnit::kCount:
      return "count";
    case MeasureUnit::kShare:
      return "share";
    case MeasureUnit::kSeconds:
      return "seconds";
    case MeasureUnit::kNumber:
      return "number";
  }
  return "number";
}

ChosenViews ChooseViews(const Analytics& analytics, const std::set<std::string>& streams) {
  ChosenViews chosen;
  std::set<std::string> there;
  for (const WantedTable& table : analytics.tables) there.insert(table.name);
  std::set<std::string> refused;
  for (const AnalyticsView& view : analytics.views) {
    if (there.contains(view.name)) continue;  // a variant of it that knows more
    const std::string reason = WhyNot(view, streams, there);
    if (reason.empty()) {
      there.insert(view.name);
      chosen.make.push_back(view);
    } else if (refused.insert(view.name).second) {
      chosen.left_out.push_back({view.name, reason});
    }
  }
  std::erase_if(chosen.left_out,
                [&](const LeftOutView& each) { return there.contains(each.name); });
  return chosen;
}

Result<ReportQuery> QueryOf(const Report& report, const ReportChoice& choice) {
  const std::string by = choice.by.empty() ? report.by : choice.by;
  const auto dimension = report.dimensions.find(by);
  if (dimension == report.dimensions.end()) return UnknownBy(report, by);
  if (Status fine = CheckTimes(choice); !fine.ok()) return fine.error();
  const ReportDimension& wanted = dimension->second;
  std::string columns = wanted.sql + " as \"" + by + "\"";
  for (const ReportMeasure& measure : report.measures)
    columns += ", " + Rounded(measure) + " as \"" + measure.name + "\"";
  const std::string order = wanted.order.empty() ? wanted.sql : wanted.order;
  // One row for each value, and before them one for all.
  std::string sql =
      "with asked as (select $1::timestamptz as since, $2::timestamptz as until, "
      "nullif($3::text, '') as zone) select " +
      columns + " from asked cross join " + report.from + " where " + report.where +
      " group by grouping sets ((" + wanted.sql + "), ()) order by grouping(" + wanted.sql +
      ") desc, " + order;
  return ReportQuery{std::move(sql), {ToRfc3339(choice.from), ToRfc3339(choice.to), choice.zone}};
}

}  // namespace sb::core::sync
