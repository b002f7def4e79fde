#include "connectors/aircall/sandbox/world/users.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr Seconds kRemovalTakes{1};  // Chosen by us: "queued" is all the reference says.

/// Both generations of the event at once; v1 carries the user's numbers (live).
void TellUser(World& world, const std::string& event, const User& user, WallTime at) {
  world.Tell({event, "user", at, UserDoc(world, user, UserShape::kV1Event).dump(), {}});
  world.Tell({event + ".v2", "user", at, UserDoc(world, user, UserShape::kV2).dump(), {}});
}

bool IsTaken(const Directory& directory, const std::string& email, std::int64_t own_id) {
  const User* holder = directory.FindUser(email);
  return holder != nullptr && holder->id != own_id;
}

Status CheckDraft(const Directory& directory, const UserDraft& draft, std::int64_t own_id) {
  static constexpr std::array<std::string_view, 3> kWords = {"available", "custom", "unavailable"};
  if (draft.email && draft.email->find('@') == std::string::npos) {
    return Refused("email is not an e-mail address");
  }
  if (draft.email && IsTaken(directory, *draft.email, own_id)) {
    return Refused("email has already been taken");
  }
  if (draft.availability_status &&
      std::find(kWords.begin(), kWords.end(), *draft.availability_status) == kWords.end()) {
    return Refused("availability_status is not one of available, custom, unavailable");
  }
  return {};
}

/// First and last name are joined and not kept apart (doc).
std::string NameFrom(const std::string& name, const UserDraft& draft) {
  const auto space = name.find(' ');
  const std::string first = draft.first_name.value_or(name.substr(0, space));
  const std::string last =
      draft.last_name.value_or(space == std::string::npos ? std::string() : name.substr(space + 1));
  return first + (first.empty() || last.empty() ? "" : " ") + last;
}

/// "004" when three are taken (live).
std::string NextExtension(const Directory& directory) {
  for (int candidate = 1;; ++candidate) {
    std::string text = std::to_string(candidate);
    if (text.size() < 3) text.insert(0, 3 - text.size(), '0');
    const bool taken = std::any_of(directory.users.begin(), directory.users.end(),
                                   [&](const User& each) { return each.extension == text; });
    if (!taken) return text;
  }
}

void SetStatus(User& user, const std::string& status) {
  user.availability_status = status;
  user.available = status != "unavailable";
  user.substatus = status == "unavailable" ? "always_closed" : "always_opened";
}

void Fill(User& user, const UserDraft& draft) {
  user.email = draft.email.value_or(user.email);
  user.name = NameFrom(user.name, draft);
  user.admin = draft.admin.value_or(user.admin);
  user.wrap_up = draft.wrap_up.value_or(user.wrap_up);
}

User& Invite(World& world, const UserDraft& draft) {
  User user;
  user.id = world.ids().Next(IdKind::kUser);
  user.created_at = world.Now();
  user.extension = NextExtension(world.directory());
  Fill(user, draft);
  SetStatus(user, draft.availability_status.value_or("available"));
  user.connected = user.available = false;  // Until the first login (live).
  return world.directory().users.emplace_back(std::move(user));
}

void Close(World& world, User& user, const std::string& substatus) {
  SetStatus(user, "unavailable");
  world.Note("user.closed", user.id);
  TellUser(world, "user.closed", user, world.Now());
  if (substatus.empty()) return;
  user.substatus = substatus;
  TellUser(world, "user.closed", user, world.Now());
}

void Open(World& world, User& user, const std::string& status) {
  SetStatus(user, status);
  world.Note("user.opened", user.id);
  TellUser(world, "user.opened", user, world.Now());
}

void SetConnected(World& world, User& user, bool connected) {
  user.connected = connected;
  // `available` stays true on disconnecting (live).
  if (connected) user.available = user.availability_status != "unavailable";
  const std::string event = connected ? "user.connected" : "user.disconnected";
  world.Note(event.c_str(), user.id);
  TellUser(world, event, user, world.Now());
}

template <typename T>
void TakeOff(std::vector<T>& holders, std::int64_t user_id) {
  for (T& each : holders) std::erase(each.user_ids, user_id);
}

Result<User*> ReadyUser(World& world, const std::string& id_or_email) {
  User* user = world.directory().FindUser(id_or_email);
  if (user == nullptr) return UnknownId("User");
  if (std::string_view(AvailabilityOf(world, *user)) != "available") {
    return WrongState("The user is currently unavailable");  // Wording: doc, code.
  }
  return user;
}

bool IsOnLine(const Number& line, std::int64_t user_id) {
  return std::find(line.user_ids.begin(), line.user_ids.end(), user_id) != line.user_ids.end();
}

}  // namespace

Result<User> CreateUser(World& world, const UserDraft& draft) {
  if (!draft.email || IsBlank(*draft.email)) return Refused("email is missing");
  if (Status status = CheckDraft(world.directory(), draft, 0); !status.ok()) return status.error();
  User& user = Invite(world, draft);
  world.Note("user.created", user.id);
  TellUser(world, "user.created", user, world.Now());
  user.contact_id = world
                        .AdoptContact({.first_name = draft.first_name,
                                       .last_name = draft.last_name,
                                       .emails = {{0, "Work", user.email}}})
                        .id;
  return user;
}

Result<User> UpdateUser(World& world, const std::string& id_or_email, const UserDraft& draft) {
  User* user = world.directory().FindUser(id_or_email);
  if (user == nullptr) return UnknownId("User");
  Status status = CheckDraft(world.directory(), draft, user->id);
  if (!status.ok()) return status.error();
  Fill(*user, draft);
  world.Note("user.updated", user->id);
  // Whether a status set through the API is told like one set in the app: chosen by us.
  if (draft.availability_status && *draft.availability_status != user->availability_status) {
    if (*draft.availability_status == "unavailable") {
      Close(world, *user, "");
    } else {
      Open(world, *user, *draft.availability_status);
    }
  }
  return *user;
}

Status QueueUserRemoval(World& world, const std::string& id_or_email) {
  const User* user = world.directory().FindUser(id_or_email);
  if (user == nullptr) return UnknownId("User");
  world.Note("user.removal_queued", user->id);
  world.Later(world.Now() + kRemovalTakes, {LaterKind::kUserRemoved, user->id});
  return {};
}

void RemoveUser(World& world, std::int64_t id, WallTime at) {
  Directory& directory = world.directory();
  const User* found = directory.FindUser(id);
  if (found == nullptr) return;
  const User last = *found;
  world.Note("user.deleted", id);
  TellUser(world, "user.deleted", last, at);
  TakeOff(directory.numbers, id);
  TakeOff(directory.teams, id);
  std::erase_if(directory.users, [&](const User& each) { return each.id == id; });
  if (!last.contact_id) return;
  // Fails when somebody deleted the contact before, which is as well.
  [[maybe_unused]] const Status status = world.RemoveContact(*last.contact_id);
}

Result<User> ActAsUser(World& world, const std::string& id_or_email, UserAct act,
                       const std::string& substatus) {
  User* user = world.directory().FindUser(id_or_email);
  if (user == nullptr) return UnknownId("User");
  switch (act) {
    case UserAct::kConnect:
    case UserAct::kDisconnect:
      SetConnected(world, *user, act == UserAct::kConnect);
      break;
    case UserAct::kOpen:
      Open(world, *user, "available");
      break;
    case UserAct::kClose:
      Close(world, *user, substatus);
      break;
    case UserAct::kStartWrapUp:
      StartWrapUp(world, user->id, world.Now());
      break;
    case UserAct::kEndWrapUp:
      EndWrapUp(world, user->id, world.Now());
      break;
  }
  return *user;
}

void StartWrapUp(World& world, std::int64_t user_id, WallTime at) {
  User* user = world.directory().FindUser(user_id);
  if (user == nullptr || user->wrap_up <= Seconds(0)) return;
  user->wrap_up_until = at + user->wrap_up;
  world.Note("user.wut_start", user_id);
  TellUser(world, "user.wut_start", *user, at);
  world.Later(*user->wrap_up_until, {LaterKind::kWrapUpOver, user_id});
}

void EndWrapUp(World& world, std::int64_t user_id, WallTime at) {
  User* user = world.directory().FindUser(user_id);
  if (user == nullptr || !user->wrap_up_until) return;
  user->wrap_up_until.reset();
  world.Note("user.wut_end", user_id);
  TellUser(world, "user.wut_end", *user, at);
}

void TimeOutWrapUp(World& world, std::int64_t user_id, WallTime at) {
  const User* user = world.directory().FindUser(user_id);
  if (user != nullptr && user->wrap_up_until && *user->wrap_up_until <= at) {
    EndWrapUp(world, user_id, at);
  }
}

const char* AvailabilityOf(const World& world, const User& user) {
  if (!user.connected) return "offline";
  if (world.IsOnCall(user.id)) return "in_call";
  if (user.wrap_up_until) return "after_call_work";
  return user.available ? "available" : "do_not_disturb";
}

Status ClickToCall(World& world, const std::string& id_or_email, std::int64_t number_id,
                   const std::string& to) {
  const User* user = world.directory().FindUser(id_or_email);
  if (user == nullptr) return UnknownId("User");
  const Number* line = world.directory().FindLine(number_id);
  if (line == nullptr || !IsOnLine(*line, user->id)) {
    return Refused("number_id is not a number of this user");
  }
  if (line->registration != "active") return Refused("The number is not active");
  if (!IsPhone(to)) return Refused("to is not a phone number: write it as +16175550142");
  if (const auto ready = ReadyUser(world, id_or_email); !ready.ok()) return ready.error();
  const auto call = world.PlaceCall({.direction = Direction::kOutbound,
                                     .number_id = number_id,
                                     .external = to,
                                     .user_id = user->id},
                                    Pace::kReal);
  return call.ok() ? Status() : Status(call.error());
}

Status FillDialler(World& world, const std::string& id_or_email, const std::string& to) {
  const auto user = ReadyUser(world, id_or_email);
  if (!user.ok()) return user.error();
  if (!IsPhone(to)) return Refused("to is not a phone number: write it as +16175550142");
  world.Note("user.dialler_filled", (*user)->id);
  return {};
}

}  // namespace sb::aircall::sandbox
