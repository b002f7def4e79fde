#include "engine/api/erasure_mapping.h"

#include "engine/api/json_mapping.h"
#include "engine/base/encoding.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

constexpr int kMostErasureRuns = 100;

v1::Erasure::State StateOf(ports::ErasureState state) {
  switch (state) {
    case ports::ErasureState::kRunning:
      return v1::Erasure::STATE_RUNNING;
    case ports::ErasureState::kWaiting:
      return v1::Erasure::STATE_WAITING;
    case ports::ErasureState::kDone:
      return v1::Erasure::STATE_DONE;
  }
  return v1::Erasure::STATE_UNSPECIFIED;
}

}  // namespace

v1::Erasure ToProto(const ports::Erasure& erasure) {
  v1::Erasure proto;
  proto.set_id(ToText(erasure.id));
  proto.set_state(StateOf(erasure.state));
  proto.set_subject(erasure.kind == ports::ErasureKind::kPerson ? v1::Erasure::SUBJECT_PERSON
                                                                : v1::Erasure::SUBJECT_ACCOUNT);
  proto.set_tenant(erasure.tenant);
  if (!erasure.account.IsNone()) proto.set_account(ToText(erasure.account));
  proto.set_validate_only(erasure.count_only);
  proto.set_fingerprint(ToHex(erasure.fingerprint));
  proto.mutable_counts()->insert(erasure.counts.begin(), erasure.counts.end());
  for (const RunId run : erasure.live_runs) {
    if (proto.live_runs_size() == kMostErasureRuns) break;
    proto.add_live_runs(ToText(run));
  }
  *proto.mutable_create_time() = ToTimestamp(erasure.created_at);
  if (erasure.finished_at) *proto.mutable_finish_time() = ToTimestamp(*erasure.finished_at);
  return proto;
}

}  // namespace sb::api
