#pragma once

#include <cstdint>
#include <string>

#include "connectors/aircall/sandbox/world/world.h"
#include "engine/base/json.h"

// Analytics exports: asked for, made after a while, fetched as a file. Refusals are those of
// refusal.h.
namespace sb::aircall::sandbox {

/// Starts an export; its document is the record "analytics_export" under the id answered.
Result<std::string> StartExport(World& world, const Json& wanted);
/// Ends a pending one well: `record_id` is its record's. Done by time.
void CompleteExport(World& world, std::int64_t record_id, WallTime at);
/// Ends it badly, and says so.
Status FailExport(World& world, const std::string& id, const std::string& why);
/// The file behind a download link. Fails with SANDBOX_NOT_FOUND, or, once the link's hour has
/// passed, SANDBOX_NOT_ENTITLED.
Result<std::string> DownloadExport(const World& world, const std::string& id,
                                   const std::string& signature);

}  // namespace sb::aircall::sandbox
