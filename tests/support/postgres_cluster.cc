#include "tests/support/postgres_cluster.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include <gtest/gtest.h>
#include <pqxx/connection>
#include <pqxx/nontransaction>

#include "engine/adapters/postgres/migrator.h"
#include "engine/adapters/postgres/partitions.h"
#include "engine/adapters/system/child_process.h"
#include "engine/adapters/system/system_random.h"
#include "tests/support/fake_clock.h"

namespace sb::testing {
namespace {

constexpr const char* kTemplate = "switchboard_template";

/// Without a database the tests of this process say nothing: stop with the reason.
template <typename T>
T OrStop(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::cerr << "the test database: " << result.error().message << "\n";
  std::exit(2);
}

std::string Execute(const std::string& url, const std::string& sql) {
  try {
    pqxx::connection connection(url);
    pqxx::nontransaction session(connection);
    const pqxx::result rows = session.exec(sql);
    return rows.empty() || rows.front().empty() ? std::string() : rows.front().front().c_str();
  } catch (const std::exception& error) {
    ADD_FAILURE() << sql << ": " << error.what();
    return {};
  }
}

}  // namespace

PostgresCluster& PostgresCluster::Shared() {
  static PostgresCluster cluster;
  return cluster;
}

PostgresCluster::PostgresCluster() {
  adapters::system::SystemRandom random;
  lock_ = std::make_unique<adapters::system::DataDirectory>(
      OrStop(adapters::system::DataDirectory::Open(directory_.path() / "data", random)));
  adapters::system::EmbeddedPostgresSettings settings;
  settings.sync = false;
  // Lets a test hold a commit back until its connection is cut: a standby that never answers
  // (in_doubt_test.cc).
  settings.settings = {
      {"wal_level", "replica"}, {"max_wal_senders", "1"}, {"shared_buffers", "64MB"}};
  server_ = OrStop(adapters::system::EmbeddedPostgres::Start(*lock_, settings));
}

std::string PostgresCluster::UrlOf(const std::string& database) const {
  constexpr std::string_view kName = "/switchboard?";
  std::string url = server_->url();
  return url.replace(url.find(kName), kName.size(), "/" + database + "?");
}

void PostgresCluster::Administer(const std::string& sql) {
  Execute(admin_url(), sql);
}

std::string PostgresCluster::Create(bool migrated) {
  const std::lock_guard lock(mutex_);
  if (migrated && !has_template_) MakeTemplate();
  const std::string name = "test_" + std::to_string(++created_);
  Administer("create database " + name + " template " + (migrated ? kTemplate : "template0"));
  return name;
}

void PostgresCluster::Drop(const std::string& database) {
  Administer("drop database " + database + " with (force)");
}

void PostgresCluster::MakeTemplate() {
  Administer(std::string("create database ") + kTemplate);
  const adapters::postgres::DatabaseSettings settings{UrlOf(kTemplate)};
  OrStop(adapters::postgres::Migrator(settings, adapters::postgres::BuiltInMigrations()).Up());
  adapters::postgres::Database database(settings);
  const FakeClock clock;
  OrStop(adapters::postgres::Partitions(database, clock, 2).RunOnce());
  has_template_ = true;
}

TestDatabase::TestDatabase(Schema schema)
    : name_(PostgresCluster::Shared().Create(schema == Schema::kMigrated)) {}

TestDatabase::~TestDatabase() {
  PostgresCluster::Shared().Drop(name_);
}

adapters::postgres::DatabaseSettings TestDatabase::settings() const {
  return {url()};
}

std::string TestDatabase::Ask(const std::string& sql) {
  return Execute(url(), sql);
}

bool TestDatabase::AskUntil(const std::string& sql, const std::string& wanted) {
  return adapters::system::PollUntil(std::chrono::seconds(10), [&] { return Ask(sql) == wanted; });
}

}  // namespace sb::testing
