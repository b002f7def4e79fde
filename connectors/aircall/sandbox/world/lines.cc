#include "connectors/aircall/sandbox/world/lines.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

bool IsWebAddress(const std::string& url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

Status CheckMessages(const LineDraft& draft) {
  const auto kinds = NumberMessageKinds();
  for (const auto& [kind, url] : draft.messages) {
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
      return Refused("messages: " + kind + " is not a kind of message");
    }
    if (!IsWebAddress(url)) return Refused("messages: " + kind + " is not a public URL");
  }
  return {};
}

Status CheckDraft(const World& world, const LineDraft& draft, std::int64_t own_id) {
  if (draft.name && IsBlank(*draft.name)) return Refused("name may not be blank");
  if (draft.priority && *draft.priority && **draft.priority != 0 && **draft.priority != 1) {
    return Refused("priority is not null, 0 or 1");
  }
  if (draft.e164) {
    const Number* holder = world.directory().FindNumberByPhone(*draft.e164);
    if (!IsPhone(*draft.e164)) return Refused("e164 is not a phone number");
    if (holder != nullptr && holder->id != own_id) return Refused("e164 is a number already");
  }
  for (const std::int64_t user_id : draft.user_ids.value_or(std::vector<std::int64_t>{})) {
    if (world.directory().FindUser(user_id) == nullptr) {
      return Refused("user_ids: there is no user " + std::to_string(user_id));
    }
  }
  return CheckMessages(draft);
}

void Fill(Number& line, const LineDraft& draft) {
  line.name = draft.name.value_or(line.name);
  line.priority = draft.priority.value_or(line.priority);
  line.e164 = draft.e164.value_or(line.e164);
  line.country = draft.country.value_or(line.country);
  line.time_zone = draft.time_zone.value_or(line.time_zone);
  line.registration = draft.registration.value_or(line.registration);
  line.records_calls = draft.records_calls.value_or(line.records_calls);
  line.ivr = draft.ivr.value_or(line.ivr);
  line.user_ids = draft.user_ids.value_or(line.user_ids);
  for (const auto& [kind, url] : draft.messages) line.messages[kind] = url;
}

void TellLine(World& world, const char* event, const Number& line) {
  world.Note(event, line.id);
  world.Tell({event, "number", world.Now(), NumberDoc(world, line, NumberShape::kOwnEvent).dump(),
              line.id});
}

}  // namespace

Result<Number> CreateLine(World& world, const LineDraft& draft) {
  if (!draft.e164) return Refused("e164 is missing: the phone number, e.g. +16175550193");
  if (Status status = CheckDraft(world, draft, 0); !status.ok()) return status.error();
  Number line;
  line.id = world.ids().Next(IdKind::kNumber);
  line.created_at = world.Now();
  line.name = *draft.e164;
  line.country = CountryOfPhone(*draft.e164).value_or("US");
  line.time_zone = "Etc/UTC";
  Fill(line, draft);
  world.directory().numbers.push_back(line);
  TellLine(world, "number.created", line);
  return line;
}

Result<Number> UpdateLine(World& world, std::int64_t id, const LineDraft& draft) {
  Number* line = world.directory().FindLine(id);
  if (line == nullptr) return UnknownId("Number");
  if (Status status = CheckDraft(world, draft, id); !status.ok()) return status.error();
  Fill(*line, draft);
  world.Note("number.updated", id);
  return *line;
}

Status RemoveLine(World& world, std::int64_t id) {
  const Number* found = world.directory().FindLine(id);
  if (found == nullptr) return UnknownId("Number");
  Number last = *found;
  last.user_ids.clear();  // The event shows it without users and closed (live).
  last.open = false;
  Directory& directory = world.directory();
  std::erase_if(directory.numbers, [&](const Number& each) { return each.id == id; });
  for (User& user : directory.users) {
    if (user.default_number_id == id) user.default_number_id.reset();
  }
  directory.former_numbers.push_back(last);
  TellLine(world, "number.deleted", last);
  return {};
}

Result<Number> OpenLine(World& world, std::int64_t id, bool open) {
  Number* line = world.directory().FindLine(id);
  if (line == nullptr) return UnknownId("Number");
  line->open = open;
  line->availability_status = "custom";  // Hours by schedule; it stays so on both events (live).
  TellLine(world, open ? "number.opened" : "number.closed", *line);
  return *line;
}

}  // namespace sb::aircall::sandbox
