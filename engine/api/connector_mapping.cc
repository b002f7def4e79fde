#include "engine/api/connector_mapping.h"

#include "engine/api/json_mapping.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using core::workflow::EffectClass;

v1::Action::Effect EffectOf(EffectClass effect) {
  switch (effect) {
    case EffectClass::kRead:
      return v1::Action::EFFECT_READ;
    case EffectClass::kIdempotent:
      return v1::Action::EFFECT_IDEMPOTENT;
    case EffectClass::kKeyed:
      return v1::Action::EFFECT_KEYED;
    case EffectClass::kVerifiable:
      return v1::Action::EFFECT_VERIFIABLE;
    case EffectClass::kBlind:
      return v1::Action::EFFECT_BLIND;
  }
  return v1::Action::EFFECT_UNSPECIFIED;
}

v1::Action ActionProto(const connector::Action& action) {
  v1::Action proto;
  proto.set_name(action.signature.name);
  proto.set_version(action.signature.version);
  proto.set_title(action.title);
  proto.set_description(action.description);
  proto.set_effect(EffectOf(action.signature.effect));
  *proto.mutable_input_schema() = ToStruct(action.signature.input_schema);
  *proto.mutable_output_schema() = ToStruct(action.output_schema);
  if (!action.example.is_null()) *proto.mutable_example() = ToValue(action.example);
  proto.set_docs_url(action.docs);
  return proto;
}

v1::EventKind EventProto(const connector::EventKind& event) {
  v1::EventKind proto;
  proto.set_type(event.type);
  proto.set_name(event.name);
  proto.set_description(event.description);
  return proto;
}

}  // namespace

v1::Connector ToProto(const connector::Connector& connector) {
  v1::Connector proto;
  proto.set_name(connector.name);
  proto.set_title(connector.title);
  proto.set_oauth(connector.oauth.has_value());
  for (const connector::KeyField& field : connector.key_fields) {
    auto* key_field = proto.add_key_fields();
    key_field->set_name(field.name);
    key_field->set_label(field.label);
    key_field->set_help(field.help);
    key_field->set_secret(field.secret);
  }
  proto.set_action_count(static_cast<int>(connector.actions.size()));
  proto.set_event_count(static_cast<int>(connector.events.size()));
  return proto;
}

v1::Connector ToProtoWhole(const connector::Connector& connector) {
  v1::Connector proto = ToProto(connector);
  for (const auto& [name, action] : connector.actions) *proto.add_actions() = ActionProto(action);
  for (const connector::EventKind& event : connector.events)
    *proto.add_events() = EventProto(event);
  return proto;
}

}  // namespace sb::api
