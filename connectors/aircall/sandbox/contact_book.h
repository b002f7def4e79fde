#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/ids.h"
#include "connectors/aircall/sandbox/objects.h"
#include "connectors/aircall/sandbox/page.h"
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
};

/// The shared contacts of a company, and the rules Aircall keeps about them. Every refusal is
/// kInvalid SANDBOX_INVALID or kNotFound SANDBOX_NOT_FOUND, and its message is what the API shows.
class ContactBook {
 public:
  explicit ContactBook(IdSource& ids) : ids_(ids) {}

  /// Not idempotent: the same draft twice makes two contacts (doc).
  Result<Contact> Create(const ContactDraft& draft, WallTime now);
  /// Changes the scalars sent. None of them may be blank, so a field cannot be cleared (doc).
  /// Phones and e-mails in the draft are ignored (live: such a body was accepted unchanged).
  Result<Contact> Update(std::int64_t id, const ContactDraft& draft, WallTime now);
  Result<Contact> Remove(std::int64_t id);

  Result<Detail> AddDetail(std::int64_t id, DetailKind kind, const Detail& draft, WallTime now);
  Result<Detail> ChangeDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                              const Detail& draft, WallTime now);
  Status RemoveDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id, WallTime now);

  Result<Contact> Get(std::int64_t id) const;
  Page<Contact> List(const ContactFilter& filter, const ListQuery& query) const;
  /// The contact to show for a caller: the oldest one holding that number.
  const Contact* FindByPhone(const std::string& phone) const;

  std::size_t size() const { return contacts_.size(); }

 private:
  Result<Contact*> Find(std::int64_t id);

  IdSource& ids_;
  std::map<std::int64_t, Contact> contacts_;
};

}  // namespace sb::aircall::sandbox
