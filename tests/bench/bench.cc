// Measures the engine as its users would, against what plain SQL can do in the same minutes on the
// same server. docs/performance.md says what each line means.

#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "engine/base/file.h"
#include "tests/bench/figures.h"
#include "tests/bench/floors.h"
#include "tests/bench/quota_proof.h"
#include "tests/bench/quota_table.h"
#include "tests/bench/replication_load.h"
#include "tests/bench/run_load.h"
#include "tests/bench/subject.h"
#include "tests/bench/two_way_load.h"
#include "tests/bench/webhook_load.h"
#include "tests/support/live/eventually.h"

namespace sb::bench {
namespace {

constexpr int kRowBytes = 300;
constexpr int kDeliveryBytes = 3000;
constexpr int kInFlight = 64;
constexpr int kBulk = 200;
constexpr int kBulksInFlight = 8;
constexpr int kConnections = 32;

constexpr const char* kRowFloor = "floor: insert 300 B, one each, 8 connections";
constexpr const char* kRowBatchFloor = "floor: insert 300 B, batches of 200";
constexpr const char* kBodyFloor = "floor: insert 3 KB, one each, 8 connections";
constexpr const char* kBodyBatchFloor = "floor: insert 3 KB, batches of 200";
constexpr const char* kOneByOne = "runs of one task, a call each";
constexpr const char* kOneTask = "runs of one task, in bulk";
constexpr const char* kOneTaskOnce = "  with a request id each";
constexpr const char* kThreeTasks = "runs of 3 journaled tasks, in bulk";
constexpr const char* kIntake = "webhooks stored, 3 KB, 32 connections";
constexpr const char* kIntakeMiddle = "  answered within, p50";
constexpr const char* kIntakeLate = "  answered within, p99";
constexpr const char* kIntakeThrough = "webhooks stored and dealt with";
constexpr const char* kLatencyMiddle = "idle: webhook to first byte of a call, p50";
constexpr const char* kLatencyLate = "idle: webhook to first byte of a call, p99";
constexpr const char* kStart = "start-up with an existing database";
constexpr const char* kIdleMemory = "memory, idle";
constexpr const char* kWaitingMemory = "memory, all waiting";
constexpr const char* kWaitingStart = "start-up, all waiting";
constexpr const char* kFewWaiting = "CPU of a run of 3 tasks, 1,000 waiting";
constexpr const char* kCopyFloor = "floor: COPY of the same calls and their parts";
constexpr const char* kCallsRead = "calls read into tables, about 100,000";
constexpr const char* kReadingMemory = "memory, peak while they are read";
constexpr const char* kManyWaiting = "CPU of a run of 3 tasks, all waiting";
constexpr const char* kContactPages = "floor: list pages of 50,000 contacts";
constexpr const char* kPlanRequests = "two-way: requests of a plan, all equal";
constexpr const char* kPlanOthers = "  plan: requests not about contacts";
constexpr const char* kPlanCpu = "  plan: CPU, engine and PostgreSQL";
constexpr const char* kPlanTime = "  plan: time";
constexpr const char* kPlanMemory = "  plan: memory, peak";
constexpr const char* kLinkRequests = "two-way: requests of the first link, all equal";
constexpr const char* kLinkOthers = "  first link: requests not about contacts";
constexpr const char* kLinkCpu = "  first link: CPU, engine and PostgreSQL";
constexpr const char* kLinkTime = "  first link: time";
constexpr const char* kLinkMemory = "  first link: memory, peak";
constexpr const char* kEditsNeeded = "floor: requests of 1,000 edits on each side";
constexpr const char* kEditRequests = "two-way: requests of 1,000 edits on each side";
constexpr const char* kEditOthers = "  edits: requests not about contacts";
constexpr const char* kEditCpu = "  edits: CPU, engine and PostgreSQL";
constexpr const char* kEditArrival = "two-way: an edit, until it is on the other side, p50";
constexpr const char* kEditTime = "  edits: time, 50 of each side at once";

struct Options {
  std::filesystem::path programs;
  std::string json_file;
  int rounds = 3;
  double scale = 1;
  int waiting = 100'000;
  std::vector<std::string> only;
  int real_time = 0;  ///< Minutes for which quotas are measured on processes, too.
};

/// The measures, one after the other on one engine.
class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)), subject_(options_.programs) {
    DescribeFigures();
    subject_.Start();
    account_ = subject_.Connect();
    one_task_ = subject_.Deploy("one-task", "  - note: {set: {seen: '${ .n }'}}\n");
    three_tasks_ = subject_.Deploy(
        "three-tasks",
        "  - first: {wait: PT0S}\n  - second: {wait: PT0S}\n  - third: {wait: PT0S}\n");
    waiting_ =
        subject_.Deploy("waiting", "  - pause: {wait: PT6H}\n  - note: {set: {seen: '${ .n }'}}\n");
    Connect();
  }

  void Run() {
    for (int round = 0; round <= options_.rounds; ++round) {
      // Round 0 warms caches up and counts for nothing.
      warming_up_ = round == 0;
      std::cerr << (warming_up_ ? "bench: warming up\n"
                                : "bench: round " + std::to_string(round) + " of " +
                                      std::to_string(options_.rounds) + "\n");
      if (Wants("floors")) MeasureFloors();
      if (Wants("runs")) MeasureRuns();
      if (Wants("intake")) MeasureIntake();
    }
    if (Wants("latency")) MeasureLatency();
    if (Wants("memory")) MeasureWaiting();
    if (Wants("replication")) MeasureCalls();
    if (Wants("two-way")) MeasureContacts();
  }

  const Figures& figures() const { return figures_; }

 private:
  void DescribeFigures() {
    for (const char* floor : {kRowFloor, kRowBatchFloor, kBodyFloor, kBodyBatchFloor})
      figures_.Describe({floor, "/s", "", "", {}});
    figures_.Describe({kOneByOne, "/s", "", kRowFloor, {}});
    figures_.Describe({kOneTask, "/s", "20,000", kRowFloor, {}});
    figures_.Describe({kOneTaskOnce, "/s", "", kRowFloor, {}});
    figures_.Describe({kThreeTasks, "/s", "3,500", kRowFloor, {}});
    figures_.Describe({kIntake, "/s", "8,000", kBodyFloor, {}});
    figures_.Describe({kIntakeMiddle, "ms", "", "", {}});
    figures_.Describe({kIntakeLate, "ms", "25", "", {}});
    figures_.Describe({kIntakeThrough, "/s", "", kBodyFloor, {}});
    figures_.Describe({kLatencyMiddle, "ms", "10", "", {}});
    figures_.Describe({kLatencyLate, "ms", "40", "", {}});
    figures_.Describe({kStart, "s", "1", "", {}});
    figures_.Describe({kIdleMemory, "MB", "60", "", {}});
    figures_.Describe({kWaitingMemory, "MB", "400", "", {}});
    figures_.Describe({kWaitingStart, "s", "", "", {}});
    figures_.Describe({kFewWaiting, "us", "", "", {}});
    figures_.Describe({kManyWaiting, "us", "+20 %", kFewWaiting, {}});
    figures_.Describe({kCopyFloor, "/s", "", "", {}});
    figures_.Describe({kCallsRead, "/s", "", kCopyFloor, {}});
    figures_.Describe({kReadingMemory, "MB", "150", "", {}});
    DescribeTwoWay();
  }

  void DescribeTwoWay() {
    figures_.Describe({kContactPages, "req", "", "", {}});
    figures_.Describe({kPlanRequests, "req", "x 1.05", kContactPages, {}});
    figures_.Describe({kPlanOthers, "req", "", "", {}});
    figures_.Describe({kPlanCpu, "s", "", "", {}});
    figures_.Describe({kPlanTime, "s", "", "", {}});
    figures_.Describe({kPlanMemory, "MB", "", "", {}});
    figures_.Describe({kLinkRequests, "req", "x 1.05", kContactPages, {}});
    figures_.Describe({kLinkOthers, "req", "", "", {}});
    figures_.Describe({kLinkCpu, "s", "", "", {}});
    figures_.Describe({kLinkTime, "s", "", "", {}});
    figures_.Describe({kLinkMemory, "MB", "", "", {}});
    figures_.Describe({kEditsNeeded, "req", "", "", {}});
    figures_.Describe({kEditRequests, "req", "x 1.05", kEditsNeeded, {}});
    figures_.Describe({kEditOthers, "req", "", "", {}});
    figures_.Describe({kEditCpu, "s", "", "", {}});
    figures_.Describe({kEditTime, "s", "", "", {}});
    figures_.Describe({kEditArrival, "ms", "3,000", "", {}});
  }

  bool Wants(const std::string& part) const {
    return options_.only.empty() || std::ranges::count(options_.only, part) > 0;
  }

  int Scaled(int count) const {
    return std::max(400, static_cast<int>(count * options_.scale * (warming_up_ ? 0.2 : 1)));
  }

  void Add(const std::string& name, const Sample& sample) {
    if (!warming_up_) figures_.Add(name, sample);
  }

  /// Does `items` things and notes their rate and what each cost. `work` returns the seconds that
  /// count; what it leaves to be done is done before the processor time is read.
  Sample Measure(int items, const std::function<double()>& work) {
    const CpuTimes before = subject_.Cpu();
    const double seconds = work();
    AwaitQuiet();
    const CpuTimes spent = subject_.Cpu() - before;
    return {items / seconds, {spent.serve / items, spent.postgres / items, spent.client / items}};
  }

  /// No event is pending and no run but the waiting ones is live.
  void AwaitQuiet() const {
    // By index: counting the runs that wait would cost more than what is measured.
    const std::string left =
        "select (select count(*) from eng.inbox_pending) + (select count(*) from eng.workflow w "
        "where w.name <> 'waiting' and exists (select from eng.run r where r.workflow_id = "
        "w.workflow_id))";
    const bool quiet =
        live::Eventually(std::chrono::minutes(10), [&] { return floors_->Count(left) == 0; });
    if (!quiet) throw std::runtime_error("there is work left after ten minutes");
  }

  void MeasureFloors() {
    const auto floor = [this](const char* name, int rows, auto method, int bytes) {
      const int count = Scaled(rows) / 400 * 400;
      Add(name, Measure(count, [&] { return (floors_.get()->*method)(count, bytes); }));
    };
    floor(kRowFloor, 8'000, &Floors::InsertSingly, kRowBytes);
    floor(kRowBatchFloor, 60'000, &Floors::InsertInBatches, kRowBytes);
    floor(kBodyFloor, 8'000, &Floors::InsertSingly, kDeliveryBytes);
    floor(kBodyBatchFloor, 40'000, &Floors::InsertInBatches, kDeliveryBytes);
  }

  void MeasureRuns() {
    const long ended_before = EndedWell();
    const int few = Scaled(6'000);
    Add(kOneByOne, Measure(few, [&] { return load_->StartSingly(one_task_, few, kInFlight); }));
    const int many = Scaled(40'000);
    Add(kOneTask,
        Measure(many, [&] { return load_->StartInBulk(one_task_, many, kBulk, kBulksInFlight); }));
    Add(kOneTaskOnce, Measure(many, [&] {
          return load_->StartInBulk(one_task_, many, kBulk, kBulksInFlight, true);
        }));
    const int some = Scaled(8'000);
    Add(kThreeTasks, MeasureThreeTasks(some));
    if (EndedWell() != ended_before + few + 2 * many + some)
      throw std::runtime_error("not every run ended well");
  }

  long EndedWell() const {
    return floors_->Count("select count(*) from eng.run_done where status = 'SUCCEEDED'");
  }

  /// The time counts until the last run has ended.
  Sample MeasureThreeTasks(int runs) {
    return Measure(runs, [&] {
      const auto began = std::chrono::steady_clock::now();
      load_->StartInBulk(three_tasks_, runs, kBulk, kBulksInFlight);
      AwaitQuiet();
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    });
  }

  void MeasureIntake() {
    const int deliveries = Scaled(20'000);
    WebhookLoad::Outcome outcome;
    const auto began = std::chrono::steady_clock::now();
    const Sample sample = Measure(deliveries, [&] {
      outcome = webhooks_->Send(deliveries, kConnections);
      return outcome.seconds;
    });
    const double through =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    Add(kIntake, sample);
    Add(kIntakeMiddle, {Percentile(outcome.latencies, 50) * 1000, {}});
    Add(kIntakeLate, {Percentile(outcome.latencies, 99) * 1000, {}});
    Add(kIntakeThrough, {deliveries / through, {}});
  }

  static void Pause(std::chrono::milliseconds time) {
    boost::asio::io_context io;
    boost::asio::steady_timer(io, time).wait();
  }

  // About one webhook a second: the quota lets a company make 100 requests a minute.
  void MeasureLatency() {
    subject_.Deploy("ping", "  - ping: {call: aircall.ping}\n",
                    "schedule: {on: {one: {with: {type: io.aircall.call.hungup}}}}\n");
    subject_.Cli({"workflow", "enable", "bench/ping", "--all-accounts"});
    const Json hook = subject_.Webhook();
    WebhookLoad events(hook.at("url"), hook.at("token"), "call.hungup", kDeliveryBytes);
    std::vector<double> latencies;
    const int samples = std::max(5, static_cast<int>(40 * options_.scale));
    for (int i = 0; i < samples; ++i) {
      Pause(std::chrono::milliseconds(i == 0 ? 3000 : 750));
      const long seen = subject_.relay().Requests();
      const auto sent_at = Relay::Instant::clock::now();
      events.Send(1, 1);
      const auto called_at = subject_.relay().AwaitRequest(seen);
      latencies.push_back(std::chrono::duration<double>(called_at - sent_at).count() * 1000);
    }
    figures_.Add(kLatencyMiddle, {Percentile(latencies, 50), {}});
    figures_.Add(kLatencyLate, {Percentile(latencies, 99), {}});
    subject_.Cli({"workflow", "disable", "bench/ping", "--all-accounts"});
    AwaitQuiet();
  }

  void Restart(const char* figure) {
    load_.reset();
    floors_.reset();
    subject_.Stop();
    figures_.Add(figure, {subject_.Start(), {}});
    Connect();
  }

  void StartWaiting(int runs) {
    if (runs > waiting_runs_)
      load_->StartInBulk(waiting_, runs - waiting_runs_, kBulk, kBulksInFlight);
    waiting_runs_ = std::max(waiting_runs_, runs);
  }

  void MeasureWaiting() {
    for (int i = 0; i < options_.rounds; ++i) {
      Restart(kStart);
      figures_.Add(kIdleMemory, {subject_.Memory(), {}});
    }
    StartWaiting(1'000);
    MeasureCost(kFewWaiting);
    StartWaiting(options_.waiting);
    figures_.Add(kWaitingMemory, {subject_.Memory(), {}});
    MeasureCost(kManyWaiting);
    Restart(kWaitingStart);
  }

  // An engine and a sandbox of its own each time: the first reading is what counts.
  void MeasureCalls() {
    for (int i = 0; i < options_.rounds; ++i) {
      std::cerr << "bench: calls into tables, " << i + 1 << " of " << options_.rounds << "\n";
      const ReplicationSample sample = MeasureReplication(options_.programs, options_.scale);
      figures_.Add(kCopyFloor, sample.copied);
      figures_.Add(kCallsRead, sample.calls);
      figures_.Add(kReadingMemory, {sample.memory_mb, {}});
    }
  }

  // Once: what is counted there is the same each time, and it takes many minutes.
  void MeasureContacts() {
    std::cerr << "bench: contacts and a table with the same people\n";
    const TwoWaySample sample = MeasureTwoWay(options_.programs, options_.scale);
    figures_.Add(kContactPages, {sample.pages, {}});
    figures_.Add(kPlanRequests, sample.plan.requests);
    figures_.Add(kPlanOthers, {sample.plan.others, {}});
    figures_.Add(kPlanCpu, {sample.plan.cpu_seconds, {}});
    figures_.Add(kPlanTime, {sample.plan.seconds, {}});
    figures_.Add(kPlanMemory, {sample.plan.memory_mb, {}});
    figures_.Add(kLinkRequests, sample.first_link.requests);
    figures_.Add(kLinkOthers, {sample.first_link.others, {}});
    figures_.Add(kLinkCpu, {sample.first_link.cpu_seconds, {}});
    figures_.Add(kLinkTime, {sample.first_link.seconds, {}});
    figures_.Add(kLinkMemory, {sample.first_link.memory_mb, {}});
    figures_.Add(kEditsNeeded, {sample.requests_needed, {}});
    figures_.Add(kEditRequests, sample.edited.requests);
    figures_.Add(kEditOthers, {sample.edited.others, {}});
    figures_.Add(kEditCpu, {sample.edited.cpu_seconds, {}});
    figures_.Add(kEditTime, {sample.edited.seconds, {}});
    figures_.Add(kEditArrival, {sample.arrival_ms, {}});
  }

  void MeasureCost(const char* name) {
    MeasureThreeTasks(Scaled(1'000));
    for (int i = 0; i < options_.rounds; ++i) {
      const Sample sample = MeasureThreeTasks(Scaled(3'000));
      figures_.Add(name, {sample.cpu.Total() * 1e6, sample.cpu});
    }
  }

  void Connect() {
    load_ = std::make_unique<RunLoad>(subject_.grpc_address(), subject_.api_key(), account_);
    floors_ = std::make_unique<Floors>(subject_.database_url());
    const Json hook = subject_.Webhook();
    if (!webhooks_) {
      webhooks_ = std::make_unique<WebhookLoad>(hook.at("url"), hook.at("token"), "call.answered",
                                                kDeliveryBytes);
    }
  }

  const Options options_;
  Figures figures_;
  Subject subject_;
  std::string account_;
  std::string one_task_;
  std::string three_tasks_;
  std::string waiting_;
  int waiting_runs_ = 0;
  bool warming_up_ = false;
  std::unique_ptr<Floors> floors_;
  std::unique_ptr<RunLoad> load_;
  std::unique_ptr<WebhookLoad> webhooks_;
};

int Main(int argc, char** argv) {
  Options options;
  options.programs = SB_BIN_DIR;
  CLI::App app("Measures Switchboard against plain SQL; see docs/performance.md");
  app.add_option("--bin", options.programs, "Where switchboard and aircall-sandbox lie");
  app.add_option("-o,--output", options.json_file, "Also write the figures as JSON to this file")
      ->envname("BENCH_JSON");
  app.add_option("--rounds", options.rounds, "Rounds, of which the median counts")
      ->capture_default_str()
      ->check(CLI::Range(1, 100));
  app.add_option("--scale", options.scale, "Times the usual number of items")
      ->envname("BENCH_SCALE")
      ->capture_default_str();
  app.add_option("--waiting", options.waiting, "Runs that wait while memory and cost are taken")
      ->capture_default_str();
  app.add_option("--only", options.only,
                 "floors, runs, intake, latency, memory, replication, two-way, quota");
  app.add_option("--real-time", options.real_time,
                 "Minutes for which quotas are measured on real processes besides")
      ->check(CLI::Range(1, 60));
  CLI11_PARSE(app, argc, argv);
  const char* extent = std::getenv("BENCH");
  if (extent != nullptr && std::string(extent) == "full") options.waiting = 1'000'000;
  const std::string json_file = options.json_file;
  try {
    const bool wants_quota = options.only.empty() || std::ranges::count(options.only, "quota") > 0;
    const auto quotas = wants_quota ? SimulateQuotas() : std::vector<QuotaLine>();
    if (wants_quota) std::cout << "\n" << TableOf(quotas, "two simulated hours") << std::flush;
    std::vector<QuotaLine> proof;
    if (wants_quota && options.real_time > 0) {
      proof = ProveQuotas(options.programs, options.real_time);
      std::cout << "\n"
                << TableOf(proof, std::to_string(options.real_time) + " minutes of real processes")
                << std::flush;
    }
    Json json = Json::array();
    if (!wants_quota || options.only.size() != 1) {  // the table needs no server
      Bench bench(options);
      bench.Run();
      std::cout << "\n" << bench.figures().Table();
      json = bench.figures().ToJson();
    }
    if (json_file.empty()) return 0;
    if (wants_quota) json.push_back({{"name", "quota"}, {"lines", ToJson(quotas)}});
    if (!proof.empty()) json.push_back({{"name", "quota in real time"}, {"lines", ToJson(proof)}});
    const Status written = WriteFileAtomically(json_file, PrettyJson(json) + "\n");
    if (!written.ok()) throw std::runtime_error(written.error().message);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace
}  // namespace sb::bench

int main(int argc, char** argv) {
  return sb::bench::Main(argc, argv);
}
