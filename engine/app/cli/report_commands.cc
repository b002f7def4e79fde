#include "engine/app/cli/report_commands.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "engine/app/cli/csv.h"
#include "engine/app/cli/table.h"
#include "engine/app/cli/text.h"
#include "switchboard/v1/report.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using ReportStub = v1::ReportService::StubInterface;

constexpr int kReportBarColumns = 24;
constexpr int kEighths = 8;
constexpr const char* kAllTogether = "all";

// ---- Figures as text ----

/// "3:20", "1:02:03".
std::string ClockText(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  std::array<char, 40> text{};
  if (whole < 3600) {
    std::snprintf(text.data(), text.size(), "%lld:%02lld", static_cast<long long>(whole / 60),
                  static_cast<long long>(whole % 60));
  } else {
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld",
                  static_cast<long long>(whole / 3600), static_cast<long long>(whole / 60 % 60),
                  static_cast<long long>(whole % 60));
  }
  return text.data();
}

std::string Decimal(double number, int digits) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, number);
  return text.data();
}

std::string FigureText(const v1::ReportMeasure& measure, const v1::ReportRow& row) {
  const auto figure = row.figures().find(measure.name());
  if (figure == row.figures().end()) return "-";
  switch (measure.unit()) {
    case v1::ReportMeasure::UNIT_COUNT:
      return Decimal(figure->second, 0);
    case v1::ReportMeasure::UNIT_SHARE:
      return Decimal(figure->second * 100, 1) + " %";
    case v1::ReportMeasure::UNIT_SECONDS:
      return ClockText(figure->second);
    default:
      return Decimal(figure->second, 1);
  }
}

// ---- Bars ----

/// A share of the bar's columns, in eighths of one where blocks can be shown.
std::string BarText(double share, bool blocks) {
  static const std::array<const char*, kEighths> kParts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double kept = std::clamp(share, 0.0, 1.0);
  const auto eighths = static_cast<int>(std::lround(kept * kReportBarColumns * kEighths));
  std::string bar;
  if (!blocks)
    return std::string(static_cast<std::size_t>(std::lround(kept * kReportBarColumns)), '#');
  for (int i = 0; i < eighths / kEighths; ++i) bar += "█";
  return bar + kParts.at(static_cast<std::size_t>(eighths % kEighths));
}

const v1::ReportMeasure* MeasureOfBars(const v1::Report& report) {
  const auto found = std::ranges::find_if(report.measures(),
                                          [](const v1::ReportMeasure& each) { return each.bar(); });
  return found == report.measures().end() ? nullptr : &*found;
}

double FigureOrZero(const v1::ReportRow& row, const std::string& name) {
  const auto figure = row.figures().find(name);
  return figure == row.figures().end() ? 0 : figure->second;
}

/// The texts of one measure, all as wide as the widest: numbers stand below each other.
std::vector<std::string> ColumnOfMeasure(const v1::RunReportResponse& report,
                                         const v1::ReportMeasure& measure) {
  std::vector<std::string> texts;
  for (const v1::ReportRow& row : report.rows()) texts.push_back(FigureText(measure, row));
  texts.push_back(FigureText(measure, report.total()));
  int width = WidthOf(measure.title());
  for (const std::string& text : texts) width = std::max(width, WidthOf(text));
  for (std::string& text : texts) text.insert(0, Spaces(width - WidthOf(text)));
  return texts;
}

std::string HeadingText(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A')
                                          : static_cast<char>(letter);
  });
  return text;
}

// ---- What is asked ----

std::optional<Trouble> AskTime(const Session& session, const ReportOptions& options,
                               v1::RunReportRequest& request) {
  const auto set = [](google::protobuf::Timestamp& to, WallTime when) {
    const auto micros = when.time_since_epoch().count();
    to.set_seconds(micros / 1'000'000);
    to.set_nanos(static_cast<int>(micros % 1'000'000) * 1'000);
  };
  const auto read = [](const std::string& text) {
    constexpr std::size_t kDayText = 10;
    return ParseRfc3339(text.size() == kDayText ? text + "T00:00:00Z" : text);
  };
  const auto to = options.to.empty() ? std::optional(session.now()) : read(options.to);
  if (!to) return Trouble{kUsage, "--to takes a day (2026-06-01) or an instant", {}, {}, {}};
  const auto span = ParseSpan(options.last);
  if (!span) return Trouble{kUsage, "--last takes a time such as 30d, 12h or 2w", {}, {}, {}};
  const auto from = options.from.empty() ? std::optional(*to - *span) : read(options.from);
  if (!from) return Trouble{kUsage, "--from takes a day (2026-06-01) or an instant", {}, {}, {}};
  set(*request.mutable_from_time(), *from);
  set(*request.mutable_to_time(), *to);
  return {};
}

int ListThem(Session& session, const std::string& account) {
  v1::ListReportsRequest request;
  request.set_account(account);
  v1::ListReportsResponse response;
  if (auto trouble =
          session.client.Call<v1::ReportService>(&ReportStub::ListReports, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&]() -> std::string {
    if (response.reports().empty()) return "no reports\n";
    Table table({{"REPORT", true}, {"TITLE"}, {"BY"}});
    for (const v1::Report& report : response.reports()) {
      std::string by;
      for (const std::string& each : report.dimensions()) by += (by.empty() ? "" : ", ") + each;
      table.Add({report.name(), report.title(), by});
    }
    return table.Text(session.style());
  });
}

}  // namespace

std::optional<Millis> ParseSpan(const std::string& text) {
  constexpr std::int64_t kMostOfThem = 10'000;
  std::int64_t count = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (read.ec != std::errc() || read.ptr + 1 != end || count < 1 || count > kMostOfThem) return {};
  switch (*read.ptr) {
    case 'h':
      return std::chrono::hours(count);
    case 'd':
      return std::chrono::hours(24 * count);
    case 'w':
      return std::chrono::hours(24 * 7 * count);
    default:
      return {};
  }
}

std::string DrawReport(const v1::RunReportResponse& report, const Style& style) {
  if (report.rows().empty()) return "nothing in this time\n";
  const v1::ReportMeasure* bars = MeasureOfBars(report.report());
  std::vector<Column> headings;
  headings.push_back({HeadingText(report.by_title()), true});
  if (bars != nullptr) headings.push_back({"", true});
  std::vector<std::vector<std::string>> columns;
  for (const v1::ReportMeasure& measure : report.report().measures()) {
    headings.push_back({HeadingText(measure.title())});
    columns.push_back(ColumnOfMeasure(report, measure));
  }
  double most = 0;
  for (const v1::ReportRow& row : report.rows()) {
    if (bars != nullptr) most = std::max(most, FigureOrZero(row, bars->name()));
  }
  Table table(headings);
  for (int i = 0; i <= report.rows_size(); ++i) {
    const bool is_total = i == report.rows_size();
    const v1::ReportRow& row = is_total ? report.total() : report.rows(i);
    std::vector<Cell> cells;
    cells.emplace_back(is_total ? std::string(kAllTogether) : row.value(),
                       is_total ? Tone::kFaint : Tone::kPlain);
    if (bars != nullptr) {
      const double share = most > 0 && !is_total ? FigureOrZero(row, bars->name()) / most : 0;
      cells.emplace_back(BarText(share, style.width > 0), Tone::kGood);
    }
    for (const auto& column : columns) cells.emplace_back(column[static_cast<std::size_t>(i)]);
    table.Add(std::move(cells));
  }
  return table.Text(style) + (report.truncated() ? "there is more: raise --limit\n" : "");
}

std::string ReportCsv(const v1::RunReportResponse& report) {
  std::string text = CsvField(report.by());
  for (const v1::ReportMeasure& measure : report.report().measures()) text += "," + measure.name();
  text += "\r\n";
  for (const v1::ReportRow& row : report.rows()) {
    text += CsvField(row.value());
    for (const v1::ReportMeasure& measure : report.report().measures()) {
      const auto figure = row.figures().find(measure.name());
      text += ",";
      if (figure == row.figures().end()) continue;
      std::array<char, 64> number{};
      const auto end = std::to_chars(number.data(), number.data() + number.size(), figure->second);
      text.append(number.data(), end.ptr);
    }
    text += "\r\n";
  }
  return text;
}

int ShowReport(Session& session, const ReportOptions& options) {
  if (options.report.empty()) return ListThem(session, options.account);
  v1::RunReportRequest request;
  request.set_account(options.account);
  request.set_report(options.report);
  request.set_sync(options.sync);
  request.set_by(options.by);
  request.set_time_zone(options.zone);
  request.set_limit(options.limit);
  if (auto trouble = AskTime(session, options, request)) return session.Fail(*trouble);
  v1::RunReportResponse response;
  if (auto trouble =
          session.client.Call<v1::ReportService>(&ReportStub::RunReport, request, response))
    return session.Fail(*trouble);
  if (session.options().output == "csv") {
    session.environment().out << ReportCsv(response) << std::flush;
    return kOk;
  }
  return session.Show(response, [&] { return DrawReport(response, session.style()); });
}

}  // namespace sb::app::cli
