#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render.h"
#include "connectors/aircall/sandbox/text.h"

namespace sb::aircall::sandbox {
namespace {

using Url = std::optional<std::string>;

Doc OrNull(const Url& value) {
  return value ? Doc(*value) : Doc(nullptr);
}

Doc SecondsOrNull(const std::optional<WallTime>& when) {
  return when ? Doc(UnixSeconds(*when)) : Doc(nullptr);
}

const char* NameOf(CallStatus status) {
  switch (status) {
    case CallStatus::kInitial:
      return "initial";
    case CallStatus::kAnswered:
      return "answered";
    case CallStatus::kDone:
      return "done";
  }
  return "";
}

std::int64_t DurationOf(const World& world, const Call& call) {
  if (!call.ended_at) return 0;
  const bool talk = world.settings().switches.Is(Switch::kDuration, "talk");
  const WallTime from = talk && call.answered_at ? *call.answered_at : call.started_at;
  return UnixSeconds(*call.ended_at) - UnixSeconds(from);
}

Url FileUrl(const char* kind, const Url& key) {
  if (!key) return {};
  return std::string("https://recordings.example.net/") + kind + "-" + *key + ".mp3?expires=3600";
}

Url ShortUrl(const Url& key) {
  if (!key) return {};
  return "https://short-urls.aircall.io/v1/" + *key;
}

Url AssetUrl(const Call& call) {
  if (!call.recording_key && !call.voicemail_key) return {};
  return "https://assets.aircall.io/calls/" + std::to_string(call.id) +
         (call.recording_key ? "/recording" : "/voicemail");
}

std::string FullName(const Contact& contact) {
  const std::string first = contact.first_name.value_or("");
  const std::string last = contact.last_name.value_or("");
  return first + (first.empty() || last.empty() ? "" : " ") + last;
}

Doc CommentsDoc(const World& world, const Call& call) {
  Doc list = Doc::array();
  for (const Comment& comment : call.comments) {
    const User* author = world.directory().FindUser(comment.author_id.value_or(0));
    list.push_back(
        {{"id", comment.id},
         {"content", comment.content},
         {"posted_at", UnixSeconds(comment.posted_at)},
         {"posted_by",
          author == nullptr ? Doc(nullptr) : UserDoc(world, *author, UserShape::kAbridged)}});
  }
  return list;
}

Doc TagsDoc(const World& world, const Call& call) {
  Doc list = Doc::array();
  for (const CallTag& each : call.tags) {
    const auto tag = world.tags().Get(each.tag_id);
    if (!tag.ok()) continue;
    list.push_back({{"id", tag->id},
                    {"name", tag->name},
                    {"tagged_by", Doc::object()},  // Not tagged by a person (live).
                    {"tagged_at", UnixSeconds(each.tagged_at)}});
  }
  return list;
}

Doc ParticipantsDoc(const Call& call, const Contact* contact, const User* user) {
  Doc list = Doc::array();
  const std::string phone = DisplayPhone(call.external);
  if (contact != nullptr) {
    list.push_back({{"type", "contact"},
                    {"id", contact->id},
                    {"name", FullName(*contact)},
                    {"phone_number", phone}});
  } else {
    list.push_back({{"type", "external"}, {"phone_number", phone}});
  }
  if (user != nullptr) list.push_back({{"type", "user"}, {"id", user->id}, {"name", user->name}});
  return list;
}

/// The keys that both wires share, up to and with `raw_digits`.
Doc Beginning(const World& world, const Call& call, const char* sid_key) {
  return {{"id", call.id},
          {sid_key, call.sid},
          {"direct_link", world.settings().base_url + "/v1/calls/" + std::to_string(call.id)},
          {"direction", call.direction == Direction::kInbound ? "inbound" : "outbound"},
          {"status", NameOf(call.status)},
          {"missed_call_reason", OrNull(call.missed_reason)},
          {"started_at", UnixSeconds(call.started_at)},
          {"answered_at", SecondsOrNull(call.answered_at)},
          {"ended_at", SecondsOrNull(call.ended_at)},
          {"duration", DurationOf(world, call)},
          {"cost", "0.0"},
          {"voicemail", OrNull(FileUrl("voicemail", call.voicemail_key))},
          {"recording", OrNull(FileUrl("call", call.recording_key))},
          {"asset", OrNull(AssetUrl(call))},
          {"raw_digits", DisplayPhone(call.external)}};
}

}  // namespace

Doc CallDoc(const World& world, const Call& call, const CallView& view) {
  const User* user = world.directory().FindUser(call.user_id.value_or(0));
  const Number* number = world.directory().FindNumber(call.number_id);
  const Contact* contact = world.contacts().FindByPhone(call.external);
  Doc doc = Beginning(world, call, "sid");
  if (view.short_urls) {
    doc["recording_short_url"] = OrNull(ShortUrl(call.recording_key));
    doc["voicemail_short_url"] = OrNull(ShortUrl(call.voicemail_key));
  }
  doc["user"] = user == nullptr ? Doc(nullptr) : UserDoc(world, *user, UserShape::kInCall);
  // Null without fetch_contact, even when the contact is known (doc, met by clients).
  const bool shown = view.contact && contact != nullptr;
  doc["contact"] = shown ? ContactDoc(world, *contact, Wire::kRest) : Doc(nullptr);
  for (const char* key : {"assigned_to", "transferred_by", "transferred_to"}) doc[key] = nullptr;
  doc["number"] = NumberDoc(world, *number, NumberShape::kInCall);
  doc["archived"] = call.archived;
  doc["teams"] = Doc::array();
  doc["comments"] = CommentsDoc(world, call);
  doc["tags"] = TagsDoc(world, call);
  doc["conference_participants"] = Doc::array();
  doc["country_code_a2"] = OrNull(CountryOfPhone(call.external));
  doc["pricing_type"] = nullptr;
  return doc;
}

Doc CallEventDoc(const World& world, const Call& call, const User* user) {
  const Number* number = world.directory().FindNumber(call.number_id);
  const Contact* contact = world.contacts().FindByPhone(call.external);
  Doc doc = Beginning(world, call, "call_uuid");
  doc["hangup_cause"] = nullptr;
  if (call.recording_key) doc["recording_short_url"] = *ShortUrl(call.recording_key);
  if (call.voicemail_key) doc["voicemail_short_url"] = *ShortUrl(call.voicemail_key);
  if (user != nullptr) doc["user"] = UserDoc(world, *user, UserShape::kAbridged);
  if (contact != nullptr) doc["contact"] = ContactDoc(world, *contact, Wire::kEvent);
  doc["number"] = NumberDoc(world, *number, NumberShape::kInEvent);
  doc["archived"] = call.archived;
  doc["teams"] = Doc::array();
  doc["comments"] = CommentsDoc(world, call);
  doc["tags"] = TagsDoc(world, call);
  if (call.answered_at) doc["participants"] = ParticipantsDoc(call, contact, user);
  return doc;
}

std::string EnvelopeText(const Event& event, const std::string& token) {
  const Doc head = {{"resource", event.resource},
                    {"event", event.name},
                    {"timestamp", UnixSeconds(event.at)},
                    {"token", token}};
  std::string text = head.dump();
  text.pop_back();
  return text + ",\"data\":" + event.data + "}";
}

}  // namespace sb::aircall::sandbox
