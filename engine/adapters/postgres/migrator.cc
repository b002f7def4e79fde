#include "engine/adapters/postgres/migrator.h"

#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <string_view>

#include <pqxx/nontransaction>
#include <pqxx/transaction>

#include "embedded/MigrationFiles.h"
#include "engine/adapters/postgres/connection.h"
#include "engine/adapters/postgres/rows.h"
#include "engine/base/encoding.h"
#include "engine/base/log.h"

namespace sb::adapters::postgres {
namespace {

constexpr int kOldestServer = 150'000;
constexpr std::string_view kUpSuffix = ".up.sql";
constexpr std::string_view kDownSuffix = ".down.sql";

// An arbitrary number that nothing else locks; the whole of Up and DownTo holds it.
constexpr const char* kTakeLock = "select pg_advisory_lock(5208161)";
constexpr const char* kMakeTable = R"sql(
  create schema if not exists eng;
  create table if not exists eng.migration (
    version    int         not null,
    name       text        not null,
    checksum   bytea       not null,
    applied_at timestamptz not null default clock_timestamp(),
    constraint migration_pkey primary key (version)
  ))sql";
constexpr const char* kReadTable =
    "select version, name, checksum from eng.migration order by version";

struct Migration {
  std::string name;  ///< "0001_ownership"
  std::string_view up;
  std::string_view down;
};

using Migrations = std::map<int, Migration>;

struct Applied {
  int version = 0;
  std::string name;
  std::string checksum;
};

Error InvalidFiles(const std::string& what) {
  return Internal("MIGRATION_FILES_INVALID",
                  "the migrations of this build are not usable: " + what);
}

std::optional<int> VersionOf(std::string_view path) {
  int version = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), version);
  if (error != std::errc() || version < 1 || end == path.data() + path.size() || *end != '_')
    return {};
  return version;
}

Result<Migrations> Arrange(EmbeddedFiles files) {
  Migrations migrations;
  for (const EmbeddedFile& file : files) {
    const bool is_up = file.path.ends_with(kUpSuffix);
    if (!is_up && !file.path.ends_with(kDownSuffix)) continue;
    const auto version = VersionOf(file.path);
    if (!version) return InvalidFiles(std::string(file.path) + " has no number");
    const std::string name(
        file.path.substr(0, file.path.size() - (is_up ? kUpSuffix : kDownSuffix).size()));
    Migration& migration = migrations[*version];
    if (!migration.name.empty() && migration.name != name) {
      return InvalidFiles(migration.name + " and " + name + " have the same number");
    }
    migration.name = name;
    (is_up ? migration.up : migration.down) = file.content;
  }
  int expected = 1;
  for (const auto& [version, migration] : migrations) {
    if (version != expected++)
      return InvalidFiles("number " + std::to_string(expected - 1) + " is missing");
    if (migration.up.empty() || migration.down.empty()) {
      return InvalidFiles(migration.name + " lacks its up or down file");
    }
  }
  return migrations;
}

std::vector<Applied> ReadApplied(Connection& connection) {
  std::vector<Applied> applied;
  for (const pqxx::row& row : pqxx::nontransaction(connection.raw()).exec(kReadTable)) {
    applied.push_back({static_cast<int>(NumberOf(row, "version")), TextOf(row, "name"),
                       BytesOf(row, "checksum")});
  }
  return applied;
}

/// Whether what is applied is a beginning of what we have.
Status CheckApplied(const std::vector<Applied>& applied, const Migrations& migrations) {
  for (const Applied& one : applied) {
    const auto ours = migrations.find(one.version);
    if (ours == migrations.end()) {
      return Conflict("DATABASE_TOO_NEW", "the database has migration " + one.name +
                                              ", which this version does not know; run the version "
                                              "that applied it, or a newer one");
    }
    if (one.checksum != Sha256(ours->second.up)) {
      return Conflict("MIGRATION_CHANGED",
                      "migration " + ours->second.name +
                          " differs from the one that was applied to this "
                          "database; restore the file and put the change into a new migration");
    }
  }
  return {};
}

void ApplyOne(Connection& connection, int version, const Migration& migration) {
  pqxx::work transaction(connection.raw());
  transaction.exec(std::string(migration.up));
  transaction.exec_params("insert into eng.migration (version, name, checksum) values ($1, $2, $3)",
                          version, migration.name, BytesText(Sha256(migration.up)));
  transaction.commit();
  Log::Info("database.migrated", {{"migration", migration.name}});
}

void UndoOne(Connection& connection, int version, const Migration& migration) {
  pqxx::work transaction(connection.raw());
  transaction.exec(std::string(migration.down));
  transaction.exec_params("delete from eng.migration where version = $1", version);
  transaction.commit();
  Log::Info("database.migration_undone", {{"migration", migration.name}});
}

/// Runs `work` on a session that holds the lock, and translates what libpqxx throws. `doing` is
/// kept up to date by the work and names the migration that a failure is about.
Result<int> UnderLock(const DatabaseSettings& settings,
                      const std::function<Result<int>(Connection&, std::string& doing)>& work) {
  std::optional<Connection> connection;
  try {
    connection.emplace(settings);
  } catch (const std::exception& error) {
    return NotReachable(error.what());
  }
  std::string doing = "preparing the schema";
  try {
    if (connection->raw().server_version() < kOldestServer) {
      return Invalid("DATABASE_TOO_OLD",
                     "the database server is older than PostgreSQL 15; use a newer one");
    }
    // Waiting for another instance's migrations, and the migrations themselves, may take their
    // time.
    pqxx::nontransaction(connection->raw())
        .exec("set statement_timeout = 0; set lock_timeout = '60s'");
    pqxx::nontransaction(connection->raw()).exec(kTakeLock);
    pqxx::nontransaction(connection->raw()).exec(kMakeTable);
    return work(*connection, doing);
  } catch (const std::exception& error) {
    const std::string sqlstate = SqlStateOf(error);
    if (sqlstate.empty())
      return AnswerLost(doing, Access::kRead);  // starting again finds out how far it came
    const Error cause = FromSqlState(sqlstate, error.what(), doing, Access::kRead);
    if (cause.kind != ErrorKind::kInternal) return cause;
    return Internal("MIGRATION_FAILED", doing + " failed and left nothing behind: " + error.what());
  }
}

}  // namespace

EmbeddedFiles BuiltInMigrations() {
  return embedded::MigrationFiles();
}

Migrator::Migrator(DatabaseSettings settings, EmbeddedFiles files)
    : settings_(std::move(settings)), files_(files) {}

Result<int> Migrator::Up() {
  const auto migrations = Arrange(files_);
  if (!migrations.ok()) return migrations.error();
  return UnderLock(settings_, [&](Connection& connection, std::string& doing) -> Result<int> {
    const std::vector<Applied> applied = ReadApplied(connection);
    const Status fits = CheckApplied(applied, *migrations);
    if (!fits.ok()) return fits.error();
    const int newest = applied.empty() ? 0 : applied.back().version;
    int count = 0;
    for (const auto& [version, migration] : *migrations) {
      if (version <= newest) continue;
      doing = "migration " + migration.name;
      ApplyOne(connection, version, migration);
      ++count;
    }
    return count;
  });
}

Result<int> Migrator::DownTo(int version) {
  const auto migrations = Arrange(files_);
  if (!migrations.ok()) return migrations.error();
  return UnderLock(settings_, [&](Connection& connection, std::string& doing) -> Result<int> {
    const std::vector<Applied> applied = ReadApplied(connection);
    const Status fits = CheckApplied(applied, *migrations);
    if (!fits.ok()) return fits.error();
    int count = 0;
    for (auto one = applied.rbegin(); one != applied.rend() && one->version > version; ++one) {
      doing = "undoing migration " + one->name;
      UndoOne(connection, one->version, migrations->at(one->version));
      ++count;
    }
    return count;
  });
}

}  // namespace sb::adapters::postgres
