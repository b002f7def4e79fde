#include "engine/accounts/account_news.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/memory_account_history.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class News : public ::testing::Test, protected testing::AccountsWorld {
 protected:
  std::vector<std::string> Codes() const {
    std::vector<std::string> codes;
    for (const ports::InboxItem& item : published_)
      codes.push_back(Json::parse(item.body)["data"]["code"]);
    return codes;
  }

  testing::MemoryAccountHistory history_{accounts};
  std::vector<ports::InboxItem> published_;
  std::optional<Error> refusal_;
  std::vector<Slot> slots_;
  accounts::AccountNews news_{
      {.history = history_,
       .clock = clock,
       .ids = ids,
       .our_slots = [this] { return slots_; },
       .publish =
           [this](ports::InboxItem item, const std::function<void(Result<bool>)>& stored) {
             if (refusal_) return stored(*refusal_);
             published_.push_back(std::move(item));
             stored(true);
           }}};
};

TEST_F(News, EveryChangeOfAnAccountBecomesAnEventOnce) {
  const auto account = *ConnectByOAuth();
  slots_ = {account.slot};
  news_.Tell();
  EXPECT_THAT(Codes(), ElementsAre("CONNECT_BEGUN", "CONNECTED"));
  news_.Tell();
  EXPECT_THAT(published_, SizeIs(2));
  far_side.RemoveApp();
  ASSERT_TRUE(connections.Check(account.id).ok());
  news_.Tell();
  EXPECT_THAT(Codes(), ElementsAre("CONNECT_BEGUN", "CONNECTED", "CREDENTIAL_REFUSED"));
}

TEST_F(News, AnEventSaysWhatHappened) {
  const auto account = *ConnectByOAuth();
  slots_ = {account.slot};
  far_side.RemoveApp();
  ASSERT_TRUE(connections.Check(account.id).ok());
  news_.Tell();
  const ports::InboxItem& item = published_.back();
  EXPECT_EQ(item.event, "dev.switchboard.account.state_changed");
  EXPECT_EQ(item.account, account.id);
  EXPECT_EQ(SubjectOf(item), "accounts/" + ToText(account.id));
  const Json body = Json::parse(item.body);
  EXPECT_EQ(body["source"], "/accounts/" + ToText(account.id));
  EXPECT_EQ(body["type"], item.event);
  EXPECT_EQ(body["data"]["from"], "ACTIVE");
  EXPECT_EQ(body["data"]["to"], "NEEDS_REAUTH");
  EXPECT_EQ(body["data"]["by"], "provider");
  EXPECT_EQ(body["data"]["reason"], Stored(account.id).state_reason);
}

TEST_F(News, WhatCannotBeStoredIsToldAnotherTimeAsTheSameEvent) {
  const auto account = *ConnectByOAuth();
  slots_ = {account.slot};
  refusal_ = Unavailable("DATABASE_UNAVAILABLE", "away");
  news_.Tell();
  EXPECT_THAT(published_, IsEmpty());
  refusal_.reset();
  news_.Tell();
  EXPECT_THAT(published_, SizeIs(2));

  const auto changes = history_.List(account.id, {});
  const auto& change = changes->items[0];
  EXPECT_EQ(accounts::ToInboxItem(change, EventId(1), clock.Now()).dedupe,
            accounts::ToInboxItem(change, EventId(2), clock.Now()).dedupe);
  EXPECT_NE(accounts::ToInboxItem(change, EventId(1), clock.Now()).dedupe,
            accounts::ToInboxItem(changes->items[1], EventId(1), clock.Now()).dedupe);
}

TEST_F(News, OfAccountsOfOtherInstancesAreToldByThem) {
  ASSERT_TRUE(ConnectByOAuth().ok());
  news_.Tell();
  EXPECT_THAT(published_, IsEmpty());
}

}  // namespace
}  // namespace sb
