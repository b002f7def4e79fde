#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/contact_body.h"
#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"

namespace sb::aircall::sandbox {
namespace {

Reply ContactReply(const Visit& visit, int status, const Result<Contact>& contact) {
  if (!contact.ok()) return RefusalReply(contact.error());
  return ObjectReply(status, "contact", ContactDoc(visit.world(), *contact, Wire::kRest));
}

Reply ListFiltered(Visit& visit, const ContactFilter& filter) {
  const auto query = ListQueryOf(visit);
  if (!query.ok()) return RefusalReply(query.error());
  const ListShape shape{.key = "contacts", .meta_first = true, .order_by = true, .echo = true};
  return ListReply(
      visit, shape, *query, visit.world().contacts().List(filter, *query),
      [&](const Contact& contact) { return ContactDoc(visit.world(), contact, Wire::kRest); });
}

Reply ListContacts(Visit& visit) {
  return ListFiltered(visit, {});
}

// An unknown filter is ignored and everything comes back (live).
Reply SearchContacts(Visit& visit) {
  ContactFilter filter{.phone_number = visit.query.Get("phone_number"),
                       .email = visit.query.Get("email")};
  const int lag = visit.switches().GetNumber(Switch::kContactSearchLag);
  if (lag > 0) filter.made_by = visit.world().Now() - std::chrono::seconds(lag);
  return ListFiltered(visit, filter);
}

Reply GetContact(Visit& visit) {
  return ContactReply(visit, 200, visit.world().contacts().Get(visit.Id(0)));
}

Reply CreateContact(Visit& visit) {
  const auto draft = ContactDraftOf(visit.request);
  if (!draft.ok()) return RefusalReply(draft.error());
  const int status = visit.switches().GetNumber(Switch::kContactCreateStatus);
  return ContactReply(visit, status, visit.world().CreateContact(*draft));
}

Reply UpdateContact(Visit& visit) {
  const auto draft = ContactDraftOf(visit.request);
  if (!draft.ok()) return RefusalReply(draft.error());
  return ContactReply(visit, 200, visit.world().UpdateContact(visit.Id(0), *draft));
}

Reply DeleteContact(Visit& visit) {
  const Status status = visit.world().RemoveContact(visit.Id(0));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

Reply ReplaceContact(Visit& visit) {
  if (visit.switches().Is(Switch::kContactPut, "404")) return GatewayError(404, "Not Found");
  return UpdateContact(visit);
}

Reply DetailReply(const Visit& visit, int status, DetailKind kind, const Result<Detail>& detail) {
  if (!detail.ok()) return RefusalReply(detail.error());
  if (visit.switches().Is(Switch::kDetailBody, "contact")) {
    return ContactReply(visit, status, visit.world().contacts().Get(visit.Id(0)));
  }
  const char* key = kind == DetailKind::kPhone ? "phone_detail" : "email_detail";
  return ObjectReply(status, key, DetailDoc(*detail));
}

template <DetailKind kKind>
Reply AddDetail(Visit& visit) {
  const auto draft = DetailOf(visit.request);
  if (!draft.ok()) return RefusalReply(draft.error());
  const int status = visit.switches().GetNumber(Switch::kDetailCreateStatus);
  return DetailReply(visit, status, kKind, visit.world().AddDetail(visit.Id(0), kKind, *draft));
}

template <DetailKind kKind>
Reply ChangeDetail(Visit& visit) {
  const auto draft = DetailOf(visit.request);
  if (!draft.ok()) return RefusalReply(draft.error());
  const int status = visit.switches().GetNumber(Switch::kDetailUpdateStatus);
  return DetailReply(visit, status, kKind,
                     visit.world().ChangeDetail(visit.Id(0), kKind, visit.Id(1), *draft));
}

template <DetailKind kKind>
Reply DeleteDetail(Visit& visit) {
  const Status status = visit.world().RemoveDetail(visit.Id(0), kKind, visit.Id(1));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

constexpr Route kContactRoutes[] = {
    {"GET", "/v1/contacts", Access::kCompany, ListContacts, "shared contacts"},
    {"GET", "/v1/contacts/search", Access::kCompany, SearchContacts, "by phone_number or email"},
    {"GET", "/v1/contacts/:id", Access::kCompany, GetContact, "one contact"},
    {"POST", "/v1/contacts", Access::kCompany, CreateContact, "create a contact"},
    {"POST", "/v1/contacts/:id", Access::kCompany, UpdateContact, "change its scalar fields"},
    {"PUT", "/v1/contacts/:id", Access::kCompany, ReplaceContact,
     "no such route unless switched so: updating is POST"},
    {"DELETE", "/v1/contacts/:id", Access::kCompany, DeleteContact, "delete a contact"},
    {"POST", "/v1/contacts/:id/phone_details", Access::kCompany, AddDetail<DetailKind::kPhone>,
     "add a phone number"},
    {"PUT", "/v1/contacts/:id/phone_details/:detail", Access::kCompany,
     ChangeDetail<DetailKind::kPhone>, "change a phone number"},
    {"DELETE", "/v1/contacts/:id/phone_details/:detail", Access::kCompany,
     DeleteDetail<DetailKind::kPhone>, "delete a phone number"},
    {"POST", "/v1/contacts/:id/email_details", Access::kCompany, AddDetail<DetailKind::kEmail>,
     "add an e-mail address"},
    {"PUT", "/v1/contacts/:id/email_details/:detail", Access::kCompany,
     ChangeDetail<DetailKind::kEmail>, "change an e-mail address"},
    {"DELETE", "/v1/contacts/:id/email_details/:detail", Access::kCompany,
     DeleteDetail<DetailKind::kEmail>, "delete an e-mail address"},
};

}  // namespace

std::span<const Route> ContactRoutes() {
  return kContactRoutes;
}

}  // namespace sb::aircall::sandbox
