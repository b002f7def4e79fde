#include "tests/bench/replication_load.h"

#include <chrono>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>

#include "engine/base/time.h"
#include "tests/bench/subject.h"
#include "tests/support/live/eventually.h"
#include "tests/support/live/process.h"

namespace sb::bench {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTables = "bench_calls";
constexpr const char* kCopies = "bench_copies";
/// The sandbox's `large` company has 200,000 calls, evenly over that many days.
constexpr double kDaysOfCalls = 175;
constexpr const char* kName = "bench/calls";

std::string DefinitionFrom(WallTime start) {
  return "sync: { namespace: bench, name: calls, version: '1.0.0' }\n"
         "replicate:\n"
         "  from: aircall\n"
         "  streams: [calls]\n"
         "  start: " +
         ToRfc3339(start) +
         "\n"
         "  into: { connector: postgres, schema: " +
         kTables + " }\n";
}

/// What is asked of the destination besides.
class Tables {
 public:
  explicit Tables(std::string url) : url_(std::move(url)), connection_(url_) {}

  long Calls() {
    return pqxx::nontransaction(connection_)
        .exec("select count(*) from " + std::string(kTables) +
              ".calls where _synced_at is not null")
        .front()
        .front()
        .as<long>();
  }

  /// The seconds that COPY takes for all rows of all tables, into tables of the same shape.
  double Copy(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& row : pqxx::nontransaction(connection_)
                               .exec("select tablename from pg_tables where schemaname = '" +
                                     std::string(kTables) + "' order by 1"))
      names.push_back(row.front().as<std::string>());
    std::string make = "create schema " + std::string(kCopies) + ";";
    std::string read;
    std::string write;
    for (const std::string& name : names) {
      make +=
          "create table " + In(kCopies, name) + " (like " + In(kTables, name) + " including all);";
      const std::string file = (folder / (name + ".copy")).string();
      read += "\\copy " + In(kTables, name) + " to '" + file + "'\n";
      write += "\\copy " + In(kCopies, name) + " from '" + file + "'\n";
    }
    pqxx::nontransaction(connection_).exec(make);
    Psql(read);
    const auto began = std::chrono::steady_clock::now();
    Psql("begin;\n" + write + "commit;\n");
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }

 private:
  static std::string In(const std::string& schema, const std::string& name) {
    return schema + ".\"" + name + "\"";
  }

  void Psql(const std::string& script) const {
    const live::Ended ended =
        live::RunToEnd({{"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url_}, {}, script});
    if (ended.exit_status != 0) throw std::runtime_error("psql: " + ended.err);
  }

  std::string url_;
  pqxx::connection connection_;
};

}  // namespace

ReplicationSample MeasureReplication(const std::filesystem::path& programs, double scale) {
  Subject subject(programs, {"--profile", "large"});
  subject.Start({"--connectors", subject.UnlimitedConnectors().string()});
  const std::string account = subject.Connect();
  const auto days = std::chrono::duration_cast<std::chrono::hours>(
      std::chrono::duration<double, std::ratio<86400>>(kDaysOfCalls / 2 * scale));
  const auto now =
      std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
  const auto file = subject.folder() / "calls.yaml";
  std::ofstream(file) << DefinitionFrom(now - days);
  subject.Cli({"sync", "deploy", file, "--account", account});

  const CpuTimes before = subject.Cpu();
  const auto began = std::chrono::steady_clock::now();
  subject.Cli({"sync", "start", kName, "--account", account});
  const bool live = live::Eventually(
      30min,
      [&] {
        const Json sync = subject.Cli({"sync", "status", kName, "--account", account});
        const Json& streams = Member(sync, "streams");
        return !streams.empty() && TextMember(streams.at(0), "state") == "STATE_LIVE";
      },
      500ms);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!live) throw std::runtime_error("the calls were not read within half an hour");
  const CpuTimes spent = subject.Cpu() - before;

  Tables tables(subject.database_url());
  const auto calls = static_cast<double>(tables.Calls());
  ReplicationSample sample;
  sample.memory_mb = subject.PeakMemory();
  sample.calls = {calls / seconds,
                  {spent.serve / calls, spent.postgres / calls, spent.client / calls}};
  sample.copied = {calls / tables.Copy(subject.folder()), {}};
  return sample;
}

}  // namespace sb::bench
