#include "engine/accounts/gap_news.h"

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/core/event/publication.h"

namespace sb::accounts {
namespace {

Json DataOf(const ports::Gap& gap) {
  return {{"account", ToText(gap.account)},
          {"gap", ToText(gap.id)},
          {"reason", ports::ToString(gap.reason)},
          {"from", ToRfc3339(gap.from)},
          {"to", ToRfc3339(gap.to.value_or(gap.found_at))},
          {"missed", gap.missed()},
          {"recovered", gap.recovered},
          {"open", gap.open},
          {"records", gap.records},
          {"found_at", ToRfc3339(gap.found_at)}};
}

}  // namespace

ports::InboxItem ToInboxItem(const ports::Gap& gap, EventId id, WallTime now) {
  const std::string account = ToText(gap.account);
  const std::string own_id = account + "/" + ToText(gap.id);
  const WallTime closed_at = gap.closed_at.value_or(now);
  ports::InboxItem item;
  item.slot = gap.slot;
  item.account = gap.account;
  item.id = id;
  item.dedupe = Sha256("gap/" + own_id);
  item.source = ports::InboxSource::kApi;
  item.event = kGapClosed;
  item.entity = "accounts";
  item.entity_id = account;
  item.occurred_at = closed_at;
  item.received_at = now;
  item.body = core::event::ToBody(
      {own_id, "/accounts/" + account, kGapClosed, "accounts/" + account, closed_at, DataOf(gap)});
  return item;
}

}  // namespace sb::accounts
