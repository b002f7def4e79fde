#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/aircall/sandbox/world/world.h"

// The people of a company: how they come and go, and what each of them is doing. Refusals are those
// of refusal.h.
namespace sb::aircall::sandbox {

/// What a create or an update says about a user. An absent member was not sent.
struct UserDraft {
  std::optional<std::string> email{};
  std::optional<std::string> first_name{};
  std::optional<std::string> last_name{};
  std::optional<std::string> availability_status{};
  std::optional<bool> admin{};
  std::optional<Seconds> wrap_up{};
};

/// Invites a user, and makes the contact that comes with one (live).
Result<User> CreateUser(World& world, const UserDraft& draft);
Result<User> UpdateUser(World& world, const std::string& id_or_email, const UserDraft& draft);
/// Has a user removed a moment later: the removal is queued (doc).
Status QueueUserRemoval(World& world, const std::string& id_or_email);
void RemoveUser(World& world, std::int64_t id, WallTime at);

/// What a user does in the agent app.
enum class UserAct { kConnect, kDisconnect, kOpen, kClose, kStartWrapUp, kEndWrapUp };

/// `substatus`: with kClose, the reason chosen; it is told by a second user.closed (doc).
Result<User> ActAsUser(World& world, const std::string& id_or_email, UserAct act,
                       const std::string& substatus = {});
/// Starts the wrap-up time of a user whose call ended; nothing when they have none (doc).
void StartWrapUp(World& world, std::int64_t user_id, WallTime at);
void EndWrapUp(World& world, std::int64_t user_id, WallTime at);
/// Ends it unless it was prolonged beyond `at` meanwhile.
void TimeOutWrapUp(World& world, std::int64_t user_id, WallTime at);

/// The word of /availabilities: available, offline, do_not_disturb, in_call, after_call_work. These
/// are not the words of `availability_status` (doc).
const char* AvailabilityOf(const World& world, const User& user);

/// Click-to-call: the agent dials at once, in real time. Fails with SANDBOX_INVALID when the number
/// is not active or the user not on it, SANDBOX_WRONG_STATE when the user cannot take a call now.
Status ClickToCall(World& world, const std::string& id_or_email, std::int64_t number_id,
                   const std::string& to);
/// Fills the dialler of the agent app, and no more. Fails likewise.
Status FillDialler(World& world, const std::string& id_or_email, const std::string& to);

}  // namespace sb::aircall::sandbox
