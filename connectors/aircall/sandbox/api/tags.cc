#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"

namespace sb::aircall::sandbox {
namespace {

Reply TagReply(int status, const Result<Tag>& tag) {
  if (!tag.ok()) return RefusalReply(tag.error());
  return ObjectReply(status, "tag", TagDoc(*tag));
}

Reply ListTags(Visit& visit) {
  const auto query = ListQueryOf(visit);
  if (!query.ok()) return RefusalReply(query.error());
  return ListReply(visit, {.key = "tags"}, *query, visit.world().tags().List(*query), TagDoc);
}

Reply GetTag(Visit& visit) {
  return TagReply(200, visit.world().tags().Get(visit.Id(0)));
}

// A sent `description` is ignored and comes back null (live).
Reply CreateTag(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const int status = visit.world().switches().GetNumber(Switch::kTagCreateStatus);
  return TagReply(status,
                  visit.world().CreateTag(TextMember(*body, "name"), TextMember(*body, "color")));
}

Reply UpdateTag(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const auto sent = [&](const char* name) {
    return body->contains(name) ? std::optional(TextMember(*body, name)) : std::nullopt;
  };
  return TagReply(200, visit.world().UpdateTag(visit.Id(0), sent("name"), sent("color")));
}

Reply DeleteTag(Visit& visit) {
  const Status status = visit.world().RemoveTag(visit.Id(0));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

constexpr Route kTagRoutes[] = {
    {"GET", "/v1/tags", Access::kCompany, ListTags, "tags"},
    {"GET", "/v1/tags/:id", Access::kCompany, GetTag, "one tag"},
    {"POST", "/v1/tags", Access::kCompany, CreateTag, "create a tag"},
    {"PUT", "/v1/tags/:id", Access::kCompany, UpdateTag, "rename or recolour"},
    {"DELETE", "/v1/tags/:id", Access::kCompany, DeleteTag, "delete, also from all calls"},
};

}  // namespace

std::span<const Route> TagRoutes() {
  return kTagRoutes;
}

}  // namespace sb::aircall::sandbox
