#pragma once

#include <optional>
#include <string>

#include "engine/app/cli/session.h"
#include "switchboard/v1/report.pb.h"

namespace sb::app::cli {

struct ReportOptions {
  std::string account;
  std::string report;  ///< Empty: list them.
  std::string sync;
  std::string by;
  std::string last = "30d";
  std::string from;
  std::string to;
  std::string zone;
  int limit = 0;
};

/// Runs `switchboard report` and returns its exit code.
int ShowReport(Session& session, const ReportOptions& options);

/// A report as a table, with a bar in each line: of blocks where the style has a width, plain
/// otherwise.
std::string DrawReport(const switchboard::v1::RunReportResponse& report, const Style& style);
/// A report as CSV (RFC 4180), figures as they were told.
std::string ReportCsv(const switchboard::v1::RunReportResponse& report);
/// "30d", "12h", "2w" as a duration; nothing: it is none.
std::optional<Millis> ParseSpan(const std::string& text);

}  // namespace sb::app::cli
