#include "engine/api/recording_mapping.h"

#include "engine/api/json_mapping.h"
#include "engine/base/encoding.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

v1::RecordingPolicy::Keep KeepOf(const core::recordings::Policy& rules) {
  if (rules.recordings)
    return rules.voicemails ? v1::RecordingPolicy::KEEP_BOTH : v1::RecordingPolicy::KEEP_RECORDINGS;
  return rules.voicemails ? v1::RecordingPolicy::KEEP_VOICEMAILS : v1::RecordingPolicy::KEEP_NONE;
}

}  // namespace

// The numbers of the states are the same on both sides.
v1::Recording ToProto(const ports::Recording& recording) {
  v1::Recording proto;
  proto.set_id(ports::ToText(recording.id));
  proto.set_account(ToText(recording.account));
  proto.set_call(recording.call);
  proto.set_kind(recording.kind == core::recordings::Kind::kRecording
                     ? v1::Recording::KIND_RECORDING
                     : v1::Recording::KIND_VOICEMAIL);
  proto.set_state(static_cast<v1::Recording::State>(recording.state));
  proto.set_reason(recording.reason);
  proto.set_attempts(recording.attempts);
  if (recording.state == ports::RecordingState::kWanted)
    *proto.mutable_due_time() = ToTimestamp(recording.due_at);
  proto.set_size(recording.size);
  proto.set_sha256(ToHex(recording.sha256));
  proto.set_content_type(recording.content_type);
  *proto.mutable_create_time() = ToTimestamp(recording.created_at);
  if (recording.kept_at) *proto.mutable_keep_time() = ToTimestamp(*recording.kept_at);
  if (recording.erase_at) *proto.mutable_expire_time() = ToTimestamp(*recording.erase_at);
  if (recording.erased_at) *proto.mutable_erase_time() = ToTimestamp(*recording.erased_at);
  return proto;
}

v1::RecordingPolicy ToProto(const ports::RecordingPolicy& policy) {
  v1::RecordingPolicy proto;
  proto.set_account(ToText(policy.account));
  proto.set_keep(KeepOf(policy.rules));
  proto.set_retain_days(policy.rules.retain_days);
  proto.set_max_bytes(policy.rules.most_bytes);
  return proto;
}

std::optional<ports::RecordingState> ToState(v1::Recording::State state) {
  if (state == v1::Recording::STATE_UNSPECIFIED || !v1::Recording::State_IsValid(state)) return {};
  return static_cast<ports::RecordingState>(state);
}

}  // namespace sb::api
