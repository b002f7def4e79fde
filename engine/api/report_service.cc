#include "engine/api/report_service.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "engine/accounts/reports.h"
#include "engine/api/account_reach.h"
#include "engine/api/json_mapping.h"
#include "engine/ports/clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using core::sync::MeasureUnit;
using ports::Role;

constexpr int kMostReportRows = 10'000;
constexpr int kUsualReportRows = 1'000;
constexpr Millis kUsualReportTime = std::chrono::hours(24) * 30;
constexpr std::size_t kLongestReportWord = 200;

v1::ReportMeasure::Unit UnitProto(MeasureUnit unit) {
  switch (unit) {
    case MeasureUnit::kCount:
      return v1::ReportMeasure::UNIT_COUNT;
    case MeasureUnit::kShare:
      return v1::ReportMeasure::UNIT_SHARE;
    case MeasureUnit::kSeconds:
      return v1::ReportMeasure::UNIT_SECONDS;
    case MeasureUnit::kNumber:
      return v1::ReportMeasure::UNIT_NUMBER;
  }
  return v1::ReportMeasure::UNIT_UNSPECIFIED;
}

v1::Report ReportProto(const core::sync::Report& report) {
  v1::Report proto;
  proto.set_name(report.name);
  proto.set_title(report.title);
  for (const auto& [name, dimension] : report.dimensions) proto.add_dimensions(name);
  proto.set_default_dimension(report.by);
  for (const core::sync::ReportMeasure& measure : report.measures) {
    v1::ReportMeasure& each = *proto.add_measures();
    each.set_name(measure.name);
    each.set_title(measure.title);
    each.set_unit(UnitProto(measure.unit));
    each.set_bar(measure.bar);
  }
  return proto;
}

std::optional<double> ReportFigureOf(const core::sync::Cell& cell) {
  double figure = 0;
  if (!cell) return {};
  const char* end = cell->data() + cell->size();
  const auto read = std::from_chars(cell->data(), end, figure);
  return read.ec == std::errc() && read.ptr == end ? std::optional(figure) : std::nullopt;
}

/// The dimension, then the measures in their order.
v1::ReportRow ReportRowOf(const core::sync::Report& report,
                          const std::vector<core::sync::Cell>& cells) {
  v1::ReportRow row;
  if (!cells.empty()) row.set_value(cells[0].value_or(""));
  for (std::size_t i = 0; i < report.measures.size() && i + 1 < cells.size(); ++i) {
    if (const auto figure = ReportFigureOf(cells[i + 1]))
      (*row.mutable_figures())[report.measures[i].name] = *figure;
  }
  return row;
}

void FillReport(const accounts::ReportAnswer& answer, const core::sync::ReportChoice& choice,
                v1::RunReportResponse& response) {
  *response.mutable_report() = ReportProto(answer.report);
  response.set_by(answer.by);
  response.set_by_title(answer.report.dimensions.at(answer.by).title);
  *response.mutable_from_time() = ToTimestamp(choice.from);
  *response.mutable_to_time() = ToTimestamp(choice.to);
  response.set_truncated(answer.table.cut);
  for (std::size_t i = 0; i < answer.table.rows.size(); ++i) {
    auto row = ReportRowOf(answer.report, answer.table.rows[i]);
    (i == 0 ? *response.mutable_total() : *response.add_rows()) = std::move(row);
  }
}

WallTime ReportTimeOr(bool given, const google::protobuf::Timestamp& time, WallTime otherwise) {
  if (!given) return otherwise;
  return WallTime(std::chrono::duration_cast<WallTime::duration>(
      std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanos())));
}

Outcome ReadReportRequest(const v1::RunReportRequest& request, WallTime now,
                          accounts::Reports::Request& wanted) {
  for (const std::string* word :
       {&request.report(), &request.sync(), &request.by(), &request.time_zone()}) {
    if (word->size() > kLongestReportWord)
      return WrongField("report", "names have at most 200 characters");
  }
  if (request.limit() < 0 || request.limit() > kMostReportRows)
    return WrongField("limit", "must be from 1 to 10000, or 0 for 1000");
  wanted.name = request.report();
  wanted.sync = request.sync();
  wanted.choice.by = request.by();
  wanted.choice.zone = request.time_zone();
  wanted.choice.to = ReportTimeOr(request.has_to_time(), request.to_time(), now);
  wanted.choice.from = ReportTimeOr(request.has_from_time(), request.from_time(),
                                    wanted.choice.to - kUsualReportTime);
  // The line for all comes before the others.
  wanted.most_rows = 1 + (request.limit() == 0 ? kUsualReportRows : request.limit());
  return {};
}

Outcome RunReportFor(const Dependencies& deps, const Caller& caller,
                     const v1::RunReportRequest& request, v1::RunReportResponse& response) {
  auto account = AccountReach(deps.accounts, caller).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&account)) return std::move(*failure);
  accounts::Reports::Request wanted;
  if (auto wrong = ReadReportRequest(request, deps.clock.Now(), wanted)) return wrong;
  const auto answer = deps.reports.Run(std::get<ports::Account>(account), wanted);
  if (!answer.ok()) return answer.error();
  FillReport(*answer, wanted.choice, response);
  return {};
}

Outcome ListReportsFor(const Dependencies& deps, const Caller& caller,
                       const v1::ListReportsRequest& request, v1::ListReportsResponse& response) {
  auto account = AccountReach(deps.accounts, caller).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&account)) return std::move(*failure);
  const auto reports = deps.reports.List(std::get<ports::Account>(account));
  for (const core::sync::Report& report : reports) *response.add_reports() = ReportProto(report);
  return {};
}

}  // namespace

grpc::ServerUnaryReactor* ReportService::ListReports(grpc::CallbackServerContext* context,
                                                     const v1::ListReportsRequest* request,
                                                     v1::ListReportsResponse* response) {
  return gate_.Answer(context, {"ReportService/ListReports", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListReportsFor(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* ReportService::RunReport(grpc::CallbackServerContext* context,
                                                   const v1::RunReportRequest* request,
                                                   v1::RunReportResponse* response) {
  return gate_.Answer(context, {"ReportService/RunReport", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return RunReportFor(deps_, caller, *request, *response);
                      });
}

}  // namespace sb::api
