#include "engine/api/event_mapping.h"

#include "engine/api/json_mapping.h"
#include "engine/runtime/cloud_event.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

v1::Event::Origin OriginOf(ports::InboxSource source) {
  switch (source) {
    case ports::InboxSource::kWebhook:
      return v1::Event::ORIGIN_WEBHOOK;
    case ports::InboxSource::kApi:
      return v1::Event::ORIGIN_API;
    case ports::InboxSource::kRecovered:
      return v1::Event::ORIGIN_RECOVERED;
  }
  return v1::Event::ORIGIN_UNSPECIFIED;
}

}  // namespace

v1::Event ToProto(const ports::InboxItem& item) {
  v1::Event proto;
  proto.set_id(ToText(item.id));
  proto.set_account(ToText(item.account));
  proto.set_type(item.event);
  proto.set_subject(SubjectOf(item));
  proto.set_origin(OriginOf(item.source));
  if (item.occurred_at) *proto.mutable_occur_time() = ToTimestamp(*item.occurred_at);
  *proto.mutable_receive_time() = ToTimestamp(item.received_at);
  return proto;
}

void SetData(const ports::InboxItem& item, const connector::Connector* connector,
             v1::Event& proto) {
  const auto data = runtime::DataOf(item, connector);
  if (data.ok() && data->is_object()) *proto.mutable_data() = ToStruct(*data);
}

v1::DeadLetter ToProto(const ports::DeadLetter& letter) {
  v1::DeadLetter proto;
  *proto.mutable_event() = ToProto(letter.item);
  proto.set_tries(letter.tries);
  proto.set_reason(letter.reason);
  *proto.mutable_bury_time() = ToTimestamp(letter.buried_at);
  return proto;
}

v1::Event ToProtoWhole(const ports::InboxItem& item, const connector::Connector* connector) {
  v1::Event proto = ToProto(item);
  proto.set_body(item.body);
  SetData(item, connector, proto);
  return proto;
}

}  // namespace sb::api
