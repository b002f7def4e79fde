#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/world.h"

// Dialer campaigns: the numbers an agent is to call one after the other. One campaign for each user
// at most. Refusals are those of refusal.h.
namespace sb::aircall::sandbox {

/// The campaign of a user; fails with SANDBOX_NOT_FOUND.
Result<Doc> ReadCampaign(const World& world, const std::string& user);
/// Its numbers, likewise.
Result<Doc> ReadCampaignPhones(const World& world, const std::string& user);
/// Adds the numbers that can be added, to a new campaign when there is none. Answers with a
/// sentence for each of the others: one that is queued already, or no phone number (doc).
Result<std::vector<std::string>> QueuePhones(World& world, const std::string& user,
                                             const std::vector<std::string>& phones);
Status RemoveCampaignPhone(World& world, const std::string& user, std::int64_t phone_id);
Status RemoveCampaign(World& world, const std::string& user);

}  // namespace sb::aircall::sandbox
