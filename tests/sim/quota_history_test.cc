// A company whose import takes all the quota there is while its people click, and whose owner dies:
// I8 and I9 of docs/adr/0020-simulation.md, in virtual time.
#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "tests/sim/equipment.h"
#include "tests/sim/instance.h"

namespace sb::sim {
namespace {

using namespace std::chrono_literals;

constexpr int kQuotaMembers = 2;
constexpr Slot kSlot = 5;
constexpr AccountId kImporter{1000};
constexpr AccountId kClicker{1001};  // another tenant's account of the same company
constexpr WorkflowId kImport{1};
constexpr const char* kImportPath = "/v1/tags";

constexpr const char* kImportSource = R"(
document: { dsl: '1.0.3', namespace: sim, name: import, version: '1.0.0', metadata: { switchboard: { lane: backfill } } }
do:
  - page: { call: aircall.tags.list }
)";

/// Something that a person asked for.
struct Click {
  WallTime asked;
  std::optional<WallTime> answered;
};

class BusyCompany {
 public:
  explicit BusyCompany(std::uint64_t seed)
      : timeline_(seed),
        database_(timeline_),
        aircall_(timeline_, 1),
        around_{timeline_, database_, aircall_, Connectors(), Jq(), Zones(), {}},
        members_(kQuotaMembers) {
    Connect(kImporter, "acme");
    Connect(kClicker, "globex");
    Deploy();
    for (int i = 0; i < kQuotaMembers; ++i)
      timeline_.After(Millis(300 * i), [this, i] { StartMember(i); });
    timeline_.RunUntil(timeline_.Now() + 5s);
  }

  ~BusyCompany() {
    ended_ = true;
    for (Member& member : members_) {
      for (const auto& life : member.lives) life->Die();
    }
    timeline_.RunUntil(timeline_.Now() + 1min);
  }

  BusyCompany(const BusyCompany&) = delete;
  BusyCompany& operator=(const BusyCompany&) = delete;

  void StartImport(int pages) {
    for (int page = 0; page < pages; ++page) {
      runtime::Engine::StartRequest request;
      request.account = kImporter;
      request.workflow = kImport;
      request.request_id = std::to_string(page);
      Living()->StartRun(request, [](const Result<RunId>&) {});
    }
  }

  void ClickUntil(WallTime end) {
    if (timeline_.Now() >= end) return;
    timeline_.After(timeline_.Between(3s, 8s), [this, end] { ClickUntil(end); });
    Instance* const living = Living();
    if (living == nullptr) return;
    const std::size_t number = clicks_.size();
    clicks_.push_back({timeline_.Now(), {}});
    ports::ActionCall call;
    call.account = kClicker;
    call.action = "aircall.ping";
    living->Perform(
        call, [this, number](const Result<Json>&) { clicks_[number].answered = timeline_.Now(); });
  }

  /// The process that works for the company dies at once, and comes back after a while.
  void KillTheOwner() {
    for (int i = 0; i < kQuotaMembers; ++i) {
      Instance* const instance = Life(i);
      if (instance != nullptr && instance->alive() && instance->Owns(kSlot)) return End(i);
    }
    ADD_FAILURE() << "nobody owns the company";
  }

  void Let(std::chrono::microseconds pass) { timeline_.RunUntil(timeline_.Now() + pass); }

  WallTime now() const { return timeline_.Now(); }

  /// Seconds that people waited for what they asked for outside of [from, to).
  std::vector<double> WaitsOutside(WallTime from, WallTime to) const {
    std::vector<double> waits;
    for (const Click& click : clicks_) {
      if (click.asked >= from && click.asked < to) continue;
      const WallTime end = click.answered.value_or(timeline_.Now());
      waits.push_back(std::chrono::duration<double>(end - click.asked).count());
    }
    std::sort(waits.begin(), waits.end());
    return waits;
  }

  Json Requests() { return aircall_.Log("requests", 0); }

 private:
  struct Member {
    std::vector<std::unique_ptr<Instance>> lives;
    testing::MemorySpool disk;
  };

  void Connect(AccountId id, const std::string& tenant) {
    ports::Account account;
    account.id = id;
    account.slot = kSlot;
    account.tenant = tenant;
    account.connector = "aircall";
    account.external_id = std::to_string(aircall_.id(0));
    account.state = ports::AccountState::kActive;
    account.method = ports::AuthMethod::kApiKey;
    account.webhook.hook_id = tenant;
    ASSERT_TRUE(database_.accounts.Insert(account).ok());
    const connector::Credential credential{
        "api_key",
        {{"api_id", Secret(aircall_.key(0).id)}, {"api_token", Secret(aircall_.key(0).token)}}};
    const auto context = connector::CredentialContext(id, account.connector, 1);
    ASSERT_TRUE(
        database_.accounts
            .PutCredential(id, {1, GlassVault().Seal(credential.ToSecret(), context).value()})
            .ok());
  }

  void Deploy() {
    ports::WorkflowVersion version;
    version.id = kImport;
    version.workspace = "sim";
    version.name = "import";
    version.version = "1.0.0";
    version.source = kImportSource;
    version.source_hash = Sha256(kImportSource);
    ASSERT_TRUE(database_.workflows.Deploy(version).ok());
  }

  Instance* Life(int number) {
    auto& lives = members_[static_cast<std::size_t>(number)].lives;
    return lives.empty() ? nullptr : lives.back().get();
  }

  Instance* Living() {
    const int first = timeline_.Roll(kQuotaMembers);
    for (int i = 0; i < kQuotaMembers; ++i) {
      Instance* const instance = Life((first + i) % kQuotaMembers);
      if (instance != nullptr && instance->alive() && instance->started()) return instance;
    }
    return nullptr;
  }

  void StartMember(int number) {
    if (ended_) return;
    Member& member = members_[static_cast<std::size_t>(number)];
    auto instance = std::make_unique<Instance>(around_, number + 1, member.disk,
                                               [this, number] { End(number); });
    instance->ring_others = [this] {
      timeline_.After(5ms, [this] {
        for (int i = 0; i < kQuotaMembers; ++i) {
          if (Instance* const each = Life(i); each != nullptr && each->alive()) each->Rung();
        }
      });
    };
    Instance& started = *instance;
    member.lives.push_back(std::move(instance));
    timeline_.Run([this, number, &started] {
      if (!started.Start() && started.alive()) End(number);
    });
  }

  void End(int number) {
    Instance* const instance = Life(number);
    if (instance == nullptr || !instance->alive()) return;
    instance->Die();
    timeline_.After(9s, [this, number] { StartMember(number); });
  }

  Timeline timeline_;
  SharedDatabase database_;
  Aircall aircall_;
  Surroundings around_;
  std::vector<Member> members_;
  std::deque<Click> clicks_;
  bool ended_ = false;
};

/// I8: never more than a minute allows, and no refusal.
void ExpectWithinTheQuota(const Json& requests) {
  std::deque<WallTime> window;
  std::size_t most = 0;
  for (const Json& request : requests) {
    EXPECT_NE(Member(request, "status"), 429) << "I8: Aircall refused a request";
    const WallTime at = *ParseRfc3339(TextMember(request, "at"));
    window.push_back(at);
    while (window.front() <= at - 60s) window.pop_front();
    most = std::max(most, window.size());
  }
  EXPECT_LE(most, kRequestsAMinute) << "I8: more requests than a minute allows";
}

/// I9: pages that the import got from `from` on, minute by minute, never fewer than its floor.
void ExpectTheImportToGoOn(const Json& requests, WallTime from, WallTime to) {
  constexpr int kFloor = 5;
  for (WallTime minute = from; minute + 1min <= to; minute += 1min) {
    int pages = 0;
    for (const Json& request : requests) {
      const WallTime at = *ParseRfc3339(TextMember(request, "at"));
      if (TextMember(request, "path") == kImportPath && at >= minute && at < minute + 1min) ++pages;
    }
    EXPECT_GE(pages, kFloor) << "I9: in the minute from " << ToRfc3339(minute);
  }
}

double Late(const std::vector<double>& waits) {
  return waits.at(waits.size() - 1 - waits.size() / 100);
}

TEST(QuotaHistory, PeopleHardlyWaitAndTheImportGoesOnAlsoAfterItsOwnerDied) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    BusyCompany company(seed);
    const WallTime began = company.now();
    company.StartImport(1200);
    company.ClickUntil(began + 8min);
    company.Let(4min);
    const WallTime died = company.now();
    company.KillTheOwner();
    company.Let(5min);
    const WallTime taken_over = died + 25s;

    const auto waits = company.WaitsOutside(died - 1s, taken_over);
    ASSERT_GT(waits.size(), 50U);
    EXPECT_LT(Late(waits), 2) << "I9: how long people waited";
    const Json requests = company.Requests();
    ExpectWithinTheQuota(requests);
    ExpectTheImportToGoOn(requests, began + 5s, died);
    ExpectTheImportToGoOn(requests, died + 65s, company.now());
  }
}

}  // namespace
}  // namespace sb::sim
