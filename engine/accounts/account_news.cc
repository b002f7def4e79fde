#include "engine/accounts/account_news.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/core/event/publication.h"

namespace sb::accounts {
namespace {

constexpr int kMostAtOnce = 100;

Json DataOf(const ports::AccountChange& change) {
  Json data = {{"account", ToText(change.account)},
               {"to", ports::ToString(change.to)},
               {"code", change.code},
               {"reason", change.reason},
               {"by", change.by}};
  if (change.from) data["from"] = ports::ToString(*change.from);
  return data;
}

}  // namespace

ports::InboxItem ToInboxItem(const ports::AccountChange& change, EventId id, WallTime now) {
  const std::string account = ToText(change.account);
  const std::string own_id = account + "/" + std::to_string(change.revision);
  ports::InboxItem item;
  item.slot = change.slot;
  item.account = change.account;
  item.id = id;
  item.dedupe = Sha256("account_change/" + own_id);
  item.source = ports::InboxSource::kApi;
  item.event = kStateChanged;
  item.entity = "accounts";
  item.entity_id = account;
  item.occurred_at = change.at;
  item.received_at = now;
  item.body = core::event::ToBody({own_id, "/accounts/" + account, kStateChanged,
                                   "accounts/" + account, change.at, DataOf(change)});
  return item;
}

void AccountNews::Tell() {
  const auto untold = deps_.history.Untold(deps_.our_slots(), kMostAtOnce);
  if (!untold.ok()) return Log::Warn("account.news_unread", {{"code", untold.error().code}});
  for (const ports::AccountChange& change : *untold) {
    const WallTime now = deps_.clock.Now();
    deps_.publish(ToInboxItem(change, deps_.ids.Next<struct EventTag>(now), now),
                  [this, change](const Result<bool>& stored) {
                    if (!stored.ok()) return;
                    if (!deps_.history.MarkTold(change.account, change.revision).ok())
                      Log::Info("account.news_told_again", {{"account", ToText(change.account)}});
                  });
  }
}

}  // namespace sb::accounts
