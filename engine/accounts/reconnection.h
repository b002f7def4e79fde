#pragma once

#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/ports/account_store.h"

namespace sb::accounts {

/// Whether a tenant may connect this account again: it is its own, of that connector, and not
/// disconnected. `account` is null when there is none. kNotFound ACCOUNT_NOT_FOUND, kConflict
/// ACCOUNT_DISCONNECTED.
Status CheckReconnect(const ports::Account* account, const std::string& tenant,
                      const std::string& connector);

/// What a credential shows of its company.
struct ShownCompany {
  std::string external_id;
  std::string name;
  std::optional<bool> kin;  ///< Whether it has ids in common with the account's; nothing: unknown.
};

/// Whether a credential belongs to the company that the account is of: by the provider's own id
/// where both have one, else by what only one company has, else by the company's name. kConflict
/// ACCOUNT_OTHER_COMPANY.
Status CheckSameCompany(const ports::Account& account, const ShownCompany& shown);

/// The id that the account has from now on: a provider's own id is not given up for that of a key.
std::string ExternalIdAfter(const ports::Account& account, const std::string& external_id);

/// What tells the account of a key from others, where the provider has no id of its own to tell.
constexpr const char* kKeyIdentity = "key:";

}  // namespace sb::accounts
