#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/base/result.h"

namespace sb {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

/// "debug", "info", "warn", "error", "off"; fails with kInvalid CONFIG_LOG_LEVEL.
Result<LogLevel> ParseLogLevel(std::string_view name);

/// One field of a log line. Never pass a secret or a phone number: hash or leave it out.
struct LogField {
  std::string_view key;
  std::variant<std::string, std::int64_t, double, bool> value;

  LogField(std::string_view k, std::string v) : key(k), value(std::move(v)) {}

  LogField(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}

  LogField(std::string_view k, const char* v) : key(k), value(std::string(v)) {}

  LogField(std::string_view k, bool v) : key(k), value(v) {}

  LogField(std::string_view k, double v) : key(k), value(v) {}

  template <typename Number>

  requires std::is_integral_v<Number> LogField(std::string_view k, Number v)
      : key(k), value(static_cast<std::int64_t>(v)) {}
};

using LogFields = std::initializer_list<LogField>;

/// Writes one JSON line per event to standard error: a constant dotted name ("task.leased") plus
/// fields, never a built sentence. Thread-safe. Repeats of one name are thinned: per minute the 1st
/// to 64th, then the 128th, 256th ... appear, with the count of those left out.
class Log {
 public:
  static void SetLevel(LogLevel level);
  static void Debug(std::string_view name, LogFields fields = {});
  static void Info(std::string_view name, LogFields fields = {});
  static void Warn(std::string_view name, LogFields fields = {});
  static void Error(std::string_view name, LogFields fields = {});
};

}  // namespace sb
