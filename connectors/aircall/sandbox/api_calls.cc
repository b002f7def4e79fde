#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/listing.h"
#include "connectors/aircall/sandbox/router.h"
#include "connectors/aircall/sandbox/text.h"

namespace sb::aircall::sandbox {
namespace {

bool IsOn(const Visit& visit, const char* flag) {
  const std::string value = visit.query.GetOr(flag, "false");
  return value == "true" || value == "1";
}

CallView ViewOf(const Visit& visit) {
  return {.contact = IsOn(visit, "fetch_contact"), .short_urls = IsOn(visit, "fetch_short_urls")};
}

Reply ListFiltered(Visit& visit, const CallFilter& filter) {
  const auto query = ListQueryOf(visit);
  if (!query.ok()) return RefusalReply(query.error());
  return ListReply(
      visit, {.key = "calls"}, *query, visit.world().ListCalls(filter, *query),
      [&, view = ViewOf(visit)](const Call& call) { return CallDoc(visit.world(), call, view); });
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

Reply CallReply(const Visit& visit, const Result<Call>& call) {
  if (!call.ok()) return RefusalReply(call.error());
  return ObjectReply(200, "call", CallDoc(visit.world(), *call, ViewOf(visit)));
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

constexpr Route kRoutes[] = {
    {"GET", "/v1/calls", Access::kCompany, ListCalls, "calls of the last six months"},
    {"GET", "/v1/calls/search", Access::kCompany, SearchCalls, "calls, filtered"},
    {"GET", "/v1/calls/:id", Access::kCompany, GetCall, "one call"},
    {"POST", "/v1/calls/:id/comments", Access::kCompany, AddComment, "add a note"},
    {"POST", "/v1/calls/:id/tags", Access::kCompany, AddTags, "add tags by id"},
    {"PUT", "/v1/calls/:id/archive", Access::kCompany, Archive, "flag as archived"},
    {"PUT", "/v1/calls/:id/unarchive", Access::kCompany, Unarchive, "take the flag off"},
};

}  // namespace

std::span<const Route> CallRoutes() {
  return kRoutes;
}

}  // namespace sb::aircall::sandbox
