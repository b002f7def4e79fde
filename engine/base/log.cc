#include "engine/base/log.h"

#include <bit>
#include <map>
#include <mutex>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "engine/base/json.h"
#include "engine/base/time.h"

namespace sb {
namespace {

// The one process-wide object here: where log lines go. It holds no program state, so tests stay
// independent.
spdlog::logger& Sink() {
  static const std::shared_ptr<spdlog::logger> kLogger = [] {
    auto logger = std::make_shared<spdlog::logger>(
        "switchboard", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%v");
    logger->flush_on(spdlog::level::info);
    return logger;
  }();
  return *kLogger;
}

/// Counts each name within the current minute and says which occurrences are worth a line.
class Thinning {
 public:
  /// The number of lines of this name so far in this minute, or 0 when this one is to be left out.
  std::int64_t Admit(std::string_view name, std::int64_t minute) {
    const std::lock_guard lock(mutex_);
    if (minute != minute_) {
      minute_ = minute;
      counts_.clear();
    }
    const std::int64_t count = ++counts_[std::string(name)];
    return count <= 64 || std::has_single_bit(static_cast<std::uint64_t>(count)) ? count : 0;
  }

 private:
  std::mutex mutex_;
  std::int64_t minute_ = 0;
  std::map<std::string, std::int64_t> counts_;
};

void Write(spdlog::level::level_enum level, const char* level_name, std::string_view name,
           LogFields fields) {
  if (!Sink().should_log(level)) return;
  static Thinning thinning;
  const auto now = std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now());  // NOLINT: a log line's own stamp is no decision
  const std::int64_t count = thinning.Admit(
      name, std::chrono::floor<std::chrono::minutes>(now).time_since_epoch().count());
  if (count == 0) return;
  nlohmann::ordered_json line = {{"time", ToRfc3339(now)}, {"level", level_name}, {"event", name}};
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.key)] = value; }, field.value);
  }
  if (count > 64) line["repeats_this_minute"] = count;
  Sink().log(level, line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "info") return LogLevel::kInfo;
  if (name == "warn") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  if (name == "off") return LogLevel::kOff;
  return Invalid("CONFIG_LOG_LEVEL", "there is no log level '" + std::string(name) +
                                         "'; say debug, info, warn, error or off");
}

void Log::SetLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      Sink().set_level(spdlog::level::debug);
      break;
    case LogLevel::kInfo:
      Sink().set_level(spdlog::level::info);
      break;
    case LogLevel::kWarn:
      Sink().set_level(spdlog::level::warn);
      break;
    case LogLevel::kError:
      Sink().set_level(spdlog::level::err);
      break;
    case LogLevel::kOff:
      Sink().set_level(spdlog::level::off);
      break;
  }
}

void Log::Debug(std::string_view name, LogFields fields) {
  Write(spdlog::level::debug, "debug", name, fields);
}

void Log::Info(std::string_view name, LogFields fields) {
  Write(spdlog::level::info, "info", name, fields);
}

void Log::Warn(std::string_view name, LogFields fields) {
  Write(spdlog::level::warn, "warn", name, fields);
}

void Log::Error(std::string_view name, LogFields fields) {
  Write(spdlog::level::err, "error", name, fields);
}

}  // namespace sb
