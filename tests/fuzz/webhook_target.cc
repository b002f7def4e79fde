// Any body, delivered to the door of a connected account: stored once, under an identity that does
// not depend on how often it is read, and understood as an event that others can read.
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/base/encoding.h"
#include "engine/base/metrics.h"
#include "engine/edge/webhook_intake.h"
#include "engine/runtime/cloud_event.h"
#include "engine/runtime/login_guard.h"
#include "tests/fuzz/plain_expressions.h"
#include "tests/fuzz/target.h"
#include "tests/support/fake_clock.h"
#include "tests/support/memory_account_store.h"

namespace sb::fuzz {
namespace {

constexpr const char* kToken = "webhook-token";
constexpr const char* kHook = "hook";

/// An engine that only takes events.
class Inbox : public runtime::Engine {
 public:
  void AcceptEvent(ports::InboxItem item, std::optional<Json> data,
                   std::function<void(Result<bool>)> done) override {
    stored = std::move(item);
    carried = std::move(data);
    done(true);
  }

  void StartRun(StartRequest, std::function<void(Result<RunId>)>) override {}

  void StartRuns(std::vector<StartRequest>, std::function<void(StartedRuns)>) override {}

  void CancelRun(RunId, std::string, std::function<void(Status)>) override {}

  void SuspendRun(RunId, std::string, std::function<void(Status)>) override {}

  void ResumeRun(RunId, std::function<void(Status)>) override {}

  std::unique_ptr<runtime::Watch> WatchRun(RunId,
                                           std::function<void(const runtime::RunNews&)>) override {
    return nullptr;
  }

  void ReadQuota(AccountId, RunId, std::function<void(Result<runtime::QuotaReport>)>) override {}

  void WorkflowsChanged() override {}

  void AccountChanged(AccountId) override {}

  std::optional<ports::InboxItem> stored;
  std::optional<Json> carried;
};

class AtOnce : public ports::Executor {
 public:
  void Post(std::function<void()> task) override { task(); }

  void PostAt(WallTime, std::function<void()>) override {}
};

class Delivery : public edge::Exchange {
 public:
  explicit Delivery(std::string_view body) { request_.body = body; }

  const edge::Request& request() const override { return request_; }

  void Answer(edge::Reply reply) override { status = reply.status; }

  void AnswerWithin(Millis, edge::Reply) override {}

  void SetRoute(std::string) override {}

  int status = 0;

 private:
  edge::Request request_;
};

/// What stands behind the door: one account, whose webhook is registered.
struct House {
  House() {
    ports::Account account;
    account.id = AccountId(7);
    account.connector = "aircall";
    account.state = ports::AccountState::kActive;
    account.webhook.hook_id = kHook;
    account.webhook.token_hash = Sha256(kToken);
    Must(accounts.Insert(account).ok(), "the account can be stored");
  }

  const PlainExpressions expressions{};
  const std::unique_ptr<connector::Library> connectors =
      connector::Library::Load(embedded::ConnectorFiles(), {}, expressions).value();
  testing::FakeClock clock;
  testing::MemoryAccountStore accounts;
  AtOnce workers;
  IdGenerator ids{1};
  Inbox inbox;
  edge::HookDirectory hooks{accounts, workers, clock};
  Metrics metrics;
  runtime::LoginGuard guard{"http", clock, metrics};
  edge::WebhookIntake intake{{hooks, inbox, *connectors, workers, clock, ids, guard}};
};

void CheckStored(const House& house) {
  const connector::Connector& aircall = *house.connectors->FindConnector("aircall");
  const ports::InboxItem& item = *house.inbox.stored;
  Must(item.dedupe.size() == 32, "an event has an identity");
  if (!house.inbox.carried) return Must(item.event == "unreadable", "what is not read is kept");

  const auto again = connector::ReadWebhook(aircall, item.body);
  Must(again.ok(), "what is stored can be read again");
  Must(again->dedupe == item.dedupe, "as the same event");
  Must(again->token.empty(), "without its token");
  Must(again->data == *house.inbox.carried, "with the same data");

  const auto event = runtime::ToCloudEvent(item, &aircall);
  Must(event.ok(), "it is a CloudEvent");
  const Json json = core::event::ToJson(*event);
  Must(ParseJson(DumpJson(json)).ok(), "which can be sent");
}

}  // namespace

void Try(std::string_view input) {
  static House house;
  house.inbox.stored.reset();
  const auto delivery = std::make_shared<Delivery>(input);
  house.intake.Take(delivery, "aircall", kHook);
  Must(delivery->status == 200 || delivery->status == 401 || delivery->status == 429,
       "it is taken, or its sender is not proven, and has to wait after many of these");
  Must((delivery->status == 200) == house.inbox.stored.has_value(), "200 means stored");
  if (house.inbox.stored) CheckStored(house);
}

}  // namespace sb::fuzz
