#pragma once

#include <cstdint>

#include "connectors/aircall/sandbox/world/clock.h"

namespace sb::aircall::sandbox {

class World;

/// What can happen by itself, some time after its cause. A new kind is a name here and a row in
/// later.cc.
enum class LaterKind {
  kUserRemoved,
  kWrapUpOver,
  kMessageSent,
  kMessageDelivered,
  kExportDone,
  kAgentDials,
  kAgentHangsUp,
  kCount
};

/// One such thing. A plain value, so that a copy of the world keeps what is to come.
struct LaterStep {
  LaterKind kind = LaterKind::kCount;
  std::int64_t id = 0;  ///< Of the user, message, record or call it happens to.
};

/// Lets it happen; `at` is when it was due.
void PlayLater(World& world, const LaterStep& step, WallTime at);

}  // namespace sb::aircall::sandbox
