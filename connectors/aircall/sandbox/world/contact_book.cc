#include "connectors/aircall/sandbox/world/contact_book.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

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

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return text;
}

/// The keys of a contact in the index of one kind of details, each once.
std::set<std::string> KeysOf(const Contact& contact, DetailKind kind) {
  std::set<std::string> keys;
  const bool phone = kind == DetailKind::kPhone;
  for (const Detail& each : phone ? contact.phones : contact.emails) {
    keys.insert(phone ? PhoneDigits(each.value) : LowerCase(each.value));
  }
  return keys;
}

void Insert(std::vector<std::int64_t>& ids, std::int64_t id) {
  ids.insert(std::lower_bound(ids.begin(), ids.end(), id), id);
}

bool HoldsPhone(const Contact& contact, const std::string& digits) {
  return std::any_of(contact.phones.begin(), contact.phones.end(),
                     [&](const Detail& each) { return PhoneDigits(each.value) == digits; });
}

bool Matches(const Contact& contact, const ContactFilter& filter) {
  if (filter.made_by && contact.created_at > *filter.made_by) return false;
  if (filter.phone_number && !HoldsPhone(contact, PhoneDigits(*filter.phone_number))) return false;
  return !filter.email ||
         std::any_of(contact.emails.begin(), contact.emails.end(), [&](const Detail& each) {
           return SameIgnoringCase(each.value, *filter.email);
         });
}

}  // namespace

class ContactBook::Changing {
 public:
  Changing(ContactBook& book, Contact& contact) : book_(book), contact_(contact) {
    book_.Unindex(contact_);
  }

  ~Changing() { book_.Index(contact_); }

  Changing(const Changing&) = delete;
  Changing& operator=(const Changing&) = delete;

 private:
  ContactBook& book_;
  Contact& contact_;
};

void ContactBook::Index(const Contact& contact) {
  by_creation_.Insert(contact.created_at, contact.id);
  by_update_.Insert(contact.updated_at, contact.id);
  for (const std::string& key : KeysOf(contact, DetailKind::kPhone)) {
    Insert(by_phone_[key], contact.id);
  }
  for (const std::string& key : KeysOf(contact, DetailKind::kEmail)) {
    Insert(by_email_[key], contact.id);
  }
}

void ContactBook::Unindex(const Contact& contact) {
  by_creation_.Erase(contact.created_at, contact.id);
  by_update_.Erase(contact.updated_at, contact.id);
  const auto forget = [&](ValueIndex& index, DetailKind kind) {
    for (const std::string& key : KeysOf(contact, kind)) {
      const auto found = index.find(key);
      if (found == index.end()) continue;
      std::erase(found->second, contact.id);
      if (found->second.empty()) index.erase(found);
    }
  };
  forget(by_phone_, DetailKind::kPhone);
  forget(by_email_, DetailKind::kEmail);
}

Result<Contact> ContactBook::Create(const ContactDraft& draft, WallTime now) {
  if (Status status = CheckNew(draft); !status.ok()) return status.error();
  return Adopt(draft, now);
}

Contact ContactBook::Adopt(const ContactDraft& draft, WallTime now) {
  Contact contact;
  contact.id = ids_->Next(IdKind::kContact);
  contact.created_at = contact.updated_at = now;
  EachScalar(contact, draft, [](Scalar& kept, const Scalar& sent, const char*) {
    if (sent && !IsBlank(*sent)) kept = sent;
  });
  contact.phones = Numbered(draft.phones);
  contact.emails = Numbered(draft.emails);
  Index(contact);
  contacts_.emplace(contact.id, contact);
  return contact;
}

Result<Contact> ContactBook::Edit(std::int64_t id, const ContactDraft& draft, WallTime now) {
  const auto found = Find(id);
  if (!found.ok()) return found.error();
  for (const DetailKind kind : {DetailKind::kPhone, DetailKind::kEmail}) {
    const auto& sent = kind == DetailKind::kPhone ? draft.phones : draft.emails;
    if (Status status = CheckDetails(kind, sent); !status.ok()) return status.error();
  }
  Contact& contact = **found;
  const Changing changing(*this, contact);
  EachScalar(contact, draft, [](Scalar& kept, const Scalar& sent, const char*) {
    if (sent) kept = IsBlank(*sent) ? Scalar() : sent;
  });
  if (!draft.phones.empty()) contact.phones = Numbered(draft.phones);
  if (!draft.emails.empty()) contact.emails = Numbered(draft.emails);
  contact.updated_at = now;
  return contact;
}

std::vector<Detail> ContactBook::Numbered(const std::vector<Detail>& drafts) {
  std::vector<Detail> details;
  for (const Detail& each : drafts) {
    details.push_back({ids_->Next(IdKind::kDetail), each.label, each.value});
  }
  return details;
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
  const Changing changing(*this, **found);
  **found = changed;
  return changed;
}

Result<Contact> ContactBook::Remove(std::int64_t id) {
  const auto found = Find(id);
  if (!found.ok()) return found.error();
  Unindex(**found);
  Contact last = std::move(**found);
  contacts_.erase(id);
  return last;
}

Result<Detail> ContactBook::AddDetail(std::int64_t id, DetailKind kind, const Detail& draft,
                                      std::optional<WallTime> updated_at) {
  const auto found = Find(id);
  if (!found.ok()) return found.error();
  if (Status status = CheckDetail(kind, draft); !status.ok()) return status.error();
  std::vector<Detail>& details = (*found)->Details(kind);
  if (details.size() >= kMaxDetails) {
    return Refused(std::string(NameOf(kind)) + ": at most 20 are allowed");
  }
  const Changing changing(*this, **found);
  details.push_back({ids_->Next(IdKind::kDetail), draft.label, draft.value});
  if (updated_at) (*found)->updated_at = *updated_at;
  return details.back();
}

Result<Detail> ContactBook::ChangeDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                                         const Detail& draft, std::optional<WallTime> updated_at) {
  const auto found = Find(id);
  if (!found.ok()) return found.error();
  std::vector<Detail>& details = (*found)->Details(kind);
  const auto detail = std::find_if(details.begin(), details.end(),
                                   [&](const Detail& each) { return each.id == detail_id; });
  if (detail == details.end()) return UnknownId("Detail");
  const Detail changed{detail_id, draft.label.empty() ? detail->label : draft.label,
                       draft.value.empty() ? detail->value : draft.value};
  if (Status status = CheckDetail(kind, changed); !status.ok()) return status.error();
  const Changing changing(*this, **found);
  *detail = changed;
  if (updated_at) (*found)->updated_at = *updated_at;
  return changed;
}

Status ContactBook::RemoveDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                                 std::optional<WallTime> updated_at) {
  const auto found = Find(id);
  if (!found.ok()) return found.error();
  const Changing changing(*this, **found);
  const auto removed = std::erase_if((*found)->Details(kind),
                                     [&](const Detail& each) { return each.id == detail_id; });
  if (removed == 0) return UnknownId("Detail");
  if (updated_at) (*found)->updated_at = *updated_at;
  return {};
}

Result<Contact> ContactBook::Get(std::int64_t id) const {
  const auto found = contacts_.find(id);
  if (found == contacts_.end()) return UnknownId("Contact");
  return found->second;
}

Page<Contact> ContactBook::List(const ContactFilter& filter, const ListQuery& query) const {
  const auto find = [&](std::int64_t id) { return &contacts_.at(id); };
  if (filter.phone_number || filter.email) return Fitting(filter, query);
  const TimeIndex::Range window = by_creation_.Window(query, WindowRule::kFromOn);
  if (!query.by_update) return TakeRange<Contact>(by_creation_, window, query, find);
  if (window.size() == contacts_.size()) {
    return TakeRange<Contact>(by_update_, by_update_.All(), query, find);
  }
  // The window never looks at `updated_at` (live).
  return TakeFitting<Contact>(by_update_, by_update_.All(), query, find, [&](const Contact& each) {
    return InWindow(query, WindowRule::kFromOn, each.created_at);
  });
}

Page<Contact> ContactBook::Fitting(const ContactFilter& filter, const ListQuery& query) const {
  std::vector<const Contact*> matching;
  for (const std::int64_t id : Candidates(filter)) {
    const Contact& contact = contacts_.at(id);
    if (Matches(contact, filter)) matching.push_back(&contact);
  }
  const TimeOf<Contact> created = [](const Contact& each) { return each.created_at; };
  const TimeOf<Contact> updated = [](const Contact& each) { return each.updated_at; };
  return TakePage<Contact>(std::move(matching), query, WindowRule::kFromOn, created,
                           query.by_update ? updated : created);
}

const std::vector<std::int64_t>& ContactBook::Candidates(const ContactFilter& filter) const {
  static const std::vector<std::int64_t> kNone;
  const ValueIndex& index = filter.phone_number ? by_phone_ : by_email_;
  const auto found = index.find(filter.phone_number ? PhoneDigits(*filter.phone_number)
                                                    : LowerCase(*filter.email));
  return found == index.end() ? kNone : found->second;
}

const Contact* ContactBook::FindByPhone(const std::string& phone) const {
  const auto found = by_phone_.find(PhoneDigits(phone));
  return found == by_phone_.end() ? nullptr : &contacts_.at(found->second.front());
}

Result<Contact*> ContactBook::Find(std::int64_t id) {
  const auto found = contacts_.find(id);
  if (found == contacts_.end()) return UnknownId("Contact");
  return &found->second;
}

}  // namespace sb::aircall::sandbox
