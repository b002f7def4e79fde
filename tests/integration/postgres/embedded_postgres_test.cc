#include "engine/adapters/system/embedded_postgres.h"

#include <optional>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pqxx/result>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/system/child_process.h"
#include "engine/base/file.h"
#include "tests/support/matchers.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temp_dir.h"

namespace sb::testing {
namespace {

using adapters::postgres::Database;
using adapters::postgres::Params;
using adapters::postgres::Statement;
using adapters::system::DataDirectory;
using adapters::system::EmbeddedPostgres;
using adapters::system::EmbeddedPostgresSettings;
using adapters::system::PollUntil;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Millis kLimit = std::chrono::seconds(20);

EmbeddedPostgresSettings Quick() {
  EmbeddedPostgresSettings settings;
  settings.sync = false;
  settings.start_limit = kLimit;
  return settings;
}

Status Execute(const std::string& url, const char* sql) {
  Database database({url});
  const auto done =
      database.Write({"test", sql, adapters::postgres::Planning::kEachTime}, Params());
  return done.ok() ? Status() : Status(done.error());
}

bool IsAlive(pid_t pid) {
  return kill(pid, 0) == 0;
}

class EmbeddedServer : public ::testing::Test {
 protected:
  std::filesystem::path data() const { return directory_.path() / "data"; }

  Result<DataDirectory> Open() { return DataDirectory::Open(data(), random_); }

  /// A server on `lock`; the test fails without.
  std::unique_ptr<EmbeddedPostgres> Start(const DataDirectory& lock,
                                          const EmbeddedPostgresSettings& settings = Quick()) {
    auto server = EmbeddedPostgres::Start(lock, settings);
    EXPECT_THAT(server, IsOk());
    return server.ok() ? std::move(server).value() : nullptr;
  }

  /// Puts a cluster in place that was made once for all tests: making one takes a second.
  void UseMadeCluster() {
    static const TempDir kMade;
    if (!std::filesystem::exists(kMade.path() / "data")) {
      const auto lock = DataDirectory::Open(kMade.path() / "data", random_);
      ASSERT_TRUE(Start(*lock));
    }
    const std::string from = (kMade.path() / "data").string();
    ASSERT_EQ(std::system(("cp -a --reflink=auto " + from + " " + data().string()).c_str()), 0);
  }

  /// A child process that plays an engine: it opens the data directory, starts the server, tells us
  /// the server's pid and waits to be killed. Answers the two pids.
  std::pair<pid_t, pid_t> StartEngine() {
    int report[2];
    EXPECT_EQ(pipe(report), 0);
    const pid_t engine = fork();
    if (engine == 0) {
      const auto lock = Open();
      auto server = lock.ok() ? EmbeddedPostgres::Start(*lock, Quick()) : lock.error();
      const pid_t pid = server.ok() ? (*server)->pid() : 0;
      if (write(report[1], &pid, sizeof(pid)) != sizeof(pid)) _exit(1);
      for (;;) pause();
    }
    pid_t server = 0;
    EXPECT_EQ(read(report[0], &server, sizeof(server)), static_cast<ssize_t>(sizeof(server)));
    close(report[0]);
    close(report[1]);
    EXPECT_GT(server, 0);
    return {engine, server};
  }

  TempDir directory_;
  SeededRandom random_;
};

TEST_F(EmbeddedServer, IsMadeStartedStoppedAndStartedAgainWithItsData) {
  const auto lock = Open();
  ASSERT_THAT(lock, IsOk());
  auto server = Start(*lock);
  ASSERT_TRUE(server);
  ASSERT_THAT(Execute(server->url(), "create table public.kept (n int)"), IsOk());
  const pid_t first = server->pid();
  EXPECT_THAT(server->Stop(), IsOk());
  EXPECT_THAT(server->Stop(), IsOk()) << "safe to repeat";
  EXPECT_FALSE(IsAlive(first));
  EXPECT_FALSE(std::filesystem::exists(data() / "postgres/postmaster.pid")) << "it ended cleanly";

  server = Start(*lock);
  ASSERT_TRUE(server);
  EXPECT_NE(server->pid(), first);
  EXPECT_THAT(Execute(server->url(), "insert into public.kept values (1)"), IsOk());
}

TEST_F(EmbeddedServer, NeverRunsAsRootAndListensToUsAlone) {
  UseMadeCluster();
  const auto lock = Open();
  ASSERT_THAT(lock, IsOk());
  const auto server = Start(*lock);
  ASSERT_TRUE(server);

  struct stat about {};

  ASSERT_EQ(stat(("/proc/" + std::to_string(server->pid())).c_str(), &about), 0);
  EXPECT_NE(about.st_uid, 0U);
  ASSERT_EQ(stat((data() / "run").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0700U);
  ASSERT_EQ(stat((data() / "postgres").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0077U, 0U);
  ASSERT_EQ(stat(data().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0067U, 0U) << "others may not look into the data directory";
  EXPECT_EQ(getpgid(server->pid()), server->pid()) << "Ctrl-C reaches the engine alone";
  EXPECT_THAT(
      Execute("postgresql://switchboard@127.0.0.1:5432/switchboard?connect_timeout=2", "select 1"),
      FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
}

TEST_F(EmbeddedServer, KeepsValuesOutOfItsLog) {
  UseMadeCluster();
  const auto lock = Open();
  const auto server = Start(*lock);
  ASSERT_TRUE(server);
  ASSERT_THAT(
      Execute(server->url(), "create table public.phones (number text check (length(number) < 3))"),
      IsOk());
  ASSERT_THAT(Execute(server->url(), "insert into public.phones values ('+33612345678')"),
              FailsWith(ErrorKind::kInternal, "DATABASE_REFUSED"));
  const std::string log = ReadFile(data() / "postgres.log").value();
  EXPECT_THAT(log, HasSubstr("violates check constraint"));
  EXPECT_THAT(log, ::testing::Not(HasSubstr("33612345678")));
}

TEST_F(EmbeddedServer, EndsWithAnEngineThatIsKilledAndStartsForTheNext) {
  UseMadeCluster();
  const auto [engine, orphan] = StartEngine();
  kill(engine, SIGKILL);
  ASSERT_EQ(waitpid(engine, nullptr, 0), engine);

  const auto lock = Open();
  ASSERT_THAT(lock, IsOk()) << "the kernel let go of the lock";
  const auto server = Start(*lock);  // perhaps while the old one is still shutting down

  ASSERT_TRUE(server);
  EXPECT_THAT(Execute(server->url(), "select 1"), IsOk());
  EXPECT_TRUE(PollUntil(kLimit, [server_pid = orphan] { return !IsAlive(server_pid); }));
}

TEST_F(EmbeddedServer, RecoversWhenItWasKilledItself) {
  UseMadeCluster();
  const auto lock = Open();
  EmbeddedPostgresSettings durable = Quick();
  durable.sync = true;
  auto server = Start(*lock, durable);
  ASSERT_TRUE(server);
  ASSERT_THAT(Execute(server->url(), "create table public.kept (n int)"), IsOk());
  kill(server->pid(), SIGKILL);
  EXPECT_THAT(server->Stop(), IsOk());
  ASSERT_TRUE(std::filesystem::exists(data() / "postgres/postmaster.pid"))
      << "the trace of a crash";

  server = Start(*lock, durable);

  ASSERT_TRUE(server);
  EXPECT_THAT(Execute(server->url(), "insert into public.kept values (1)"), IsOk());
}

TEST_F(EmbeddedServer, IsNotMisledByAStaleProcessFileThatNamesALivingProcess) {
  UseMadeCluster();
  const auto lock = Open();
  auto server = Start(*lock);
  ASSERT_TRUE(server);
  ASSERT_THAT(server->Stop(), IsOk());
  const std::filesystem::path file = data() / "postgres/postmaster.pid";
  ASSERT_THAT(WriteFileAtomically(file, std::to_string(getpid()) + "\n/elsewhere\n", 0644), IsOk());

  server = Start(*lock);

  ASSERT_TRUE(server);
  EXPECT_TRUE(IsAlive(getpid()));
  EXPECT_THAT(Execute(server->url(), "select 1"), IsOk());
}

TEST_F(EmbeddedServer, StartsAgainAfterACreationThatWasCutShort) {
  const auto lock = Open();
  ASSERT_THAT(lock, IsOk());
  std::filesystem::create_directories(data() / "postgres.new/base");
  const auto server = Start(*lock);
  ASSERT_TRUE(server);
  EXPECT_FALSE(std::filesystem::exists(data() / "postgres.new"));
}

TEST_F(EmbeddedServer, SaysWhyItDoesNotStart) {
  UseMadeCluster();
  const auto lock = Open();
  ASSERT_THAT(lock, IsOk());
  EmbeddedPostgresSettings wrong = Quick();
  wrong.settings = {{"shared_buffers", "nonsense"}};
  const auto failed = EmbeddedPostgres::Start(*lock, wrong);
  EXPECT_THAT(failed, FailsWith(ErrorKind::kUnavailable, "POSTGRES_START_FAILED"));
  EXPECT_THAT(failed.error().message, HasSubstr("shared_buffers"));
}

TEST_F(EmbeddedServer, NeedsAnInstalledPostgres) {
  const auto lock = Open();
  ASSERT_THAT(lock, IsOk());
  setenv("SWITCHBOARD_POSTGRES_BIN", "/nowhere", 1);
  const auto missing = EmbeddedPostgres::Start(*lock, Quick());
  unsetenv("SWITCHBOARD_POSTGRES_BIN");
  EXPECT_THAT(missing, FailsWith(ErrorKind::kUnavailable, "POSTGRES_NOT_FOUND"));
  EXPECT_THAT(missing.error().message, HasSubstr("--database-url"));
}

TEST_F(EmbeddedServer, RefusesDataOfAnotherMajorVersion) {
  const auto lock = Open();
  ASSERT_THAT(lock, IsOk());
  std::filesystem::create_directory(data() / "postgres");
  ASSERT_THAT(WriteFileAtomically(data() / "postgres/PG_VERSION", "9\n"), IsOk());
  const auto refused = EmbeddedPostgres::Start(*lock, Quick());
  EXPECT_THAT(refused, FailsWith(ErrorKind::kUnavailable, "POSTGRES_VERSION_MISMATCH"));
  EXPECT_THAT(refused.error().message, HasSubstr("PostgreSQL 9"));
}

TEST_F(EmbeddedServer, ExplainsAFolderThatItsUserCannotReach) {
  if (geteuid() != 0) GTEST_SKIP() << "only root runs the server as somebody else";
  ASSERT_EQ(chmod(directory_.path().c_str(), 0700), 0);
  const auto lock = Open();
  ASSERT_THAT(lock, IsOk());
  const auto refused = EmbeddedPostgres::Start(*lock, Quick());
  EXPECT_THAT(refused, FailsWith(ErrorKind::kInvalid, "DATA_DIRECTORY_UNREACHABLE"));
  EXPECT_THAT(refused.error().message, HasSubstr("/var/lib/switchboard"));
}

TEST_F(EmbeddedServer, RefusesAClusterOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const auto lock = Open();
  ASSERT_THAT(lock, IsOk());
  std::filesystem::create_directory(data() / "postgres");
  ASSERT_THAT(WriteFileAtomically(data() / "postgres/PG_VERSION", "15\n"), IsOk());
  ASSERT_EQ(chown((data() / "postgres").c_str(), 12345, 12345), 0);
  EXPECT_THAT(EmbeddedPostgres::Start(*lock, Quick()),
              FailsWith(ErrorKind::kForbidden, "DATA_DIRECTORY_NOT_OURS"));
}

TEST_F(EmbeddedServer, FindsAShortFolderForItsSocketBelowALongPath) {
  const auto lock = DataDirectory::Open(directory_.path() / std::string(90, 'x') / "data", random_);
  ASSERT_THAT(lock, IsOk());
  std::filesystem::permissions(directory_.path() / std::string(90, 'x'),
                               std::filesystem::perms(0711));
  auto server = Start(*lock);
  ASSERT_TRUE(server);
  EXPECT_THAT(server->url(), HasSubstr("host=%2Ftmp%2Fswitchboard-"));
  EXPECT_THAT(Execute(server->url(), "select 1"), IsOk());
}

class Directory : public EmbeddedServer {};

TEST_F(Directory, BelongsToOneEngineAtATime) {
  auto first = Open();
  ASSERT_THAT(first, IsOk());
  const auto second = Open();
  EXPECT_THAT(second, FailsWith(ErrorKind::kConflict, "DATA_DIRECTORY_IN_USE"));
  EXPECT_THAT(second.error().message,
              AllOf(HasSubstr(std::to_string(getpid())), HasSubstr("--data-dir")));
  {
    const DataDirectory moved = std::move(*first);
    EXPECT_THAT(Open(), FailsWith(ErrorKind::kConflict, "DATA_DIRECTORY_IN_USE"))
        << "the lock moved along";
  }
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(Directory, KeepsItsInstanceNumber) {
  const InstanceId drawn = Open()->instance();
  EXPECT_GE(drawn.number(), 1);
  EXPECT_LE(drawn.number(), 1023);
  random_.Bytes(100);
  EXPECT_EQ(Open()->instance(), drawn);
}

TEST_F(Directory, RefusesADamagedInstanceFile) {
  ASSERT_THAT(Open(), IsOk());
  for (const char* content : {"", "0\n", "1024\n", "seven\n", "7 \n", "-1\n"}) {
    ASSERT_THAT(WriteFileAtomically(data() / "instance", content), IsOk());
    EXPECT_THAT(Open(), FailsWith(ErrorKind::kInvalid, "INSTANCE_FILE_INVALID")) << content;
  }
}

TEST_F(Directory, IsMadeForUsAlone) {
  const auto lock = DataDirectory::Open(data() / "deeper" / "", random_);
  ASSERT_THAT(lock, IsOk());

  struct stat about {};

  ASSERT_EQ(stat((data() / "deeper").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0700U);
}

TEST_F(Directory, RefusesWhatIsNoDirectory) {
  ASSERT_THAT(WriteFileAtomically(data(), "a file"), IsOk());
  for (const std::filesystem::path& path : {data(), data() / "below", std::filesystem::path()}) {
    EXPECT_THAT(DataDirectory::Open(path, random_),
                FailsWith(ErrorKind::kInvalid, "DATA_DIRECTORY_UNUSABLE"));
  }
}

TEST_F(Directory, RefusesADirectoryThatOthersMayWriteTo) {
  std::filesystem::create_directory(data());
  std::filesystem::permissions(data(), std::filesystem::perms(0777));
  EXPECT_THAT(Open(), FailsWith(ErrorKind::kInvalid, "DATA_DIRECTORY_UNSAFE"));
}

TEST_F(Directory, RefusesADirectoryOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  std::filesystem::create_directory(data());
  ASSERT_EQ(chown(data().c_str(), 65534, 65534), 0);
  const auto refused = Open();
  EXPECT_THAT(refused, FailsWith(ErrorKind::kForbidden, "DATA_DIRECTORY_NOT_OURS"));
  EXPECT_THAT(refused.error().message, HasSubstr("nobody"));
}

}  // namespace
}  // namespace sb::testing
