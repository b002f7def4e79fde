// A company whose import and events want more than its quota gives, whose people click meanwhile,
// and whose owner is killed: I8 and I9 of docs/adr/0020-simulation.md on real processes. What is
// asserted is the order in which Aircall got the requests, and the engine's own record of when each
// was wanted: no clock of the test's decides.
#include <algorithm>
#include <deque>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/file.h"
#include "engine/base/time.h"
#include "tests/faults/fleet.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

/// Requests a minute that the engine takes to be allowed. The sandbox allows a few more, for those
/// by which the company is connected: they are not counted.
constexpr int kQuota = 100;
/// What may be sent between a click and its request: the requests of two seconds at that pace.
constexpr int kMostOvertaking = 2 * kQuota / 60 + 1;
/// 5 % of a minute's requests are the import's, also when all else could use them.
constexpr int kFloor = 5;

constexpr const char* kClickPath = "/v1/ping";
constexpr const char* kImportPath = "/v1/tags";

std::string Definition(const std::string& name, const std::string& lane,
                       const std::string& action) {
  return "document: { dsl: '1.0.3', namespace: fleet, name: " + name +
         ", version: '1.0.0', metadata: { switchboard: { lane: " + lane +
         " } } }\ndo:\n  - ask: { call: " + action + " }\n";
}

struct Request {
  WallTime at;
  std::string path;
  int status = 0;
};

/// Something that a person asked for, as the journal tells it.
struct Click {
  WallTime wanted;
  WallTime answered;
};

class KillQuota : public ::testing::Test {
 protected:
  void SetUp() override {
    fleet_.SetPublicUrl("http://127.0.0.1:1");
    fleet_.StartAll();
    account_ = fleet_.ConnectAll().front();
    fleet_.SwitchOn(Definition("import", "backfill", "aircall.tags.list"), "fleet/import");
    fleet_.SwitchOn(Definition("events", "live", "aircall.teams.list"), "fleet/events");
    fleet_.SwitchOn(Definition("click", "interactive", "aircall.ping"), "fleet/click");
  }

  void StartMany(const std::string& workflow, int count) {
    const auto file = fleet_.folder() / "inputs.jsonl";
    {
      std::ofstream lines(file);
      for (int i = 0; i < count; ++i) lines << "{}\n";
    }
    fleet_.CliJson(0, {"run", "start", workflow, "--account", account_, "--inputs", file});
  }

  /// Clicks at instance `door`, again while slots move, and waits for the answer.
  void ClickOnce(int door) {
    const std::vector<std::string> words = {"run",
                                            "start",
                                            "fleet/click",
                                            "--account",
                                            account_,
                                            "--request-id",
                                            "click-" + std::to_string(++clicks_),
                                            "-o",
                                            "json"};
    std::string id;
    ASSERT_TRUE(Eventually(
        30s,
        [&] {
          const Ended ended = fleet_.Cli(door, words);
          const auto run = ParseJson(ended.out);
          if (ended.exit_status == 0 && run.ok()) id = TextMember(*run, "id");
          return !id.empty();
        },
        200ms))
        << fleet_.LogOf(door);
    const std::string succeeded =
        "select count(*) from eng.run_done where status = 'SUCCEEDED' and run_id in (select run_id "
        "from eng.journal, json_array_elements(facts) f where f->>'action' like 'aircall.ping%')";
    EXPECT_TRUE(Eventually(
        60s, [&] { return fleet_.Ask(succeeded) == std::to_string(clicks_); }, 100ms))
        << fleet_.LogOf(door);
  }

  /// A person who clicks whenever Aircall has got a few more requests, until it has got `count`.
  void ClickUntil(std::size_t count, int door) {
    constexpr std::size_t kBetween = 8;
    while (Requests().size() < count) {
      ClickOnce(door);
      const std::size_t now = Requests().size();
      ASSERT_TRUE(Eventually(
          120s, [&] { return Requests().size() >= now + kBetween; }, 200ms))
          << fleet_.LogOf(door);
    }
  }

  /// What Aircall got since the import began, in its order.
  std::vector<Request> Requests() {
    const Json log = fleet_.outside().Control("GET", "requests?since=" + std::to_string(begun_));
    std::vector<Request> requests;
    for (const Json& each : log.at("requests")) {
      requests.push_back({*ParseRfc3339(TextMember(each, "at")), TextMember(each, "path"),
                          each.at("status").is_null() ? 0 : each.at("status").get<int>()});
    }
    return requests;
  }

  void Begin() {
    const Json log = fleet_.outside().Control("GET", "requests");
    if (!log.at("requests").empty())
      begun_ = log.at("requests").back().at("seq").get<std::int64_t>();
  }

  std::vector<Click> Clicks() const {
    const std::string text = fleet_.Ask(
        "select json_agg(json_build_object('wanted', wanted, 'answered', answered) order by "
        "wanted) "
        "from (select run_id, min((f->>'at')::bigint) filter (where f->>'is' = 'call_requested') "
        "as wanted, max((f->>'at')::bigint) filter (where f->>'is' = 'call_ended') as answered "
        "from eng.journal, json_array_elements(facts) f group by run_id having bool_or(f->>'is' = "
        "'call_requested' and f->>'action' like 'aircall.ping%')) clicks");
    std::vector<Click> clicks;
    const auto rows = ParseJson(text);
    if (!rows.ok()) return clicks;
    for (const Json& row : *rows) {
      clicks.push_back({InstantOf(row.at("wanted")), InstantOf(row.at("answered"))});
    }
    return clicks;
  }

  /// The instance that works for the company.
  int Owner() const {
    const std::string owner = fleet_.Ask(
        "select s.instance_id from eng.slot s join eng.account a on a.slot = s.slot limit 1");
    for (int i = 0; i < fleet_.size(); ++i) {
      const auto file = fleet_.folder() / ("instance-" + std::to_string(i + 1)) / "instance";
      const auto number = ReadFile(file);
      if (number.ok() && number->substr(0, number->find('\n')) == owner) return i;
    }
    ADD_FAILURE() << "nobody owns the company: " << owner;
    return 0;
  }

  static WallTime InstantOf(const Json& micros) {
    return WallTime(std::chrono::microseconds(micros.get<std::int64_t>()));
  }

  Fleet fleet_{{.instances = 2, .time_to_live = 2}};
  std::string account_;
  std::int64_t begun_ = 0;
  int clicks_ = 0;
};

/// I8: never more than a minute allows, and no refusal.
void ExpectNoMoreThanTheQuota(const std::vector<Request>& requests) {
  std::deque<WallTime> window;
  std::size_t most = 0;
  for (const Request& request : requests) {
    EXPECT_NE(request.status, 429) << "I8: Aircall refused a request";
    window.push_back(request.at);
    while (window.front() <= request.at - 60s) window.pop_front();
    most = std::max(most, window.size());
  }
  EXPECT_LE(most, static_cast<std::size_t>(kQuota)) << "I8: more than a minute allows";
}

/// I9: how many requests Aircall got between a click and its own request, for each click.
std::vector<int> Overtaking(const std::vector<Request>& requests,
                            const std::vector<Click>& clicks) {
  std::vector<int> counts;
  for (const auto& click : clicks) {
    int count = 0;
    for (const Request& request : requests) {
      if (request.at < click.wanted || request.at > click.answered) continue;
      if (request.path == kClickPath) break;
      ++count;
    }
    counts.push_back(count);
  }
  return counts;
}

/// I9: the import's share of any hundred requests that follow one another. One less than its floor,
/// as the minute that the quota counts in is not exactly a hundred requests long.
void ExpectTheImportToGoOn(const std::vector<Request>& requests) {
  const auto is_page = [](const Request& request) { return request.path == kImportPath; };
  for (std::size_t from = 0; from + kQuota <= requests.size(); from += kQuota / 4) {
    const auto first = requests.begin() + static_cast<std::ptrdiff_t>(from);
    EXPECT_GE(std::count_if(first, first + kQuota, is_page), kFloor - 1)
        << "I9: of the hundred requests from the one numbered " << from;
  }
}

TEST_F(KillQuota, PeopleOvertakeAndTheImportGoesOnAlsoWhenItsOwnerIsKilled) {
  Begin();
  StartMany("fleet/import", 150);
  StartMany("fleet/events", 300);
  const int owner = Owner();
  const int other = 1 - owner;
  ClickUntil(120, other);

  fleet_.Kill(owner);
  const std::size_t before = Requests().size();
  ASSERT_TRUE(Eventually(
      60s, [&] { return Requests().size() > before; }, 200ms))
      << "nobody took over: " << fleet_.LogOf(other);
  fleet_.Revive();
  ClickUntil(240, other);

  const auto requests = Requests();
  const auto clicks = Clicks();
  ASSERT_GE(clicks.size(), 15U);
  ExpectNoMoreThanTheQuota(requests);
  EXPECT_THAT(Overtaking(requests, clicks), ::testing::Each(::testing::Le(kMostOvertaking)))
      << "I9: people waited behind the import";
  ExpectTheImportToGoOn(requests);
}

}  // namespace
}  // namespace sb::live
