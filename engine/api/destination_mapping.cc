#include "engine/api/destination_mapping.h"

#include "engine/api/json_mapping.h"

namespace sb::api {

namespace v1 = switchboard::v1;

namespace {

v1::Destination::State DestinationStateOf(ports::DestinationState state) {
  switch (state) {
    case ports::DestinationState::kActive:
      return v1::Destination::STATE_ACTIVE;
    case ports::DestinationState::kPaused:
      return v1::Destination::STATE_PAUSED;
    case ports::DestinationState::kStopped:
      return v1::Destination::STATE_STOPPED;
  }
  return v1::Destination::STATE_UNSPECIFIED;
}

v1::OnwardDelivery::State DeliveryStateOf(ports::DeliveryState state) {
  switch (state) {
    case ports::DeliveryState::kPending:
      return v1::OnwardDelivery::STATE_PENDING;
    case ports::DeliveryState::kDelivered:
      return v1::OnwardDelivery::STATE_DELIVERED;
    case ports::DeliveryState::kDead:
      return v1::OnwardDelivery::STATE_DEAD;
  }
  return v1::OnwardDelivery::STATE_UNSPECIFIED;
}

}  // namespace

v1::Destination ToProto(const ports::Destination& destination) {
  v1::Destination proto;
  proto.set_id(ports::ToText(destination.id));
  proto.set_account(ToText(destination.account));
  proto.set_name(destination.name);
  proto.set_sink(destination.sink);
  *proto.mutable_settings() = ToStruct(destination.settings);
  for (const auto& [name, of_tenant] : destination.secrets)
    (*proto.mutable_secrets())[name] = of_tenant;
  for (const std::string& type : destination.choice.types) proto.add_event_types(type);
  for (const std::string& number : destination.choice.numbers) proto.add_numbers(number);
  proto.set_state(DestinationStateOf(destination.state));
  proto.set_reason(destination.reason);
  proto.set_failures(destination.failures);
  if (destination.not_before) *proto.mutable_retry_time() = ToTimestamp(*destination.not_before);
  *proto.mutable_create_time() = ToTimestamp(destination.created_at);
  return proto;
}

v1::OnwardDelivery ToProto(const ports::Delivery& delivery) {
  v1::OnwardDelivery proto;
  proto.set_event(ToText(delivery.event));
  proto.set_type(delivery.type);
  proto.set_state(DeliveryStateOf(delivery.state));
  proto.set_tries(delivery.tries);
  if (delivery.state == ports::DeliveryState::kPending)
    *proto.mutable_due_time() = ToTimestamp(delivery.due_at);
  if (delivery.tried_at) *proto.mutable_try_time() = ToTimestamp(*delivery.tried_at);
  proto.set_status(delivery.status);
  proto.set_reason(delivery.reason);
  return proto;
}

v1::Sink ToProto(const connector::Sink& sink) {
  v1::Sink proto;
  proto.set_name(sink.name);
  proto.set_title(sink.title);
  proto.set_docs(sink.docs);
  *proto.mutable_settings_schema() = ToStruct(sink.settings);
  for (const connector::SinkSecret& secret : sink.secrets) {
    v1::Sink::SecretField& field = *proto.add_secrets();
    field.set_name(secret.name);
    field.set_label(secret.label);
    field.set_help(secret.help);
    field.set_required(secret.required);
  }
  return proto;
}

std::optional<ports::DeliveryState> ToState(v1::OnwardDelivery::State state) {
  switch (state) {
    case v1::OnwardDelivery::STATE_PENDING:
      return ports::DeliveryState::kPending;
    case v1::OnwardDelivery::STATE_DELIVERED:
      return ports::DeliveryState::kDelivered;
    case v1::OnwardDelivery::STATE_DEAD:
      return ports::DeliveryState::kDead;
    default:
      return {};
  }
}

}  // namespace sb::api
