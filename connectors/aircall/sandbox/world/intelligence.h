#pragma once

#include <span>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/world.h"
#include "engine/base/json.h"

// Conversation intelligence: what the paid add-on knows of a call.
namespace sb::aircall::sandbox {

/// One thing it can know. A new one is a row in intelligence.cc.
struct IntelligencePart {
  std::string_view name;      ///< The last word of its path, and its collection among the records.
  std::string_view envelope;  ///< Empty: the answer has none.
  std::string_view created;   ///< The event when it appears; empty: none.
  std::string_view updated;   ///< When it is made again; empty: `created` once more.
  std::string_view content;   ///< The member that its maker may give; empty: the whole of it.
  /// What it says of a call when the maker gave nothing.
  Doc (*draw)(const World& world, const Call& call, std::int64_t id);
};

std::span<const IntelligencePart> IntelligenceParts();
/// Null when there is none of that name.
const IntelligencePart* FindIntelligencePart(std::string_view name);

/// Makes the parts that `wanted` names, all but the retired real-time one when it is empty:
/// {"summary": "They agreed on Tuesday", "topics": null} makes two, the first with this content.
/// Tells of each. Fails with SANDBOX_INVALID, or SANDBOX_NOT_FOUND for an unknown call.
Status MakeIntelligence(World& world, std::int64_t call_id, const Json& wanted);

/// What is known of a call. Fails with SANDBOX_NOT_FOUND when it is nothing, and with
/// SANDBOX_NOT_ENTITLED when the company lacks the add-on.
Result<Doc> ReadIntelligence(const World& world, std::int64_t call_id,
                             const IntelligencePart& part);

/// Forgets what was made of a recording that is deleted (doc).
void ForgetIntelligence(World& world, std::int64_t call_id);

}  // namespace sb::aircall::sandbox
