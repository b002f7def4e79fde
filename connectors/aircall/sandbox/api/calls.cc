#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/life/call_steps.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

bool IsOn(const Visit& visit, const char* flag) {
  const std::string value = visit.query.GetOr(flag, "false");
  return value == "true" || value == "1";
}

CallView ViewOf(const Visit& visit) {
  return {.contact = IsOn(visit, "fetch_contact"),
          .short_urls = IsOn(visit, "fetch_short_urls"),
          .timeline = IsOn(visit, "fetch_call_timeline"),
          .ai_agents = IsOn(visit, "fetch_aiva_conv")};
}

Reply ListFiltered(Visit& visit, const CallFilter& filter) {
  const auto query = ListQueryOf(visit);
  if (!query.ok()) return RefusalReply(query.error());
  CallPainter painter(visit.world(), ViewOf(visit), visit.stage.call_parts);
  return ListReply(visit, {.key = "calls"}, *query, visit.world().ListCalls(filter, *query),
                   [&](const Call& call) { return painter.Draw(call); });
}

void ReadTags(const Visit& visit, CallFilter& filter) {
  std::vector<std::string> sent = visit.query.All("tags[]");
  const std::vector<std::string> bare = visit.query.All("tags");
  sent.insert(sent.end(), bare.begin(), bare.end());
  for (const std::string& text : sent) {
    const auto id = ParseInteger(text);
    if (id) filter.tag_ids.push_back(*id);
    if (!id) filter.matches_nothing = true;  // "1,2" finds nothing (doc).
  }
}

CallFilter FilterOf(const Visit& visit) {
  CallFilter filter;
  if (const auto direction = visit.query.Get("direction")) {
    filter.direction = *direction == "outbound" ? Direction::kOutbound : Direction::kInbound;
    filter.matches_nothing = *direction != "inbound" && *direction != "outbound";
  }
  if (const auto user = visit.query.Get("user_id")) {
    filter.user_id = ParseInteger(*user).value_or(0);
  }
  filter.phone_number = visit.query.Get("phone_number");
  ReadTags(visit, filter);
  return filter;
}

Reply CallReply(Visit& visit, const Result<Call>& call) {
  if (!call.ok()) return RefusalReply(call.error());
  CallPainter painter(visit.world(), ViewOf(visit), visit.stage.call_parts);
  return ObjectReply(200, "call", painter.Draw(*call));
}

Reply ListCalls(Visit& visit) {
  return ListFiltered(visit, {});
}

Reply SearchCalls(Visit& visit) {
  return ListFiltered(visit, FilterOf(visit));
}

Reply GetCall(Visit& visit) {
  return CallReply(visit, visit.world().calls().Get(visit.Id(0)));
}

Reply Archive(Visit& visit) {
  return CallReply(visit, visit.world().ArchiveCall(visit.Id(0), true));
}

Reply Unarchive(Visit& visit) {
  return CallReply(visit, visit.world().ArchiveCall(visit.Id(0), false));
}

// The body of a 201 here is nowhere shown (doc), so that a client had better not read it.
Reply AddComment(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const auto comment = visit.world().CommentCall(visit.Id(0), TextMember(*body, "content"));
  return comment.ok() ? EmptyReply(201) : RefusalReply(comment.error());
}

Reply AddTags(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  std::vector<std::int64_t> tag_ids;
  for (const Json& id : Member(*body, "tags")) {
    tag_ids.push_back(id.is_number_integer() ? id.get<std::int64_t>() : 0);
  }
  const Status status = visit.world().TagCall(visit.Id(0), tag_ids);
  return status.ok() ? EmptyReply(201) : RefusalReply(status.error());
}

std::optional<std::int64_t> IdMember(const Json& body, const char* name) {
  const Json& id = Member(body, name);
  if (id.is_number_integer()) return id.get<std::int64_t>();
  if (id.is_string()) return ParseInteger(id.get<std::string>()).value_or(0);
  return {};
}

Reply DoneReply(const Status& status, int good) {
  return status.ok() ? EmptyReply(good) : RefusalReply(status.error());
}

/// How a team is rung: the sandbox rings its first user either way.
Status CheckStrategy(const Json& body) {
  const Json& strategy = Member(body, "dispatching_strategy");
  if (strategy.is_null()) return {};
  if (Member(body, "team_id").is_null()) {
    return Refused("dispatching_strategy is for a transfer to a team");
  }
  for (const char* known : {"simultaneous", "random", "longest_idle"}) {
    if (strategy == known) return {};
  }
  return Refused("dispatching_strategy is none of simultaneous, random, longest_idle");
}

Reply TransferCall(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  if (Status status = CheckStrategy(*body); !status.ok()) return RefusalReply(status.error());
  const TransferPlan transfer = TransferTo(visit.world().directory(), IdMember(*body, "user_id"),
                                           IdMember(*body, "team_id"), TextMember(*body, "number"));
  return DoneReply(visit.world().TransferCall(visit.Id(0), transfer), 204);
}

Reply PauseRecording(Visit& visit) {
  return DoneReply(visit.world().PauseRecording(visit.Id(0), true), 204);
}

Reply ResumeRecording(Visit& visit) {
  return DoneReply(visit.world().PauseRecording(visit.Id(0), false), 204);
}

template <AssetKind kKind>
Reply DeleteAsset(Visit& visit) {
  return DoneReply(visit.world().DeleteAsset(visit.Id(0), kKind),
                   visit.switches().GetNumber(Switch::kAssetDeleteStatus));
}

Status CheckCard(const Json& item) {
  const std::string type = TextMember(item, "type");
  if (type != "title" && type != "shortText" && type != "user") {
    return Refused("contents: type is none of title, shortText, user");
  }
  if (type == "user") {
    return Member(item, "user_id").is_number_integer() ? Status()
                                                       : Refused("contents: user_id is missing");
  }
  return TextMember(item, "text").empty() ? Refused("contents: text is missing") : Status();
}

// Nothing is known of the body of the answer.
Reply ShowInsightCard(Visit& visit) {
  constexpr std::size_t kMost = 10 * 1024;
  if (visit.request.body.size() >= kMost) return RefusalReply(Refused("The card is over 10 KB"));
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const Json& contents = Member(*body, "contents");
  if (!contents.is_array() || contents.empty()) {
    return RefusalReply(Refused("contents is missing: send a list of cards"));
  }
  for (const Json& item : contents) {
    if (Status status = CheckCard(item); !status.ok()) return RefusalReply(status.error());
  }
  return DoneReply(visit.world().ShowInsightCard(visit.Id(0), visit.request.body),
                   visit.switches().GetNumber(Switch::kInsightCardStatus));
}

// Seen in an old PHP client only; answered like the other flags of a call.
Reply LinkCall(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const std::string link = TextMember(*body, "link");
  if (link.empty()) return RefusalReply(Refused("link is missing"));
  return CallReply(visit, visit.world().LinkCall(visit.Id(0), link));
}

constexpr Route kCallRoutes[] = {
    {"GET", "/v1/calls", Access::kCompany, ListCalls, "calls of the last six months"},
    {"GET", "/v1/calls/search", Access::kCompany, SearchCalls, "calls, filtered"},
    {"GET", "/v1/calls/:id", Access::kCompany, GetCall, "one call"},
    {"POST", "/v1/calls/:id/comments", Access::kCompany, AddComment, "add a note"},
    {"POST", "/v1/calls/:id/tags", Access::kCompany, AddTags, "add tags by id"},
    {"PUT", "/v1/calls/:id/archive", Access::kCompany, Archive, "flag as archived"},
    {"PUT", "/v1/calls/:id/unarchive", Access::kCompany, Unarchive, "take the flag off"},
    {"POST", "/v1/calls/:id/transfers", Access::kCompany, TransferCall,
     "to a user, a team or a number"},
    {"POST", "/v1/calls/:id/pause_recording", Access::kCompany, PauseRecording, "pause"},
    {"POST", "/v1/calls/:id/resume_recording", Access::kCompany, ResumeRecording, "go on"},
    {"DELETE", "/v1/calls/:id/recording", Access::kCompany, DeleteAsset<AssetKind::kRecording>,
     "delete the recording"},
    {"DELETE", "/v1/calls/:id/voicemail", Access::kCompany, DeleteAsset<AssetKind::kVoicemail>,
     "delete the voicemail"},
    {"POST", "/v1/calls/:id/insight_cards", Access::kCompany, ShowInsightCard,
     "show cards to the agent"},
    {"POST", "/v1/calls/:id/link", Access::kCompany, LinkCall, "legacy: set a link"},
};

}  // namespace

std::span<const Route> CallRoutes() {
  return kCallRoutes;
}

}  // namespace sb::aircall::sandbox
