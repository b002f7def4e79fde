#include "engine/runtime/cloud_event.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace sb::runtime {

namespace {

Result<core::event::CloudEvent> ReadPublished(const ports::InboxItem& item) {
  const auto json = ParseJson(item.body);
  if (!json.ok()) return json.error();
  return core::event::ReadCloudEvent(*json, item.id, item.account, item.received_at);
}

}  // namespace

Result<Json> DataOf(const ports::InboxItem& item, const connector::Connector* connector) {
  auto event = ToCloudEvent(item, connector);
  if (!event.ok()) return event.error();
  return std::move(event->data);
}

core::event::CloudEvent ToCloudEvent(const ports::InboxItem& item, Json data) {
  core::event::CloudEvent event;
  event.id = item.id;
  event.account = item.account;
  event.type = item.event;
  event.subject = SubjectOf(item);
  event.time = item.occurred_at.value_or(item.received_at);
  event.data = std::move(data);
  if (item.source == ports::InboxSource::kRecovered) event.attributes["recovered"] = true;
  return event;
}

Result<core::event::CloudEvent> ToCloudEvent(const ports::InboxItem& item,
                                             const connector::Connector* connector) {
  if (item.source == ports::InboxSource::kApi) return ReadPublished(item);
  if (connector == nullptr)
    return Internal("CONNECTOR_UNKNOWN", "the connector of the event's account is not there");
  auto incoming = connector::ReadWebhook(*connector, item.body);
  if (!incoming.ok()) return incoming.error();
  return ToCloudEvent(item, std::move(incoming->data));
}

}  // namespace sb::runtime
