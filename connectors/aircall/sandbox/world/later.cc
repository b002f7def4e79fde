#include "connectors/aircall/sandbox/world/later.h"

#include <array>
#include <cstddef>

#include "connectors/aircall/sandbox/world/exports.h"
#include "connectors/aircall/sandbox/world/messaging.h"
#include "connectors/aircall/sandbox/world/users.h"
#include "connectors/aircall/sandbox/world/voice_agents.h"

namespace sb::aircall::sandbox {

void PlayLater(World& world, const LaterStep& step, WallTime at) {
  using Happening = void (*)(World&, std::int64_t, WallTime);
  // In the order of the enum. Each of them does nothing when what it is about is gone.
  static constexpr std::array<Happening, static_cast<std::size_t>(LaterKind::kCount)> kHappenings =
      {RemoveUser,     TimeOutWrapUp,    MarkMessageSent,  MarkMessageDelivered,
       CompleteExport, DialAsVoiceAgent, EndVoiceAgentCall};
  kHappenings.at(static_cast<std::size_t>(step.kind))(world, step.id, at);
}

}  // namespace sb::aircall::sandbox
