#include <array>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/postgres/migrator.h"
#include "engine/adapters/system/postgres_binaries.h"
#include "engine/base/file.h"
#include "tests/support/matchers.h"
#include "tests/support/postgres_cluster.h"

namespace sb::testing {
namespace {

using adapters::postgres::BuiltInMigrations;
using adapters::postgres::Migrator;
using ::testing::HasSubstr;

constexpr const char* kSchemaFile = SB_MIGRATIONS "/schema.sql";

std::string OutputOf(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "re"), pclose);
  std::string output;
  std::array<char, 65'536> buffer{};
  while (pipe) {
    const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe.get());
    if (got == 0) break;
    output.append(buffer.data(), got);
  }
  return output;
}

/// The schema as pg_dump writes it, without what differs between its releases: comments, settings,
/// empty lines.
std::string Dump(const TestDatabase& database) {
  const auto binaries = adapters::system::FindPostgresBinaries("");
  std::istringstream lines(OutputOf((*binaries / "pg_dump").string() +
                                    " --schema-only --no-owner --no-privileges --schema=eng '" +
                                    database.url() + "'"));
  std::string normal = "-- Generated from the migrations; see README.md.\n";
  for (std::string line; std::getline(lines, line);) {
    const bool noise = line.empty() || line.starts_with("-- ") || line == "--" ||
                       line.starts_with("SET ") ||
                       line.starts_with("SELECT pg_catalog.set_config") || line.starts_with("\\");
    if (!noise) normal += line + "\n";
  }
  return normal;
}

class Migrations : public ::testing::Test {
 protected:
  Result<int> Up(EmbeddedFiles files) { return Migrator(database_.settings(), files).Up(); }

  /// The built-in files with one more migration.
  std::vector<EmbeddedFile> WithOneMore(std::string_view up) {
    std::vector<EmbeddedFile> files(BuiltInMigrations().begin(), BuiltInMigrations().end());
    files.push_back({"0999_more.down.sql", "drop table eng.more"});
    files.push_back({"0999_more.up.sql", up});
    // Numbers have no gaps: take the next one.
    static const std::string kNext = Numbered(files.size() / 2);
    static const std::string kDown = kNext + "_more.down.sql";
    static const std::string kUp = kNext + "_more.up.sql";
    files[files.size() - 2].path = kDown;
    files[files.size() - 1].path = kUp;
    return files;
  }

  static std::string Numbered(std::size_t number) {
    const std::string digits = std::to_string(number);
    return std::string(4 - digits.size(), '0') + digits;
  }

  std::string Version() {
    return database_.Ask("select coalesce(max(version), 0) from eng.migration");
  }

  TestDatabase database_{TestDatabase::Schema::kEmpty};
  const int count_ = static_cast<int>(BuiltInMigrations().size() / 2);
};

TEST_F(Migrations, GoUpDownAndUpToTheSameSchema) {
  EXPECT_EQ(*Up(BuiltInMigrations()), count_);
  const std::string first = Dump(database_);
  EXPECT_EQ(*Migrator(database_.settings(), BuiltInMigrations()).DownTo(0), count_);
  EXPECT_EQ(database_.Ask("select string_agg(relname, ' ') from pg_class c join pg_namespace n on "
                          "n.oid = relnamespace "
                          "where nspname = 'eng'"),
            "migration migration_pkey");
  EXPECT_EQ(
      database_.Ask("select count(*) from pg_proc p join pg_namespace n on n.oid = pronamespace "
                    "where nspname = 'eng'"),
      "0");
  EXPECT_EQ(*Up(BuiltInMigrations()), count_);
  EXPECT_EQ(Dump(database_), first);
}

TEST_F(Migrations, AddUpToTheSchemaFile) {
  ASSERT_THAT(Up(BuiltInMigrations()), IsOk());
  const std::string dump = Dump(database_);
  ASSERT_THAT(dump, HasSubstr("CREATE TABLE eng.journal"));
  if (std::getenv("SB_WRITE_SCHEMA") != nullptr) {
    ASSERT_THAT(WriteFileAtomically(kSchemaFile, dump, 0644), IsOk());
  }
  EXPECT_EQ(ReadFile(kSchemaFile).value(), dump)
      << "the migrations changed: run this test once with SB_WRITE_SCHEMA=1 and look at the "
         "difference";
}

TEST_F(Migrations, AreAppliedOnce) {
  ASSERT_THAT(Up(BuiltInMigrations()), IsOk());
  EXPECT_EQ(*Up(BuiltInMigrations()), 0);
}

TEST_F(Migrations, AreAppliedOnceByTwoInstancesThatStartTogether) {
  auto first = std::async(std::launch::async, [this] { return Up(BuiltInMigrations()); });
  auto second = std::async(std::launch::async, [this] { return Up(BuiltInMigrations()); });
  const auto by_one = first.get();
  const auto by_two = second.get();
  ASSERT_THAT(by_one, IsOk());
  ASSERT_THAT(by_two, IsOk());
  EXPECT_EQ(*by_one + *by_two, count_);
}

TEST_F(Migrations, GoDownAsFarAsAsked) {
  ASSERT_THAT(Up(BuiltInMigrations()), IsOk());
  EXPECT_EQ(*Migrator(database_.settings(), BuiltInMigrations()).DownTo(count_ - 1), 1);
  EXPECT_EQ(Version(), std::to_string(count_ - 1));
}

TEST_F(Migrations, RefuseAnEditedOne) {
  ASSERT_THAT(Up(BuiltInMigrations()), IsOk());
  std::vector<EmbeddedFile> edited(BuiltInMigrations().begin(), BuiltInMigrations().end());
  for (EmbeddedFile& file : edited) {
    if (file.path.ends_with("0002_accounts.up.sql")) file.content = "create table eng.other ()";
  }
  const auto refused = Up(edited);
  EXPECT_THAT(refused, FailsWith(ErrorKind::kConflict, "MIGRATION_CHANGED"));
  EXPECT_THAT(refused.error().message, HasSubstr("0002_accounts"));
}

TEST_F(Migrations, RefuseADatabaseOfANewerVersion) {
  ASSERT_THAT(Up(WithOneMore("create table eng.more ()")), IsOk());
  const auto refused = Up(BuiltInMigrations());
  EXPECT_THAT(refused, FailsWith(ErrorKind::kConflict, "DATABASE_TOO_NEW"));
  EXPECT_THAT(refused.error().message, HasSubstr("_more"));
  EXPECT_THAT(Migrator(database_.settings(), BuiltInMigrations()).DownTo(0),
              FailsWith(ErrorKind::kConflict, "DATABASE_TOO_NEW"));
}

TEST_F(Migrations, LeaveNothingBehindOfOneThatFails) {
  const auto failed = Up(WithOneMore("create table eng.more (); select 1 / 0"));
  EXPECT_THAT(failed, FailsWith(ErrorKind::kInternal, "MIGRATION_FAILED"));
  EXPECT_THAT(failed.error().message, HasSubstr("_more failed"));
  EXPECT_EQ(Version(), std::to_string(count_)) << "those before it stay";
  EXPECT_EQ(database_.Ask("select to_regclass('eng.more')"), "");
  EXPECT_EQ(*Up(WithOneMore("create table eng.more ()")), 1);
}

TEST_F(Migrations, RefuseFilesThatDoNotMakeASequence) {
  const std::vector<std::vector<EmbeddedFile>> wrong = {
      {{"0002_late.up.sql", "x"}, {"0002_late.down.sql", "x"}},
      {{"0001_one_way.up.sql", "x"}},
      {{"0001_a.up.sql", "x"}, {"0001_b.down.sql", "x"}},
      {{"first.up.sql", "x"}},
  };
  for (const auto& files : wrong) {
    EXPECT_THAT(Up(files), FailsWith(ErrorKind::kInternal, "MIGRATION_FILES_INVALID"))
        << files.front().path;
  }
}

TEST_F(Migrations, SayThatNoServerAnswers) {
  EXPECT_THAT(Migrator({"postgresql:///x?host=/nowhere"}, BuiltInMigrations()).Up(),
              FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
}

/// Accounts as version 21 kept them: connected by OAuth (1) or with a key (2).
constexpr const char* kAccountsOfVersion21 = R"sql(
  insert into eng.account (account_id, slot, tenant, connector, external_id, display_name, state, state_reason, method,
                           hook_id, hook_remote_id, hook_token_hash, hook_events, profile, revision, created_at, updated_at)
  select id, 0, tenant, connector, id::text, '', 2, '', method, 'hook' || id, '', '', '{}', '{}', 1, now(), now()
    from (values (1, 'acme', 'notebook', 1), (2, 'globex', 'notebook', 1), (3, 'acme', 'fax', 1),
                 (4, 'acme', 'notebook', 2)) old (id, tenant, connector, method);
  insert into eng.credential (account_id, generation, sealed, updated_at)
  select account_id, 1, 'sealed', now() from eng.account;
  insert into eng.oauth_application
  values ('', 'notebook', 'ours', 'sealed', '', '', 'key-1', now()), ('acme', 'notebook', 'theirs', 'sealed', '', '', 'key-2', now());
)sql";

TEST_F(Migrations, AccountsFromBeforeAreRenewedWithTheApplicationThatTheirTenantHadThen) {
  ASSERT_THAT(Up(BuiltInMigrations()), IsOk());
  ASSERT_THAT(Migrator(database_.settings(), BuiltInMigrations()).DownTo(21), IsOk());
  database_.Ask(kAccountsOfVersion21);
  ASSERT_THAT(Up(BuiltInMigrations()), IsOk());
  EXPECT_EQ(database_.Ask("select string_agg(account_id || ':' || application_tenant || '/' || "
                          "client_id, ' ' order by account_id) from eng.credential"),
            "1:acme/theirs 2:/ours 3:/ 4:/")
      << "that of a configured application, and of a key, is not known to the database";
}

TEST_F(Migrations, LetATestOwnTime) {
  ASSERT_THAT(Up(BuiltInMigrations()), IsOk());
  EXPECT_EQ(
      database_.Ask(
          "set timezone = 'UTC'; set eng.fake_now = '2026-06-01 09:00:00+00'; select eng.now_()"),
      "2026-06-01 09:00:00+00");
  EXPECT_EQ(database_.Ask("select eng.now_() > '2026-01-01'"), "t");
}

}  // namespace
}  // namespace sb::testing
