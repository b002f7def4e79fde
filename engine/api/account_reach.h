#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "engine/api/caller.h"
#include "engine/api/error_mapping.h"
#include "engine/ports/account_store.h"

namespace sb::api {

/// Which accounts a caller may see, for the time of one call. What belongs to another tenant looks
/// exactly like what does not exist. Blocking; one thread.
class AccountReach {
 public:
  AccountReach(ports::AccountStore& accounts, const Caller& caller)
      : accounts_(accounts), caller_(caller) {}

  bool IsEverything() const { return caller_.ReachesAllTenants(); }

  /// Whether the caller may see what belongs to this account. Asks the store once an account.
  Result<bool> Includes(AccountId id);
  /// The account that a request names in `field`. FIELD_INVALID, kNotFound ACCOUNT_NOT_FOUND.
  std::variant<ports::Account, Failure> Find(const std::string& field, const std::string& text);

 private:
  ports::AccountStore& accounts_;
  const Caller& caller_;
  std::map<AccountId, bool> known_;
};

/// One page of things that belong to accounts, without those that the caller may not see. Reads on
/// where much is left out, but not for ever: a page may come back short, or empty, with another
/// behind it.
template <typename Item>
Result<ports::Page<Item>> ListReachable(
    AccountReach& reach, ports::PageRequest page,
    const std::function<Result<ports::Page<Item>>(ports::PageRequest)>& list,
    const std::function<std::pair<AccountId, std::int64_t>(const Item&)>& owner_and_id) {
  if (reach.IsEverything()) return list(page);
  constexpr int kMostReads = 10;
  ports::Page<Item> result;
  for (int read = 0; read < kMostReads; ++read) {
    auto part = list(page);
    if (!part.ok()) return part.error();
    for (Item& item : part->items) {
      const auto [owner, id] = owner_and_id(item);
      const auto included = reach.Includes(owner);
      if (!included.ok()) return included.error();
      if (!*included) continue;
      result.items.push_back(std::move(item));
      if (static_cast<int>(result.items.size()) == page.size) {
        result.next_before = id;
        return result;
      }
    }
    result.next_before = part->next_before;
    page.before = part->next_before;
    if (page.before == 0) break;
  }
  return result;
}

}  // namespace sb::api
