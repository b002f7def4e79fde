#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connectors/aircall/sandbox/world/ids.h"
#include "connectors/aircall/sandbox/world/objects.h"
#include "connectors/aircall/sandbox/world/page.h"
#include "connectors/aircall/sandbox/world/time_index.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// What a create or an update says about a contact. An absent member was not sent.
struct ContactDraft {
  std::optional<std::string> first_name{};
  std::optional<std::string> last_name{};
  std::optional<std::string> company_name{};
  std::optional<std::string> information{};
  std::vector<Detail> phones{};  ///< Their ids are ignored.
  std::vector<Detail> emails{};
};

struct ContactFilter {
  std::optional<std::string> phone_number{};  ///< Compared by digits.
  std::optional<std::string> email{};         ///< Compared without regard to case.
  std::optional<WallTime> made_by{};          ///< What was made later is not found yet.
};

/// The shared contacts of a company, and the rules Aircall keeps about them. Every refusal is
/// kInvalid SANDBOX_INVALID or kNotFound SANDBOX_NOT_FOUND, and its message is what the API shows.
class ContactBook {
 public:
  explicit ContactBook(std::shared_ptr<IdSource> ids) : ids_(std::move(ids)) {}

  /// Not idempotent: the same draft twice makes two contacts (doc).
  Result<Contact> Create(const ContactDraft& draft, WallTime now);
  /// What Aircall makes itself along with a new user: it needs no phone (live).
  Contact Adopt(const ContactDraft& draft, WallTime now);
  /// Changes the scalars sent. None of them may be blank, so a field cannot be cleared (doc).
  /// Phones and e-mails in the draft are ignored (live: such a body was accepted unchanged).
  Result<Contact> Update(std::int64_t id, const ContactDraft& draft, WallTime now);
  /// What the app can and the API cannot: scalars sent blank are cleared, lists sent replace.
  Result<Contact> Edit(std::int64_t id, const ContactDraft& draft, WallTime now);
  Result<Contact> Remove(std::int64_t id);

  // For the three changes of a detail, `updated_at` is what the contact's becomes; nothing leaves
  // it.
  Result<Detail> AddDetail(std::int64_t id, DetailKind kind, const Detail& draft,
                           std::optional<WallTime> updated_at);
  Result<Detail> ChangeDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                              const Detail& draft, std::optional<WallTime> updated_at);
  Status RemoveDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                      std::optional<WallTime> updated_at);

  Result<Contact> Get(std::int64_t id) const;
  Page<Contact> List(const ContactFilter& filter, const ListQuery& query) const;
  /// The contact to show for a caller: the oldest one holding that number.
  const Contact* FindByPhone(const std::string& phone) const;

  std::size_t size() const { return contacts_.size(); }

  /// The contact at a place, from 0, in the order of creation.
  const Contact& AtPlace(std::size_t place) const { return contacts_.at(by_creation_.IdAt(place)); }

 private:
  /// Ids by a phone's digits or an e-mail in lower case, oldest first.
  using ValueIndex = std::unordered_map<std::string, std::vector<std::int64_t>>;

  /// A contact taken out of the indexes for as long as it is being changed. Every change of a
  /// contact holds one.
  class Changing;

  Result<Contact*> Find(std::int64_t id);
  void Index(const Contact& contact);
  void Unindex(const Contact& contact);
  /// The contacts that may fit a filter by phone or e-mail, oldest first.
  const std::vector<std::int64_t>& Candidates(const ContactFilter& filter) const;
  Page<Contact> Fitting(const ContactFilter& filter, const ListQuery& query) const;
  /// The same details, each with an id of its own.
  std::vector<Detail> Numbered(const std::vector<Detail>& drafts);

  std::shared_ptr<IdSource> ids_;
  std::map<std::int64_t, Contact> contacts_;
  TimeIndex by_creation_;
  TimeIndex by_update_;
  ValueIndex by_phone_;
  ValueIndex by_email_;
};

}  // namespace sb::aircall::sandbox
