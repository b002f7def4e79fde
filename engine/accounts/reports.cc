#include "engine/accounts/reports.h"

#include <utility>

namespace sb::accounts {
namespace {

Error NoSuchReport(const std::string& name, const core::sync::Analytics* analytics) {
  std::string known;
  if (analytics != nullptr) {
    for (const auto& [each, report] : analytics->reports)
      known += (known.empty() ? "" : ", ") + each;
  }
  return NotFound("REPORT_NOT_FOUND", "there is no report '" + name.substr(0, 60) +
                                          "' for this account" +
                                          (known.empty() ? "" : "; there are: " + known));
}

/// Where the views are not there the question means nothing. Of its values only the time zone can
/// be wrong.
Error WithoutViews(const Error& error, const ports::Sync& sync, const std::string& zone) {
  if (error.code == "SYNC_QUERY_VALUE_REFUSED" && !zone.empty()) {
    return Invalid("REPORT_ZONE_UNKNOWN", "there is no time zone '" + zone.substr(0, 60) +
                                              "'; names are such as Europe/Paris");
  }
  if (error.code != "SYNC_QUERY_REFUSED") return error;
  return NotFound("REPORT_VIEWS_MISSING",
                  "the sync '" + sync.name +
                      "' has not all views that this report reads: replicate what they stand on "
                      "(the log of the server says which), and deploy it with analytics");
}

}  // namespace

std::vector<core::sync::Report> Reports::List(const ports::Account& account) const {
  std::vector<core::sync::Report> reports;
  const auto* analytics = deps_.connectors.FindAnalytics(account.connector);
  if (analytics == nullptr) return reports;
  for (const auto& [name, report] : analytics->reports) reports.push_back(report);
  return reports;
}

Result<ports::Sync> Reports::FindSync(const ports::Account& account, const std::string& name) {
  const auto syncs = deps_.syncs.List(account.id);
  if (!syncs.ok()) return syncs.error();
  for (const ports::Sync& each : *syncs) {
    if (each.kind != ports::SyncKind::kReplication) continue;
    if (name.empty() || each.name == name) return each;
  }
  return NotFound("REPORT_SYNC_NOT_FOUND",
                  name.empty() ? "the account is not replicated: deploy a sync of its calls first"
                               : "the account has no sync '" + name.substr(0, 60) + "'");
}

Result<ReportAnswer> Reports::Run(const ports::Account& account, const Request& request) {
  const auto* analytics = deps_.connectors.FindAnalytics(account.connector);
  if (analytics == nullptr || !analytics->reports.contains(request.name))
    return NoSuchReport(request.name, analytics);
  const core::sync::Report& report = analytics->reports.at(request.name);
  auto query = core::sync::QueryOf(report, request.choice);
  if (!query.ok()) return query.error();
  const auto sync = FindSync(account, request.sync);
  if (!sync.ok()) return sync.error();
  ports::RowSink* sink = deps_.sink_of(sync->connection);
  if (sink == nullptr) {
    return NotFound("SYNC_CONNECTION_NOT_FOUND",
                    "this server has no connection '" + sync->connection + "'");
  }
  ports::SinkQuery asked;
  asked.query = *std::move(query);
  asked.most_rows = request.most_rows;
  auto table = sink->Ask(sync->schema, asked);
  if (!table.ok()) return WithoutViews(table.error(), *sync, request.choice.zone);
  const std::string& by = request.choice.by;
  return ReportAnswer{sync->id, report, by.empty() ? report.by : by, *std::move(table)};
}

}  // namespace sb::accounts
