#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "engine/base/time.h"

namespace sb::app::cli {

/// Columns that text takes on a terminal.
int WidthOf(std::string_view text);
/// The beginning of text, with an ellipsis, in at most `columns`.
std::string Shorten(std::string_view text, int columns);
/// That many; none for a count below zero.
std::string Spaces(int count);
/// Without what could steer a terminal: whoever names a contact must not move our cursor. Line
/// breaks become spaces.
std::string Printable(std::string_view text);

WallTime ToWallTime(const google::protobuf::Timestamp& timestamp);
Millis ToMillis(const google::protobuf::Duration& duration);
/// "3 min ago", "in 12 s", "now".
std::string Relative(WallTime when, WallTime now);
/// Relative, or "" for a time that is not set.
std::string Relative(const google::protobuf::Timestamp& when, WallTime now);
/// "2026-06-01T09:30:00.250Z (3 min ago)", or "" for a time that is not set.
std::string Dated(const google::protobuf::Timestamp& when, WallTime now);
/// "09:30:00.250", UTC.
std::string TimeOfDay(WallTime when);

/// "STATE_NEEDS_REAUTH" without its first `prefix`.
std::string Word(const std::string& enum_name, std::string_view prefix);

}  // namespace sb::app::cli
