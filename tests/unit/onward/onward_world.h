#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/accounts/onward_delivery.h"
#include "engine/accounts/onward_notice.h"
#include "engine/accounts/onward_replay.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/base/encoding.h"
#include "engine/ports/secret_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/glass_vault.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_event_feed.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_onward_store.h"
#include "tests/support/memory_secret_store.h"

namespace sb::testing {

inline const adapters::jq::JqExpressions& JqOfOnward() {
  static const adapters::jq::JqExpressions kJq;
  return kJq;
}

inline const connector::Library& LibraryOfOnward() {
  static const auto kLibrary =
      connector::Library::Load(embedded::ConnectorFiles(), {}, JqOfOnward()).value();
  return *kLibrary;
}

inline constexpr Slot kOnwardSlot = 17;
inline constexpr const char* kOnwardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An account of acme whose events go to a receiver that the test plays.
class OnwardWorld : public ::testing::Test {
 protected:
  using Pace = accounts::OnwardDelivery::Pace;

  void SetUp() override {
    ports::Account account;
    account.id = account_;
    account.slot = kOnwardSlot;
    account.tenant = "acme";
    account.connector = "aircall";
    account.state = ports::AccountState::kActive;
    ASSERT_THAT(accounts_.Insert(account), IsOk());
    Keep("hook", kOnwardSecret);
    Keep("segment", "the write key");
    Answer(200);
    EXPECT_THAT(notice_.RunOnce(), IsOk());  // from here on
  }

  void Keep(const std::string& name, const std::string& value) {
    const auto sealed = vault_.Seal(Secret(value), ports::SecretContext("acme", name));
    ASSERT_THAT(secrets_.Put({"acme", name, sealed.value(), clock_.Now()}), IsOk());
  }

  void Answer(int status, ports::HttpHeaders headers = {}) {
    http_.SetWorld([=](const ports::HttpRequest&) {
      return ports::HttpResponse{status, headers, "{\"success\": true}"};
    });
  }

  ports::Destination Add(const std::string& sink, Json settings,
                         std::map<std::string, std::string> secrets,
                         core::onward::EventChoice choice = {}) {
    ports::Destination destination;
    destination.id = ids_.Next<ports::DestinationTag>(clock_.Now());
    destination.slot = kOnwardSlot;
    destination.account = account_;
    destination.name = sink + ToText(RunId(destination.id.number()));
    destination.sink = sink;
    destination.settings = std::move(settings);
    destination.secrets = std::move(secrets);
    destination.choice = std::move(choice);
    destination.since = clock_.Now();
    destination.created_at = clock_.Now();
    EXPECT_THAT(destinations_.Create(destination), IsOk());
    return destination;
  }

  ports::Destination AddHook(core::onward::EventChoice choice = {}) {
    return Add("http", {{"url", "https://receiver.example/hook"}}, {{"signing_secret", "hook"}},
               std::move(choice));
  }

  /// Something happens to a call, and is noticed.
  EventId Tell(const std::string& event, std::int64_t call, Json more = Json::object()) {
    Json data = {{"id", call}, {"direction", "inbound"}};
    data.update(more);
    ports::InboxItem item;
    item.slot = kOnwardSlot;
    item.account = account_;
    item.id = ids_.Next<EventTag>(clock_.Now());
    item.dedupe = ToText(item.id);
    item.event = "io.aircall." + event;
    item.entity = "calls";
    item.entity_id = std::to_string(call);
    item.received_at = clock_.Now();
    item.body = DumpJson({{"resource", event.substr(0, event.find('.'))},
                          {"event", event},
                          {"timestamp", 1790676300},
                          {"token", ""},
                          {"data", data}});
    EXPECT_THAT(inbox_.Append({item}), IsOk());
    EXPECT_THAT(notice_.RunOnce(), IsOk());
    return item.id;
  }

  /// Sends all that is due now.
  void Send() {
    for (int steps = 0; steps < 100; ++steps) {
      const auto due = delivery_.Due({}).value();
      if (due.empty()) return;
      bool went = false;
      for (const ports::Destination& destination : due)
        went = delivery_.Step(destination) == Pace::kMore || went;
      if (!went) return;
    }
    ADD_FAILURE() << "it never comes to an end";
  }

  std::vector<ports::Delivery> Log(ports::DestinationId destination) {
    auto listed = deliveries_.List({destination, {}}, {0, 1000}).value().items;
    std::ranges::reverse(listed);
    return listed;
  }

  /// The ids under which events arrived, in order.
  std::vector<std::string> Arrived() const {
    std::vector<std::string> ids;
    for (const ports::HttpRequest& request : http_.sent())
      ids.push_back(Header(request, "webhook-id"));
    return ids;
  }

  static std::string Header(const ports::HttpRequest& request, const std::string& name) {
    for (const auto& [key, value] : request.headers) {
      if (key == name) return value;
    }
    return {};
  }

  FakeClock clock_;
  IdGenerator ids_{1};
  Metrics metrics_;
  MemoryDatabase database_;
  MemoryAccountStore accounts_;
  MemoryInboxStore inbox_{database_};
  MemoryEventFeed feed_{database_};
  MemorySecretStore secrets_;
  GlassVault vault_;
  MemoryOnward onward_;
  MemoryDestinationStore destinations_{onward_};
  MemoryDeliveryStore deliveries_{onward_, database_};
  FakeHttpClient http_;
  AccountId account_{1001};
  int rung_ = 0;
  runtime::NamedSecrets named_secrets_{{accounts_, secrets_, vault_, JqOfOnward()}};
  accounts::OnwardNotice notice_{{destinations_, deliveries_, accounts_, feed_, LibraryOfOnward(),
                                  JqOfOnward(), clock_, [this] { ++rung_; }}};
  accounts::OnwardDelivery delivery_{{destinations_, deliveries_, accounts_, named_secrets_, http_,
                                      LibraryOfOnward(), JqOfOnward(), clock_, ids_, metrics_,
                                      [] { return std::vector<Slot>{kOnwardSlot}; }}};
};

}  // namespace sb::testing
