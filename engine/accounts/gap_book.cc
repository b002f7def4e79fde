#include "engine/accounts/gap_book.h"

#include <algorithm>

#include "engine/base/log.h"
#include "engine/core/gaps/blind_window.h"

namespace sb::accounts {

using core::gaps::Blindness;
using ports::Account;
using ports::GapReason;

Result<WallTime> GapBook::BlindSince(const Account& account, GapReason reason) const {
  const auto last = deps_.deliveries.LastDelivery(account.id);
  if (!last.ok()) return last.error();
  const auto watch = deps_.gaps.Watch(account.id);
  if (!watch.ok()) return watch.error();
  const Blindness blindness =
      reason == GapReason::kChanged ? Blindness::kSomethingCame : Blindness::kNothingCame;
  return core::gaps::BlindSince({.blindness = blindness,
                                 .last_delivery = *last,
                                 .last_good = watch->good_at,
                                 .connected_at = account.created_at,
                                 .now = deps_.clock.Now(),
                                 .memory = deps_.memory});
}

Status GapBook::FoundWrong(const Account& account, GapReason reason) {
  const auto from = BlindSince(account, reason);
  if (!from.ok()) return from.error();
  ports::Gap gap;
  gap.found_at = deps_.clock.Now();
  gap.id = deps_.ids.Next<ports::GapTag>(gap.found_at);
  gap.slot = account.slot;
  gap.account = account.id;
  gap.reason = reason;
  gap.from = *from;
  const auto opened = deps_.gaps.Open(gap);
  if (!opened.ok()) return opened.error();
  if (!*opened) return {};
  deps_.metrics.Count("switchboard_gaps_total", {{"reason", ports::ToString(reason)}});
  Log::Warn("gap.found", {{"account", ToText(account.id)},
                          {"gap", ToText(gap.id)},
                          {"reason", ports::ToString(reason)},
                          {"from", ToRfc3339(gap.from)}});
  deps_.begun();
  return {};
}

void GapBook::Subscribed(const Account& account, const std::vector<std::string>& events,
                         WallTime asked_at) {
  auto watch = deps_.gaps.Watch(account.id);
  if (!watch.ok()) return Log::Warn("gap.watch_unread", {{"code", watch.error().code}});
  std::map<std::string, WallTime> since;
  for (const std::string& event : events) {
    const auto known = watch->since.find(event);
    const bool asked_before = std::ranges::count(account.webhook.events, event) > 0;
    if (known != watch->since.end()) {
      since[event] = known->second;
    } else {
      since[event] = asked_before ? account.created_at : asked_at;
    }
  }
  if (since == watch->since) return;
  const Status noted = deps_.gaps.Note(account.slot, {.account = account.id, .since = since});
  if (!noted.ok()) Log::Warn("gap.watch_unwritten", {{"code", noted.error().code}});
}

}  // namespace sb::accounts
