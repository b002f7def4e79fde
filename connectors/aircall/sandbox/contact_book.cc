#include "connectors/aircall/sandbox/contact_book.h"

#include <algorithm>
#include <cctype>

#include "connectors/aircall/sandbox/refusal.h"
#include "connectors/aircall/sandbox/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::size_t kMaxDetails = 20;

const char* NameOf(DetailKind kind) {
  return kind == DetailKind::kPhone ? "phone_numbers" : "emails";
}

Status CheckDetail(DetailKind kind, const Detail& detail) {
  if (IsBlank(detail.label)) return Refused(std::string(NameOf(kind)) + ": label is missing");
  if (IsBlank(detail.value)) return Refused(std::string(NameOf(kind)) + ": value is missing");
  if (kind == DetailKind::kPhone && !IsPhone(detail.value)) {
    return Refused("phone_numbers: value is not a phone number; write it as +16175550142");
  }
  if (kind == DetailKind::kEmail && detail.value.find('@') == std::string::npos) {
    return Refused("emails: value is not an e-mail address");
  }
  return {};
}

Status CheckDetails(DetailKind kind, const std::vector<Detail>& details) {
  if (details.size() > kMaxDetails) {
    return Refused(std::string(NameOf(kind)) + ": at most 20 are allowed");
  }
  for (const Detail& detail : details) {
    if (Status status = CheckDetail(kind, detail); !status.ok()) return status;
  }
  return {};
}

Status CheckNew(const ContactDraft& draft) {
  if (draft.phones.empty())
    return Refused("phone_numbers is missing: a contact needs one at least");
  if (Status status = CheckDetails(DetailKind::kPhone, draft.phones); !status.ok()) return status;
  return CheckDetails(DetailKind::kEmail, draft.emails);
}

using Scalar = std::optional<std::string>;

/// Calls `visit(contact member, draft member, name)` for each scalar field.
template <typename Visit>
void EachScalar(Contact& contact, const ContactDraft& draft, const Visit& visit) {
  visit(contact.first_name, draft.first_name, "first_name");
  visit(contact.last_name, draft.last_name, "last_name");
  visit(contact.company_name, draft.company_name, "company_name");
  visit(contact.information, draft.information, "information");
}

bool SameIgnoringCase(const std::string& left, const std::string& right) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

bool HoldsPhone(const Contact& contact, const std::string& digits) {
  return std::any_of(contact.phones.begin(), contact.phones.end(),
                     [&](const Detail& each) { return PhoneDigits(each.value) == digits; });
}

bool Matches(const Contact& contact, const ContactFilter& filter) {
  if (filter.phone_number && !HoldsPhone(contact, PhoneDigits(*filter.phone_number))) return false;
  return !filter.email ||
         std::any_of(contact.emails.begin(), contact.emails.end(), [&](const Detail& each) {
           return SameIgnoringCase(each.value, *filter.email);
         });
}

}  // namespace

Result<Contact> ContactBook::Create(const ContactDraft& draft, WallTime now) {
  if (Status status = CheckNew(draft); !status.ok()) return status.error();
  Contact contact;
  contact.id = ids_.Next(IdKind::kContact);
  contact.created_at = contact.updated_at = now;
  EachScalar(contact, draft, [](Scalar& kept, const Scalar& sent, const char*) {
    if (sent && !IsBlank(*sent)) kept = sent;
  });
  for (const DetailKind kind : {DetailKind::kPhone, DetailKind::kEmail}) {
    for (const Detail& detail : kind == DetailKind::kPhone ? draft.phones : draft.emails) {
      contact.Details(kind).push_back({ids_.Next(IdKind::kDetail), detail.label, detail.value});
    }
  }
  contacts_.emplace(contact.id, contact);
  return contact;
}

Result<Contact> ContactBook::Update(std::int64_t id, const ContactDraft& draft, WallTime now) {
  const auto found = Find(id);
  if (!found.ok()) return found.error();
  Contact changed = **found;
  const char* blank = nullptr;
  EachScalar(changed, draft, [&](Scalar& kept, const Scalar& sent, const char* name) {
    if (!sent) return;
    if (IsBlank(*sent)) blank = name;
    kept = sent;
  });
  if (blank != nullptr) return Refused(std::string(blank) + " may not be blank");
  changed.updated_at = now;  // Moves even when nothing differs (live).
  **found = changed;
  return changed;
}

Result<Contact> ContactBook::Remove(std::int64_t id) {
  const auto found = Find(id);
  if (!found.ok()) return found.error();
  Contact last = std::move(**found);
  contacts_.erase(id);
  return last;
}

Result<Detail> ContactBook::AddDetail(std::int64_t id, DetailKind kind, const Detail& draft,
                                      WallTime now) {
  const auto found = Find(id);
  if (!found.ok()) return found.error();
  if (Status status = CheckDetail(kind, draft); !status.ok()) return status.error();
  std::vector<Detail>& details = (*found)->Details(kind);
  if (details.size() >= kMaxDetails) {
    return Refused(std::string(NameOf(kind)) + ": at most 20 are allowed");
  }
  details.push_back({ids_.Next(IdKind::kDetail), draft.label, draft.value});
  (*found)->updated_at = now;
  return details.back();
}

Result<Detail> ContactBook::ChangeDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                                         const Detail& draft, WallTime now) {
  const auto found = Find(id);
  if (!found.ok()) return found.error();
  std::vector<Detail>& details = (*found)->Details(kind);
  const auto detail = std::find_if(details.begin(), details.end(),
                                   [&](const Detail& each) { return each.id == detail_id; });
  if (detail == details.end()) return UnknownId("Detail");
  const Detail changed{detail_id, draft.label.empty() ? detail->label : draft.label,
                       draft.value.empty() ? detail->value : draft.value};
  if (Status status = CheckDetail(kind, changed); !status.ok()) return status.error();
  *detail = changed;
  (*found)->updated_at = now;
  return changed;
}

Status ContactBook::RemoveDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                                 WallTime now) {
  const auto found = Find(id);
  if (!found.ok()) return found.error();
  const auto removed = std::erase_if((*found)->Details(kind),
                                     [&](const Detail& each) { return each.id == detail_id; });
  if (removed == 0) return UnknownId("Detail");
  (*found)->updated_at = now;
  return {};
}

Result<Contact> ContactBook::Get(std::int64_t id) const {
  const auto found = contacts_.find(id);
  if (found == contacts_.end()) return UnknownId("Contact");
  return found->second;
}

Page<Contact> ContactBook::List(const ContactFilter& filter, const ListQuery& query) const {
  std::vector<const Contact*> matching;
  for (const auto& [id, contact] : contacts_) {
    if (Matches(contact, filter)) matching.push_back(&contact);
  }
  const TimeOf<Contact> created = [](const Contact& each) { return each.created_at; };
  const TimeOf<Contact> updated = [](const Contact& each) { return each.updated_at; };
  return TakePage<Contact>(std::move(matching), query, WindowRule::kFromOn, created,
                           query.by_update ? updated : created);
}

const Contact* ContactBook::FindByPhone(const std::string& phone) const {
  const std::string digits = PhoneDigits(phone);
  if (digits.empty()) return nullptr;
  const auto found = std::find_if(contacts_.begin(), contacts_.end(), [&](const auto& each) {
    return HoldsPhone(each.second, digits);
  });
  return found == contacts_.end() ? nullptr : &found->second;
}

Result<Contact*> ContactBook::Find(std::int64_t id) {
  const auto found = contacts_.find(id);
  if (found == contacts_.end()) return UnknownId("Contact");
  return &found->second;
}

}  // namespace sb::aircall::sandbox
