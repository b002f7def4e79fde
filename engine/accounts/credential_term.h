#pragma once

#include <optional>

#include "engine/base/time.h"
#include "engine/connector/connector.h"
#include "engine/ports/random.h"

namespace sb::accounts {

/// How long a credential lasts, and when somebody should see to it.
struct CredentialTerm {
  std::optional<WallTime> expires_at;  ///< Nothing: it lasts, or nobody said how long.
  std::optional<WallTime> due_at;      ///< Nothing: never.
};

/// So long before the end of a life of `life` a credential is renewed: a tenth of it and two
/// minutes at least, but never more than half of it.
Millis MarginOf(Millis life);

/// Whether the provider's access tokens are renewed, and this one can be.
bool IsRenewable(const connector::Connector& connector, const connector::Credential& credential);

/// The term of what was granted at `now`. Instants are spread a little, so that what was granted
/// together is not renewed together; what can be renewed is also renewed when nobody uses it, since
/// many providers let an idle refresh token die.
CredentialTerm TermOf(const connector::Connector& connector, const connector::TokenGrant& grant,
                      WallTime now, ports::Random& random);

}  // namespace sb::accounts
