#include "engine/base/encoding.h"
#include "engine/ports/account_store.h"

namespace sb::ports {

// migrations/0021 makes the same number.
CompanyId CompanyOf(const Account& account) {
  const std::string who = account.external_id.empty()
                              ? "account/" + std::to_string(account.id.number())
                              : account.external_id;
  std::uint64_t number = 0;
  for (const char byte : Sha256(account.connector + "\n" + who).substr(0, sizeof(number)))
    number = (number << 8U) | static_cast<unsigned char>(byte);
  return CompanyId(static_cast<std::int64_t>(number));
}

const char* ToString(AccountState state) {
  switch (state) {
    case AccountState::kConnecting:
      return "CONNECTING";
    case AccountState::kActive:
      return "ACTIVE";
    case AccountState::kNeedsReauth:
      return "NEEDS_REAUTH";
    case AccountState::kRevoked:
      return "REVOKED";
    case AccountState::kSuspended:
      return "SUSPENDED";
    case AccountState::kDisconnected:
      return "DISCONNECTED";
    case AccountState::kExpiring:
      return "EXPIRING";
  }
  return "UNKNOWN";
}

}  // namespace sb::ports
