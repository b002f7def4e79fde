#include "engine/api/event_publication.h"

#include <algorithm>
#include <utility>

#include "engine/api/json_mapping.h"
#include "engine/base/encoding.h"
#include "engine/core/event/publication.h"
#include "engine/ports/clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

constexpr std::size_t kMostEventIdBytes = 128;
constexpr std::size_t kMostTextBytes = 255;
constexpr std::size_t kMostDataBytes = 1024 * 1024;

bool IsTypePart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

std::optional<Failure> Check(const v1::CloudEvent& event) {
  if (event.id().empty() || event.id().size() > kMostEventIdBytes)
    return WrongField("event.id", "must be 1 to 128 bytes: your own id of the event");
  const std::string& type = event.type();
  if (type.empty() || type.size() > kMostTextBytes || !std::ranges::all_of(type, IsTypePart)) {
    return WrongField("event.type",
                      "must be 1 to 255 letters, digits, '.', '-' and '_', such as "
                      "com.example.order.placed");
  }
  for (const char* ours : {"io.serverlessworkflow.", "dev.switchboard."}) {
    if (type.starts_with(ours))
      return WrongField("event.type",
                        std::string("must not begin with ") + ours + ": these are ours");
  }
  if (event.subject().size() > kMostTextBytes)
    return WrongField("event.subject", "must be at most 255 bytes");
  return {};
}

}  // namespace

std::variant<ports::InboxItem, Failure> ToInboxItem(const Dependencies& deps,
                                                    const ports::Account& account,
                                                    const v1::CloudEvent& event) {
  if (auto wrong = Check(event)) return std::move(*wrong);
  ports::InboxItem item;
  item.received_at = deps.clock.Now();
  item.occurred_at = item.received_at;
  if (event.has_time()) {
    item.occurred_at = WallTime(std::chrono::seconds(event.time().seconds()) +
                                std::chrono::microseconds(event.time().nanos() / 1000));
  }
  item.body = core::event::ToBody({event.id(), "/accounts/" + ToText(account.id), event.type(),
                                   event.subject(), *item.occurred_at, ToJson(event.data())});
  if (item.body.size() > kMostDataBytes + kMostEventIdBytes + 4 * kMostTextBytes) {
    return Failure(Invalid("EVENT_TOO_LARGE",
                           "the data is larger than 1 MiB as JSON: store it elsewhere and publish "
                           "where it lies"));
  }
  item.slot = account.slot;
  item.account = account.id;
  item.id = deps.ids.Next<struct EventTag>(item.received_at);
  item.dedupe = Sha256("api/" + event.id());
  item.source = ports::InboxSource::kApi;
  item.event = event.type();
  const auto slash = event.subject().find('/');
  item.entity = event.subject().substr(0, slash);
  if (slash != std::string::npos) item.entity_id = event.subject().substr(slash + 1);
  return item;
}

}  // namespace sb::api
