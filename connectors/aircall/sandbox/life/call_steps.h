#pragma once

#include "connectors/aircall/sandbox/life/call_script.h"
#include "connectors/aircall/sandbox/world/call_book.h"
#include "connectors/aircall/sandbox/world/directory.h"
#include "connectors/aircall/sandbox/world/ids.h"

namespace sb::aircall::sandbox {

/// What a step of a call may look at and touch.
struct StepScene {
  Call& call;
  const CallPlan& plan;
  TimedStep step;
  WallTime at;
  CallBook& calls;
  const Directory& directory;
  IdSource& ids;
};

/// What a step does to the call.
void ApplyStep(const StepScene& scene);

/// A transfer as a request says it; a number of the company's own is known as such.
TransferPlan TransferTo(const Directory& directory, std::optional<std::int64_t> user_id,
                        std::optional<std::int64_t> team_id, const std::string& number);

/// Who a call transferred there is with: the user, or the team's first one (doc).
std::optional<std::int64_t> TargetOf(const TransferPlan& transfer, const Directory& directory);

/// What a cold transfer does to the call; `by` is who passes it on.
void ApplyTransfer(Call& call, const TransferPlan& transfer, std::optional<std::int64_t> by,
                   const Directory& directory);

}  // namespace sb::aircall::sandbox
