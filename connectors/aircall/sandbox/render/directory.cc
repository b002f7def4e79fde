#include <algorithm>
#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/doc_object.h"
#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

std::string Link(const World& world, const char* collection, std::int64_t id) {
  return world.settings().base_url + collection + std::to_string(id);
}

/// `created_at` of users, teams and numbers: whole seconds, with or without ".000" (live).
std::string IsoSeconds(const World& world, WallTime when) {
  std::string text = ToRfc3339(std::chrono::floor<Seconds>(when));
  if (world.switches().Is(Switch::kCreatedAtMillis, "no")) text.replace(text.find('.'), 4, "");
  return text;
}

constexpr std::array<std::string_view, 9> kKinds = {
    "welcome",        "waiting",         "ivr",         "voicemail",   "closed",
    "callback_later", "unanswered_call", "after_hours", "ringing_tone"};

bool IsInEvent(NumberShape shape) {
  return shape == NumberShape::kInEvent || shape == NumberShape::kOwnEvent;
}

Doc MessagesDoc(const Number& number, NumberShape shape) {
  Doc messages = Doc::object();
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (IsInEvent(shape) && i >= 6) break;  // Captures carry the first six (live).
    const std::string kind(kKinds.at(i));
    // A listed number has null for the last four, the copy inside a call has them all (live).
    const bool filled = shape == NumberShape::kInCall || IsInEvent(shape) || i < 5;
    if (const auto own = number.messages.find(kind); own != number.messages.end()) {
      messages[kind] = own->second;
      continue;
    }
    messages[kind] =
        filled ? Doc("https://media.example.net/" + std::to_string(number.id) + "/" + kind + ".mp3")
               : Doc(nullptr);
  }
  return messages;
}

Doc NumbersOf(const World& world, const User& user, NumberShape shape) {
  Doc numbers = Doc::array();
  for (const Number& number : world.directory().numbers) {
    const auto& ids = number.user_ids;
    if (std::find(ids.begin(), ids.end(), user.id) == ids.end()) continue;
    numbers.push_back(NumberDoc(world, number, shape));
  }
  return numbers;
}

Doc UsersOf(const World& world, const std::vector<std::int64_t>& ids, UserShape shape) {
  Doc users = Doc::array();
  for (const std::int64_t id : ids) {
    const User* user = world.directory().FindUser(id);
    if (user != nullptr) users.push_back(UserDoc(world, *user, shape));
  }
  return users;
}

}  // namespace

std::span<const std::string_view> NumberMessageKinds() {
  return kKinds;
}

Doc CompanyDoc(const World& world) {
  const Directory& directory = world.directory();
  return {{"name", directory.company.name},
          {"users_count", directory.users.size()},
          {"numbers_count", directory.numbers.size()}};
}

Doc IntegrationDoc(const World& world, const Integration& integration) {
  Doc doc = {{"name", world.app().client().name},
             {"custom_name", nullptr},
             {"logo", nullptr},
             {"company_id", world.directory().company.id},
             {"status", "installed"},
             {"active", integration.active},
             {"number_ids", integration.number_ids},
             {"numbers_count", integration.number_ids.size()}};
  if (const User* user = world.directory().FindUser(integration.user_id)) {
    doc["user"] = {{"id", user->id}, {"name", user->name}, {"email", user->email}};
  }
  return doc;
}

Doc IntegrationDeletedDoc(const World& world, const Integration& integration) {
  return {{"integration_id", integration.id}, {"company_id", world.directory().company.id}};
}

Doc UserDoc(const World& world, const User& user, UserShape shape) {
  const bool v2 = shape == UserShape::kV2;
  const bool abridged = shape == UserShape::kAbridged;
  Doc doc = {{"id", user.id},
             {"direct_link", Link(world, v2 ? "/v2/users/" : "/v1/users/", user.id)},
             {"name", user.name},
             {"email", user.email}};
  if (shape != UserShape::kInTeam) doc["available"] = user.available;
  doc["availability_status"] = user.availability_status;
  const bool event = shape == UserShape::kV1Event;
  if (v2 || event || shape == UserShape::kV1Alone) doc["substatus"] = user.substatus;
  if (!abridged) {
    doc["created_at"] = IsoSeconds(world, user.created_at);
    doc["time_zone"] = user.time_zone;
  }
  doc["language"] = user.language;
  doc["wrap_up_time"] = user.wrap_up.count();
  if (abridged) return doc;
  doc["extension"] = user.extension;
  doc["state"] = user.substatus;
  if (v2 || shape == UserShape::kInTeam) doc["default_number_id"] = OrNull(user.default_number_id);
  if (shape == UserShape::kV1Listed || shape == UserShape::kV1Alone) {
    doc["numbers"] = NumbersOf(world, user, NumberShape::kListed);
  }
  if (event) doc["numbers"] = NumbersOf(world, user, NumberShape::kInEvent);
  return doc;
}

Doc NumberDoc(const World& world, const Number& number, NumberShape shape) {
  const bool event = IsInEvent(shape);
  Doc doc = {{"id", number.id},
             {"direct_link", Link(world, "/v1/numbers/", number.id)},
             {"name", number.name},
             {"digits", DisplayPhone(number.e164)}};
  if (event) doc["e164_digits"] = number.e164;
  if (!event) doc["created_at"] = IsoSeconds(world, number.created_at);
  doc["country"] = number.country;
  doc["time_zone"] = number.time_zone;
  doc["open"] = number.open;
  doc["availability_status"] = number.availability_status;
  doc["is_ivr"] = number.ivr;
  doc["live_recording_activated"] = number.records_calls;
  // The same number has priority 0 in the list and null inside a call (live).
  if (!event)
    doc["priority"] = shape == NumberShape::kInCall ? Doc(nullptr) : OrNull(number.priority);
  doc["messages"] = MessagesDoc(number, shape);
  if (shape == NumberShape::kInCall || shape == NumberShape::kOfUser)
    doc["flow_editor_enabled"] = false;
  if (shape == NumberShape::kAlone || shape == NumberShape::kOwnEvent) {
    doc["users"] = UsersOf(world, number.user_ids, UserShape::kAbridged);
  }
  return doc;
}

Doc TeamDoc(const World& world, const Team& team) {
  return {{"id", team.id},
          {"name", team.name},
          {"direct_link", Link(world, "/v1/teams/", team.id)},
          {"created_at", IsoSeconds(world, team.created_at)},
          {"users", UsersOf(world, team.user_ids, UserShape::kInTeam)}};
}

Doc TagDoc(const Tag& tag) {
  return {{"id", tag.id},
          {"name", tag.name},
          {"color", tag.color},
          {"description", tag.description ? Doc(*tag.description) : Doc(nullptr)}};
}

Doc WebhookDoc(const World& world, const Webhook& webhook, bool with_id) {
  Doc doc = Doc::object();
  if (with_id) doc["id"] = webhook.id;
  doc["webhook_id"] = webhook.uuid;
  doc["direct_link"] = world.settings().base_url + "/v1/webhooks/" + webhook.uuid;
  doc["url"] = webhook.url;
  doc["active"] = webhook.active;
  doc["events"] = webhook.events;  // In their own order, not in the order sent (live).
  doc["token"] = webhook.token;
  doc["created_at"] = ToRfc3339(webhook.created_at);
  return doc;
}

}  // namespace sb::aircall::sandbox
