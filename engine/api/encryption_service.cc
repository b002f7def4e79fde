#include "engine/api/encryption_service.h"

#include "engine/accounts/key_rotation.h"
#include "engine/api/progress_stream.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using accounts::EncryptionKey;
using accounts::RotationProgress;
using ports::Role;
using Stream = ProgressStream<v1::RotateEncryptionResponse>;

Outcome Refused(const Caller& caller) {
  const Status all = RequireAllTenants(caller, "the encryption of all tenants");
  return all.ok() ? Outcome() : Outcome(all.error());
}

Outcome ListInto(const Dependencies& deps, const Caller& caller,
                 v1::ListEncryptionKeysResponse& response) {
  if (auto refused = Refused(caller)) return refused;
  const auto keys = deps.key_rotation.Keys();
  if (!keys.ok()) return keys.error();
  for (const EncryptionKey& key : *keys) {
    v1::EncryptionKey& shown = *response.add_keys();
    shown.set_id(key.use.key_id);
    shown.set_current(key.wraps);
    shown.set_loaded(key.here);
    shown.set_data_keys(key.use.data_keys);
    shown.set_early_values(key.use.early_values);
  }
  return {};
}

v1::RotateEncryptionResponse ToResponse(const RotationProgress& progress) {
  v1::RotateEncryptionResponse message;
  message.set_key_id(progress.key_id);
  message.set_total(progress.total);
  message.set_done(progress.done);
  message.set_failed(progress.failed);
  for (const accounts::RotationFailure& failure : progress.failures) {
    v1::EncryptionFailure& shown = *message.add_failures();
    shown.set_subject(failure.what);
    shown.set_code(failure.error.code);
    shown.set_message(failure.error.message);
  }
  return message;
}

/// Asked for anew: others may have moved things, too.
Outcome AddUnused(const Dependencies& deps, v1::RotateEncryptionResponse& message) {
  const auto keys = deps.key_rotation.Keys();
  if (!keys.ok()) return keys.error();
  for (const EncryptionKey& key : *keys) {
    const bool needed = key.wraps || key.use.data_keys > 0 || key.use.early_values > 0;
    if (!needed) message.add_unused_key_ids(key.use.key_id);
  }
  return {};
}

Outcome Rotate(const Dependencies& deps, const Caller& caller, Stream& stream) {
  if (auto refused = Refused(caller)) return refused;
  const auto rotated = deps.key_rotation.Rotate(
      [&](const RotationProgress& progress) { return stream.Send(ToResponse(progress)); });
  if (!rotated.ok()) return rotated.error();
  if (stream.gone()) return {};
  v1::RotateEncryptionResponse last = ToResponse(*rotated);
  if (auto failure = AddUnused(deps, last)) return failure;
  last.set_finished(true);
  stream.Send(std::move(last));
  return {};
}

}  // namespace

grpc::ServerUnaryReactor* EncryptionService::ListEncryptionKeys(
    grpc::CallbackServerContext* context, const v1::ListEncryptionKeysRequest* /*request*/,
    v1::ListEncryptionKeysResponse* response) {
  return gate_.Answer(
      context, {"EncryptionService/ListEncryptionKeys", Role::kAdmin},
      [this, response](const Caller& caller) { return ListInto(deps_, caller, *response); });
}

grpc::ServerWriteReactor<v1::RotateEncryptionResponse>* EncryptionService::RotateEncryption(
    grpc::CallbackServerContext* context, const v1::RotateEncryptionRequest* /*request*/) {
  const auto stream = Stream::Make();
  gate_.Admit(
      *context, {"EncryptionService/RotateEncryption", Role::kAdmin},
      [stream](const grpc::Status& status) { stream->Finish(status); },
      [this, stream](const std::shared_ptr<Call>& call) {
        const Turn turn(rotations_);
        if (!turn.taken()) return stream->End(*call, Turn::Refusal());
        const auto stop = [weak = std::weak_ptr(stream)] {
          if (const auto working = weak.lock()) working->Stop();
        };
        if (!open_.Add(stream, stop)) {
          stop();
          return stream->End(*call, {});
        }
        stream->End(*call, Rotate(deps_, call->caller(), *stream));
      });
  return stream.get();
}

}  // namespace sb::api
