#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/connector/load.h"

// analytics/: views over replicated tables, tables that people fill beside them, and reports.
namespace sb::connector {
namespace {

namespace sync = core::sync;

constexpr const char* kTablesFile = "analytics/tables.yaml";
constexpr const char* kReportsFile = "analytics/reports.yaml";

// ---- Views ----

std::string_view TrimmedWord(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

/// "a, b" as a list.
std::vector<std::string> WordsListed(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view word = TrimmedWord(text.substr(0, comma));
    if (!word.empty()) words.emplace_back(word);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return words;
}

/// The lines "-- key: value" with which the file begins.
std::map<std::string, std::string> ViewHeader(std::string_view sql) {
  static const std::set<std::string, std::less<>> kKeys = {"view", "title", "needs", "uses"};
  std::map<std::string, std::string> header;
  while (sql.starts_with("-- ")) {
    const std::size_t end = sql.find('\n');
    const std::string_view line = sql.substr(3, end == std::string_view::npos ? end : end - 3);
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos || !kKeys.contains(line.substr(0, colon))) break;
    header[std::string(line.substr(0, colon))] = TrimmedWord(line.substr(colon + 2));
    sql = end == std::string_view::npos ? std::string_view() : sql.substr(end + 1);
  }
  return header;
}

/// "call_waiting" of "analytics/call_waiting.events.sql".
std::string ViewOfPath(const std::string& path) {
  const std::size_t slash = path.rfind('/') + 1;
  return path.substr(slash, path.find('.', slash) - slash);
}

std::string WithoutComments(std::string_view sql) {
  std::string query;
  while (!sql.empty()) {
    const std::size_t end = std::min(sql.find('\n'), sql.size() - 1) + 1;
    if (!sql.starts_with("--")) query += sql.substr(0, end);
    sql.remove_prefix(end);
  }
  return query;
}

/// A view is one query, so that nothing but a view can come of it.
bool IsOneQuery(std::string_view sql) {
  return sql.find(';') == std::string_view::npos;
}

Result<sync::AnalyticsView> ReadView(const Folder& folder, const std::string& path,
                                     const std::string& sql) {
  auto header = ViewHeader(sql);
  sync::AnalyticsView view{header["view"], header["title"], WordsListed(header["needs"]),
                           WordsListed(header["uses"]), WithoutComments(sql)};
  if (view.name != ViewOfPath(path)) {
    return folder.Fault(path, "",
                        "it must begin with the line `-- view: " + ViewOfPath(path) + "`");
  }
  if (view.title.empty() || view.needs.empty())
    return folder.Fault(path, "", "lines `-- title: ...` and `-- needs: ...` must follow");
  if (!IsOneQuery(view.sql)) return folder.Fault(path, "", "it must be one query, without `;`");
  return view;
}

/// Moves what only uses what is there already from `waiting` to `ordered`; whether anything moved.
bool MoveReady(std::set<std::string>& there, std::vector<sync::AnalyticsView>& waiting,
               std::vector<sync::AnalyticsView>& ordered) {
  const std::size_t before = ordered.size();
  std::vector<sync::AnalyticsView> rest;
  std::set<std::string> held_up;  // variants of a view stay together
  for (sync::AnalyticsView& view : waiting) {
    const bool ready =
        std::ranges::all_of(view.uses, [&](const std::string& use) { return there.contains(use); });
    if (ready && !held_up.contains(view.name)) {
      ordered.push_back(std::move(view));
    } else {
      held_up.insert(view.name);
      rest.push_back(std::move(view));
    }
  }
  for (std::size_t i = before; i < ordered.size(); ++i) there.insert(ordered[i].name);
  waiting = std::move(rest);
  return ordered.size() > before;
}

Status LoadViews(const Folder& folder, Connector& connector) {
  std::set<std::string> there;
  for (const auto& table : connector.analytics.tables) there.insert(table.name);
  std::vector<sync::AnalyticsView> waiting;
  for (const auto& [path, sql] : folder.queries()) {
    auto view = ReadView(folder, path, sql);
    if (!view.ok()) return view.error();
    waiting.push_back(*std::move(view));
  }
  // Of variants, the one that needs most is tried first.
  std::ranges::stable_sort(waiting, std::greater<>(),
                           [](const sync::AnalyticsView& each) { return each.needs.size(); });
  while (MoveReady(there, waiting, connector.analytics.views)) {
  }
  if (waiting.empty()) return {};
  return folder.Fault("analytics/" + waiting.front().name + ".sql", "",
                      "what it uses is no view and no table of analytics/, or uses it in turn");
}

// ---- Tables ----

sync::WantedTable ReadAnalyticsTable(const Json& json) {
  sync::WantedTable table;
  table.name = TextMember(json, "table");
  table.comment = TextMember(json, "title");
  for (const Json& column : json.at("key")) table.key.push_back(column.get<std::string>());
  for (const Json& column : json.at("columns")) {
    const std::string name = TextMember(column, "name");
    const auto type = sync::ColumnTypeFrom(TextMember(column, "type"));
    const bool in_key = std::ranges::find(table.key, name) != table.key.end();
    table.columns.push_back(
        {name, type.value_or(sync::ColumnType::kText), in_key, TextMember(column, "comment")});
  }
  return table;
}

std::set<std::string> TablesOfStreams(const Connector& connector) {
  std::set<std::string> tables;
  for (const auto& [name, stream] : connector.streams) {
    tables.insert(name);
    for (const sync::ChildTable& child : stream.children) tables.insert(child.table);
  }
  return tables;
}

Status LoadTables(const Folder& folder, const Formats& formats, Connector& connector) {
  if (!folder.Has(kTablesFile)) return {};
  const auto file = folder.Load(kTablesFile);
  if (!file.ok()) return file.error();
  if (Status fits = folder.Check(kTablesFile, *file, formats.tables); !fits.ok()) return fits;
  std::set<std::string> taken = TablesOfStreams(connector);
  const Json& tables = file->at("tables");
  for (std::size_t i = 0; i < tables.size(); ++i) {
    sync::WantedTable table = ReadAnalyticsTable(tables[i]);
    const std::string pointer = "/tables/" + std::to_string(i);
    if (!taken.insert(table.name).second)
      return folder.Fault(kTablesFile, pointer + "/table", "there is a table of that name");
    for (const std::string& column : table.key) {
      const bool known = std::ranges::any_of(
          table.columns, [&](const sync::TableColumn& each) { return each.name == column; });
      if (!known)
        return folder.Fault(kTablesFile, pointer + "/key", "there is no column '" + column + "'");
    }
    connector.analytics.tables.push_back(std::move(table));
  }
  return {};
}

// ---- Reports ----

sync::MeasureUnit UnitNamed(const std::string& name) {
  for (const auto unit : {sync::MeasureUnit::kCount, sync::MeasureUnit::kShare,
                          sync::MeasureUnit::kSeconds, sync::MeasureUnit::kNumber}) {
    if (name == sync::ToString(unit)) return unit;
  }
  return sync::MeasureUnit::kNumber;
}

sync::Report ReadReport(const Json& json) {
  sync::Report report;
  report.name = TextMember(json, "report");
  report.title = TextMember(json, "title");
  for (const Json& view : json.at("uses")) report.uses.push_back(view.get<std::string>());
  report.from = TextMember(json, "from");
  report.where = TextMember(json, "where");
  report.by = TextMember(json, "by");
  for (const auto& [name, dimension] : json.at("dimensions").items()) {
    report.dimensions[name] = {TextMember(dimension, "title"), TextMember(dimension, "sql"),
                               TextMember(dimension, "order")};
  }
  for (const Json& measure : json.at("measures")) {
    report.measures.push_back({TextMember(measure, "name"), TextMember(measure, "title"),
                               UnitNamed(TextMember(measure, "unit")), TextMember(measure, "sql"),
                               measure.contains("bar")});
  }
  return report;
}

/// What only the whole can tell of a report.
Status CheckReport(const Folder& folder, const std::string& pointer, const Json& json,
                   const sync::Report& report, const sync::Analytics& analytics) {
  if (!report.dimensions.contains(report.by))
    return folder.Fault(kReportsFile, pointer + "/by", "it must be one of its dimensions");
  for (const std::string& use : report.uses) {
    const bool known = std::ranges::any_of(
        analytics.views, [&](const sync::AnalyticsView& view) { return view.name == use; });
    if (!known)
      return folder.Fault(kReportsFile, pointer + "/uses", "there is no view '" + use + "'");
  }
  if (!IsOneQuery(DumpJson(json)))
    return folder.Fault(kReportsFile, pointer, "no `;` may stand in a report");
  return {};
}

Status LoadReports(const Folder& folder, const Formats& formats, Connector& connector) {
  if (!folder.Has(kReportsFile)) return {};
  const auto file = folder.Load(kReportsFile);
  if (!file.ok()) return file.error();
  if (Status fits = folder.Check(kReportsFile, *file, formats.reports); !fits.ok()) return fits;
  const Json& reports = file->at("reports");
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const std::string pointer = "/reports/" + std::to_string(i);
    sync::Report report = ReadReport(reports[i]);
    Status fine = CheckReport(folder, pointer, reports[i], report, connector.analytics);
    if (!fine.ok()) return fine;
    const std::string name = report.name;
    if (!connector.analytics.reports.emplace(name, std::move(report)).second)
      return folder.Fault(kReportsFile, pointer + "/report", "there is a report of that name");
  }
  return {};
}

}  // namespace

Status LoadAnalytics(const Folder& folder, const Formats& formats, Connector& connector) {
  if (Status tables = LoadTables(folder, formats, connector); !tables.ok()) return tables;
  if (Status views = LoadViews(folder, connector); !views.ok()) return views;
  return LoadReports(folder, formats, connector);
}

Status CheckAnalytics(const Folder& folder, const Connector& connector, ExpressionList& /*list*/) {
  for (const sync::AnalyticsView& view : connector.analytics.views) {
    for (const std::string& need : view.needs) {
      if (!connector.streams.contains(need))
        return folder.Fault("analytics/" + view.name + ".sql", "",
                            "it needs '" + need + "', which is no stream");
    }
  }
  return {};
}

}  // namespace sb::connector
