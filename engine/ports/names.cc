#include "engine/ports/account_store.h"

namespace sb::ports {

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
