#include "tests/bench/quota_proof.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/base/time.h"
#include "tests/bench/figures.h"
#include "tests/bench/subject.h"
#include "tests/support/live/eventually.h"

namespace sb::bench {
namespace {

using namespace std::chrono_literals;
using testing::Counting;
using testing::QuotaOutcome;

constexpr int kRealQuota = 100;
constexpr int kMostAtOnce = 500;  ///< Runs that one call starts.
constexpr std::size_t kImportLane = 3;
constexpr const char* kImportPath = "/v1/tags";
constexpr const char* kClickPath = "/v1/ping";
/// The requests by which the company is connected are no longer counted, and then neither is the
/// beginning.
constexpr auto kUncounted = 1min;
/// What is kept for people is lent when nobody has clicked for ten minutes (limiter.h), and
/// connecting a company is clicks.
constexpr auto kWarmUp = 11min;
constexpr auto kBetweenClicks = 6s;
constexpr auto kBetweenEvents = 3s;

void Wait(Millis time) {
  (void)live::Eventually(
      time, [] { return false; }, time);
}

/// As the sandbox calls it.
const char* WindowOf(Counting counting) {
  switch (counting) {
    case Counting::kFixedWindow:
      return "fixed";
    case Counting::kSlidingLog:
      return "sliding";
    case Counting::kTokenBucket:
      return "bucket";
  }
  return "fixed";
}

double SecondsBetween(WallTime from, WallTime to) {
  return std::chrono::duration<double>(to - from).count();
}

/// A company with a quota, and what wants to be sent for it.
class RealCompany {
 public:
  RealCompany(const std::filesystem::path& programs, Counting counting, int neighbour, bool busy)
      : subject_(programs, {"--set", "rate.limit=" + std::to_string(kRealQuota), "--set",
                            std::string("rate.window=") + WindowOf(counting), "--set",
                            "rate.neighbour=" + std::to_string(neighbour)}),
        busy_(busy) {
    subject_.Start();
    account_ = subject_.Connect();
    import_ = DeployIn("backfill", "aircall.tags.list");
    sync_ = DeployIn("sync", "aircall.teams.list");
    event_ = DeployIn("live", "aircall.company.get");
    click_ = DeployIn("interactive", "aircall.ping");
  }

  /// Imports, and syncs a busy one, more than the quota lets through in that time.
  void Want(int minutes) {
    Start(import_, kRealQuota * minutes);
    if (busy_) Start(sync_, kRealQuota * minutes);
  }

  /// What people and events ask for by now.
  void GoOn(std::chrono::steady_clock::time_point now) {
    if (!busy_) return;
    if (now >= next_event_) {
      next_event_ = now + kBetweenEvents;
      Start(event_, 1);
    }
    if (now < next_click_) return;
    next_click_ = now + kBetweenClicks;
    const Json run = subject_.Cli({"run", "start", click_, "--account", account_});
    const auto clicked = ParseRfc3339(TextMember(run, "create_time"));
    if (!clicked) throw std::runtime_error("a run does not say when it was started: " + run.dump());
    clicks_.push_back(*clicked);
  }

  QuotaOutcome Outcome(WallTime from, int minutes) const {
    const Json log = subject_.Sandbox("/_sandbox/requests").at("requests");
    QuotaOutcome outcome;
    std::vector<int> served(static_cast<std::size_t>(minutes), 0);
    for (const Json& request : log) {
      const WallTime at = *ParseRfc3339(TextMember(request, "at"));
      if (at < from || at >= from + std::chrono::minutes(minutes)) continue;
      if (Member(request, "status") == 429) {
        outcome.refused += 1.0 / minutes;
        continue;
      }
      outcome.served += 1.0 / minutes;
      ++served.at(static_cast<std::size_t>((at - from) / 1min));
      if (TextMember(request, "path") == kImportPath)
        outcome.by_lane.at(kImportLane) += 1.0 / minutes;
    }
    outcome.neighbour_refused = -1;
    outcome.fewest_in_a_minute = *std::ranges::min_element(served);
    outcome.backfill_gap = LongestGap(log, from, from + std::chrono::minutes(minutes));
    const std::vector<double> waits = WaitsFrom(log, from);
    if (waits.empty()) return outcome;
    outcome.interactive_wait_middle = Percentile(waits, 50);
    outcome.interactive_wait_late = Percentile(waits, 99);
    return outcome;
  }

 private:
  std::string DeployIn(const std::string& lane, const std::string& action) {
    return subject_.Deploy(
        lane, "  - ask: {call: " + action + ", metadata: {switchboard: {lane: " + lane + "}}}\n");
  }

  void Start(const std::string& workflow, int runs) {
    for (int started = 0; started < runs; started += kMostAtOnce) {
      std::string lines;
      for (int i = started; i < std::min(runs, started + kMostAtOnce); ++i) lines += "{}\n";
      subject_.Cli({"run", "start", workflow, "--account", account_, "--inputs", "-"}, lines);
    }
  }

  static double LongestGap(const Json& log, WallTime from, WallTime to) {
    WallTime last = from;
    double longest = 0;
    for (const Json& request : log) {
      const WallTime at = *ParseRfc3339(TextMember(request, "at"));
      const bool page = TextMember(request, "path") == kImportPath;
      if (!page || Member(request, "status") == 429 || at < from || at >= to) continue;
      longest = std::max(longest, SecondsBetween(last, at));
      last = at;
    }
    return std::max(longest, SecondsBetween(last, to));
  }

  /// From a click to the request that was served: they are dealt with in the order of the clicks.
  std::vector<double> WaitsFrom(const Json& log, WallTime from) const {
    std::vector<WallTime> pings;
    for (const Json& request : log) {
      const WallTime at = *ParseRfc3339(TextMember(request, "at"));
      const bool ping = TextMember(request, "path") == kClickPath;
      if (ping && Member(request, "status") != 429 && !clicks_.empty() && at >= clicks_.front())
        pings.push_back(at);
    }
    std::vector<double> waits;
    for (std::size_t i = 0; i < std::min(clicks_.size(), pings.size()); ++i) {
      if (clicks_[i] >= from) waits.push_back(SecondsBetween(clicks_[i], pings[i]));
    }
    return waits;
  }

  Subject subject_;
  const bool busy_;
  std::string account_;
  std::string import_;
  std::string sync_;
  std::string event_;
  std::string click_;
  std::chrono::steady_clock::time_point next_click_;
  std::chrono::steady_clock::time_point next_event_;
  std::vector<WallTime> clicks_;
};

WallTime WallNow() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// A company with an import alone and a busy one, for a line of the table.
struct Proof {
  QuotaLine line;
  std::unique_ptr<RealCompany> import;
  std::unique_ptr<RealCompany> busy;
};

std::vector<Proof> Companies(const std::filesystem::path& programs) {
  std::vector<Proof> proofs;
  for (const Counting counting :
       {Counting::kFixedWindow, Counting::kSlidingLog, Counting::kTokenBucket}) {
    for (const int neighbour : {0, 25, 60}) {
      Proof proof;
      proof.line.plan.counting = counting;
      proof.line.plan.neighbour_per_minute = neighbour;
      proof.import = std::make_unique<RealCompany>(programs, counting, neighbour, false);
      proof.busy = std::make_unique<RealCompany>(programs, counting, neighbour, true);
      proofs.push_back(std::move(proof));
      std::cerr << "bench: company " << 2 * proofs.size() << " of 18 is there\n";
    }
  }
  return proofs;
}

}  // namespace

std::vector<QuotaLine> ProveQuotas(const std::filesystem::path& programs, int minutes) {
  std::vector<Proof> proofs = Companies(programs);
  const int all = minutes + static_cast<int>((kUncounted + kWarmUp) / 1min);
  std::cerr << "bench: quotas in real time, for " << all << " minutes\n";
  Wait(kUncounted);
  for (const Proof& proof : proofs) {
    proof.import->Want(all);
    proof.busy->Want(all);
  }
  const WallTime from = WallNow() + kWarmUp;
  while (WallNow() < from + std::chrono::minutes(minutes)) {
    for (const Proof& proof : proofs) proof.busy->GoOn(std::chrono::steady_clock::now());
    Wait(100ms);
  }
  std::vector<QuotaLine> lines;
  for (Proof& proof : proofs) {
    proof.line.import = proof.import->Outcome(from, minutes);
    proof.line.busy = proof.busy->Outcome(from, minutes);
    lines.push_back(proof.line);
  }
  return lines;
}

}  // namespace sb::bench
