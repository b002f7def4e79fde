#include "engine/app/sync_destinations.h"

#include <regex>
#include <utility>

#include "engine/adapters/postgres/table_side.h"

namespace sb::app {
namespace {

constexpr std::size_t kMostDestinations = 50;
constexpr std::size_t kLongestDestination = 4096;
/// For one batch at a time of each schema, and a look beside it.
constexpr int kDestinationConnections = 4;
/// A batch merges into tables that may be large, on a machine that may be slow.
constexpr Millis kDestinationStatement = std::chrono::seconds(60);

Error BadDestination(std::size_t line, const std::string& takes) {
  return Invalid("CONFIG_INVALID",
                 "line " + std::to_string(line) + " of the file of --destinations " + takes);
}

std::string_view Trimmed(std::string_view text) {
  constexpr const char* kBlanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

Status ReadDestination(std::string_view text, std::size_t line,
                       std::map<std::string, Secret>& destinations) {
  static const std::regex kName("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || text.size() > kLongestDestination)
    return BadDestination(line, "must be NAME=postgresql://USER:PASSWORD@HOST/DATABASE");
  const std::string name(Trimmed(text.substr(0, equals)));
  if (!std::regex_match(name, kName))
    return BadDestination(line, "names a destination with other signs than a-z, 0-9 and -");
  const std::string url(Trimmed(text.substr(equals + 1)));
  const bool known = url.starts_with("postgres://") || url.starts_with("postgresql://") ||
                     url.find('=') != std::string::npos;
  if (!known) return BadDestination(line, "names no PostgreSQL database: postgresql://...");
  if (!destinations.emplace(name, Secret(url)).second)
    return BadDestination(line, "names a destination that the file has before");
  return {};
}

}  // namespace

Result<std::map<std::string, Secret>> ParseDestinations(std::string_view text) {
  std::map<std::string, Secret> destinations;
  std::size_t line = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = text.find('\n');
    const std::string_view one = Trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (one.empty() || one.starts_with('#')) continue;
    if (destinations.size() == kMostDestinations) return BadDestination(line, "is one too many");
    if (Status read = ReadDestination(one, line, destinations); !read.ok()) return read.error();
  }
  return destinations;
}

SyncDestinations::Named::Named(adapters::postgres::DatabaseSettings settings)
    : database(std::move(settings)), sink(database) {}

SyncDestinations::SyncDestinations(adapters::postgres::Database& own,
                                   const std::map<std::string, Secret>& urls)
    : own_database_(own), own_(own, adapters::postgres::PostgresRowSink::Home::kEngine) {
  for (const auto& [name, url] : urls) {
    adapters::postgres::DatabaseSettings settings;
    settings.url = url.Reveal();
    settings.connections = kDestinationConnections;
    settings.statement_timeout = kDestinationStatement;
    named_.emplace(name, std::make_unique<Named>(std::move(settings)));
  }
}

ports::RowSink* SyncDestinations::Find(const std::string& name) {
  if (name.empty()) return &own_;
  const auto found = named_.find(name);
  return found == named_.end() ? nullptr : &found->second->sink;
}

Result<std::unique_ptr<ports::RecordSide>> SyncDestinations::TableOf(
    const core::twoway::Definition& definition, core::twoway::Side side, const std::string& feed) {
  const std::string& name = definition.at(side).connection;
  const auto found = named_.find(name);
  if (!name.empty() && found == named_.end()) {
    return NotFound("SYNC_CONNECTION_NOT_FOUND",
                    "the server knows no connection \"" + name +
                        "\"; the operator gives it in the file of --destinations");
  }
  adapters::postgres::Database& database = name.empty() ? own_database_ : found->second->database;
  return std::unique_ptr<ports::RecordSide>(std::make_unique<adapters::postgres::TableSide>(
      database, adapters::postgres::TableSettingsOf(definition, side, feed)));
}

}  // namespace sb::app
