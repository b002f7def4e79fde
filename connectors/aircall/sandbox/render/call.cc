#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/call_parts.h"
#include "connectors/aircall/sandbox/render/doc_object.h"
#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/media.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

using Url = std::optional<std::string>;

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

Url LinkOrNothing(const World& world, const Call& call, AssetKind kind) {
  if (!call.AssetKey(kind)) return {};
  return AssetLink(world, call, kind);
}

Url ShortUrl(const World& world, const Call& call, AssetKind kind) {
  if (!call.AssetKey(kind)) return {};
  return ShortAssetLink(world, call, kind);
}

Url AssetUrl(const World& world, const Call& call) {
  if (!call.recording_key && !call.voicemail_key) return {};
  return AssetPage(world, call, call.recording_key ? AssetKind::kRecording : AssetKind::kVoicemail);
}

std::string FullName(const Contact& contact) {
  const std::string first = contact.first_name.value_or("");
  const std::string last = contact.last_name.value_or("");
  return first + (first.empty() || last.empty() ? "" : " ") + last;
}

/// Draws a user as the author of something; null when there is none.
using DrawAuthor = std::function<Doc(std::optional<std::int64_t> id)>;

Doc CommentsDoc(const Call& call, const DrawAuthor& author) {
  Doc list = Doc::array();
  for (const Comment& comment : call.comments) {
    list.push_back(ObjectOf("id", comment.id, "content", comment.content, "posted_at",
                            UnixSeconds(comment.posted_at), "posted_by",
                            author(comment.author_id)));
  }
  return list;
}

Doc TagsDoc(const World& world, const Call& call, const DrawAuthor& author) {
  Doc list = Doc::array();
  for (const CallTag& each : call.tags) {
    const auto tag = world.tags().Get(each.tag_id);
    if (!tag.ok()) continue;
    Doc tagged_by = author(each.author_id);
    if (tagged_by.is_null()) tagged_by = Doc::object();  // When no person tagged it (live).
    list.push_back(ObjectOf("id", tag->id, "name", tag->name, "tagged_by", std::move(tagged_by),
                            "tagged_at", UnixSeconds(each.tagged_at)));
  }
  return list;
}

/// Who takes part: the other party, then our users in the order in which they spoke.
Doc ParticipantsDoc(const World& world, const Call& call, const Contact* contact) {
  Doc list = Doc::array();
  if (!call.answered_at) return list;
  const std::string phone = DisplayPhone(call.external);
  if (contact != nullptr) {
    list.push_back(ObjectOf("type", "contact", "id", contact->id, "name", FullName(*contact),
                            "phone_number", phone));
  } else {
    list.push_back(ObjectOf("type", "external", "phone_number", phone));
  }
  for (const std::int64_t id : call.talker_ids) {
    const User* user = world.directory().FindUser(id);
    if (user == nullptr) continue;
    list.push_back(ObjectOf("type", "user", "id", user->id, "name", user->name));
  }
  return list;
}

Doc IvrOptionsDoc(const Call& call) {
  Doc list = Doc::array();
  for (const IvrOption& each : call.ivr_options) {
    list.push_back({{"id", each.id},
                    {"title", each.title},
                    {"key", each.key},
                    {"branch", each.branch},
                    {"created_at", ToRfc3339(each.started_at)},
                    {"transition_started_at", ToRfc3339(each.started_at)},
                    {"transition_ended_at", ToRfc3339(each.ended_at)}});
  }
  return list;
}

/// The menu's choices are kept for two months (doc).
bool HasTimeline(const World& world, const Call& call) {
  return call.started_at > world.Now() - std::chrono::months(2);
}

Doc TeamsDoc(const World& world, const Call& call) {
  Doc list = Doc::array();
  for (const Team& team : world.directory().teams) {
    const bool through =
        std::find(call.team_ids.begin(), call.team_ids.end(), team.id) != call.team_ids.end();
    if (through) list.push_back(TeamDoc(world, team));
  }
  return list;
}

/// The keys that both wires share, up to and with `cost`.
Doc Beginning(const World& world, const Call& call, const char* sid_key) {
  constexpr std::size_t kMembers = 36;  // With all that follows.
  Doc doc = RoomyObject(kMembers);
  AppendAll(doc, "id", call.id, sid_key, call.sid, "direct_link",
            world.settings().base_url + "/v1/calls/" + std::to_string(call.id), "direction",
            call.direction == Direction::kInbound ? "inbound" : "outbound", "status",
            NameOf(call.status), "missed_call_reason", OrNull(call.missed_reason), "started_at",
            UnixSeconds(call.started_at), "answered_at", SecondsOrNull(call.answered_at),
            "ended_at", SecondsOrNull(call.ended_at), "duration", DurationOf(world, call), "cost",
            call.cost);
  return doc;
}

/// Voicemail, recording and their page, with the short links or without.
void AddAssets(Doc& doc, const World& world, const Call& call, bool short_urls) {
  const auto add = [&](AssetKind kind, const char* key, const char* short_key) {
    Append(doc, key, OrNull(LinkOrNothing(world, call, kind)));
    if (short_urls) Append(doc, short_key, OrNull(ShortUrl(world, call, kind)));
  };
  add(AssetKind::kVoicemail, "voicemail", "voicemail_short_url");
  add(AssetKind::kRecording, "recording", "recording_short_url");
  Append(doc, "asset", OrNull(AssetUrl(world, call)));
  Append(doc, "raw_digits", DisplayPhone(call.external));
}

/// The events that carry `automatic_callback_call_id` (doc).
bool TellsOfCallback(std::string_view event) {
  static constexpr std::array<std::string_view, 6> kEvents = {"call.created",  "call.answered",
                                                              "call.hungup",   "call.ended",
                                                              "call.assigned", "call.archived"};
  return std::find(kEvents.begin(), kEvents.end(), event) != kEvents.end();
}

/// What stands in some events only.
void AddOwnKeys(Doc& doc, const Call& call, std::string_view event) {
  if (event == "call.external_transferred") {
    Append(doc, "external_transferred_to", call.external_transfer);
    Append(doc, "external_caller_number", call.external);
  }
  if (event == "call.ivr_option_selected") Append(doc, "ivr_options_selected", IvrOptionsDoc(call));
  if (call.callback_of && TellsOfCallback(event)) {
    Append(doc, "automatic_callback_call_id", *call.callback_of);
  }
}

}  // namespace

CallPainter::CallPainter(const World& world, const CallView& view, CallParts& parts)
    : world_(world), view_(view), parts_(parts) {
  const Switches& switches = world.settings().switches;
  view_.short_urls = view.short_urls || switches.Is(Switch::kShortUrlKeys, "always");
  parts_.Suit(switches, world.settings().base_url);
}

Doc CallPainter::Draw(const Call& call) {
  const Contact* contact = world_.contacts().FindByPhone(call.external);
  Doc doc = Beginning(world_, call, "sid");
  AddAssets(doc, world_, call, view_.short_urls);
  Append(doc, "user", UserPart(call.user_id));
  // Null without fetch_contact, even when the contact is known (doc, met by clients).
  const bool shown = view_.contact && contact != nullptr;
  Append(doc, "contact", shown ? ContactDoc(world_, *contact, Wire::kRest) : Doc(nullptr));
  Append(doc, "assigned_to", UserPart(call.assigned_to));
  Append(doc, "transferred_by", UserPart(call.transferred_by));
  Append(doc, "transferred_to", UserPart(call.transferred_to));
  Append(doc, "number", NumberPart(call.number_id));
  Append(doc, "archived", call.archived);
  Doc teams = Doc::array();
  for (const std::int64_t id : call.team_ids) {
    if (Doc team = TeamPart(id); !team.is_null()) teams.push_back(std::move(team));
  }
  Append(doc, "teams", std::move(teams));
  const DrawAuthor author = [&](std::optional<std::int64_t> id) { return AuthorPart(id); };
  Append(doc, "comments", CommentsDoc(call, author));
  Append(doc, "tags", TagsDoc(world_, call, author));
  Append(doc, "conference_participants", ParticipantsDoc(world_, call, contact));
  Append(doc, "country_code_a2", OrNull(CountryOfPhone(call.external)));
  Append(doc, "pricing_type", OrNull(call.pricing_type));
  if (view_.timeline) {
    Append(doc, "ivr_options_selected",
           HasTimeline(world_, call) ? IvrOptionsDoc(call) : Doc::array());
  }
  if (view_.ai_agents) Append(doc, "ai_voice_agents", Doc::array());
  return doc;
}

Doc CallPainter::UserPart(std::optional<std::int64_t> id) {
  const User* user = world_.directory().FindUser(id.value_or(0));
  if (user == nullptr) return nullptr;
  return CallParts::Get(parts_.users, user->id, *user,
                        [&] { return UserDoc(world_, *user, UserShape::kInCall); });
}

Doc CallPainter::AuthorPart(std::optional<std::int64_t> id) {
  const User* user = world_.directory().FindUser(id.value_or(0));
  if (user == nullptr) return nullptr;
  return CallParts::Get(parts_.authors, user->id, *user,
                        [&] { return UserDoc(world_, *user, UserShape::kAbridged); });
}

Doc CallPainter::NumberPart(std::int64_t id) {
  const Number* number = world_.directory().FindNumber(id);
  if (number == nullptr) return nullptr;
  return CallParts::Get(parts_.numbers, id, *number,
                        [&] { return NumberDoc(world_, *number, NumberShape::kInCall); });
}

Doc CallPainter::TeamPart(std::int64_t id) {
  const auto& teams = world_.directory().teams;
  const auto team =
      std::find_if(teams.begin(), teams.end(), [&](const Team& each) { return each.id == id; });
  if (team == teams.end()) return nullptr;
  CallParts::TeamSource source{*team, {}};
  for (const std::int64_t user_id : team->user_ids) {
    const User* user = world_.directory().FindUser(user_id);
    if (user != nullptr) source.users.push_back(*user);
  }
  return CallParts::Get(parts_.teams, id, source, [&] { return TeamDoc(world_, *team); });
}

Doc CallDoc(const World& world, const Call& call, const CallView& view) {
  CallParts parts;
  return CallPainter(world, view, parts).Draw(call);
}

Doc CallEventDoc(const World& world, const Call& call, const CallNews& news) {
  const Number* number = world.directory().FindNumber(call.number_id);
  const Contact* contact = world.contacts().FindByPhone(call.external);
  Doc doc = Beginning(world, call, "call_uuid");
  Append(doc, "hangup_cause", call.hangup_cause.empty() ? Doc(nullptr) : Doc(call.hangup_cause));
  AddAssets(doc, world, call, call.recording_key || call.voicemail_key);
  const auto add_user = [&](const char* key, const User* user) {
    if (user != nullptr) Append(doc, key, UserDoc(world, *user, UserShape::kAbridged));
  };
  const Directory& directory = world.directory();
  add_user("user", news.user);
  if (contact != nullptr) Append(doc, "contact", ContactDoc(world, *contact, Wire::kEvent));
  add_user("assigned_to", directory.FindUser(call.assigned_to.value_or(0)));
  add_user("transferred_by", directory.FindUser(call.transferred_by.value_or(0)));
  add_user("transferred_to", directory.FindUser(call.transferred_to.value_or(0)));
  AddOwnKeys(doc, call, news.event);
  if (number != nullptr) Append(doc, "number", NumberDoc(world, *number, NumberShape::kInEvent));
  Append(doc, "archived", call.archived);
  Append(doc, "teams", TeamsDoc(world, call));
  const DrawAuthor author = [&](std::optional<std::int64_t> id) {
    const User* user = directory.FindUser(id.value_or(0));
    return user == nullptr ? Doc(nullptr) : UserDoc(world, *user, UserShape::kAbridged);
  };
  Append(doc, "comments", CommentsDoc(call, author));
  Append(doc, "tags", TagsDoc(world, call, author));
  if (call.answered_at) Append(doc, "participants", ParticipantsDoc(world, call, contact));
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
