#pragma once

#include <optional>
#include <string>

#include "engine/ports/account_store.h"

namespace sb::accounts {

/// What may change the state of an account.
enum class Cause {
  kConnectBegun,        ///< A new credential was stored: the company is read, the webhook made.
  kConnected,           ///< ... and that has succeeded.
  kRenewed,             ///< The provider gave the next access token.
  kFoundWorking,        ///< The provider accepted the credential when it was checked.
  kRenewalFails,        ///< The credential ends soon, and the provider does not answer.
  kGrantEnds,           ///< The credential ends soon, and cannot be renewed.
  kCredentialRefused,   ///< The provider refuses the credential, and nothing can renew it.
  kCredentialExpired,   ///< Its time is over, and nothing could renew it.
  kApplicationRefused,  ///< The provider refuses our application.
  kApplicationGone,     ///< We do not have the application any more that could renew it.
  kGrantTakenBack,      ///< The customer removed us at the provider.
  kDisconnected         ///< Somebody let the account go.
};

/// The stable code of a cause: "CREDENTIAL_REFUSED".
const char* CodeOf(Cause cause);
/// Who brings it about by nature: "provider", "customer" or "engine".
const char* AuthorOf(Cause cause);

/// One thing that happened to an account.
struct Happening {
  Cause cause = Cause::kConnectBegun;
  std::string reason = {};  ///< For people: what happened and what to do; empty when all is well.
  std::string by = {};      ///< Who brought it about; empty: whoever does by nature.
};

/// The state that an account comes to; nothing: it makes no difference. Every change of an
/// account's state is decided here.
std::optional<ports::AccountState> StateAfter(const ports::Account& account, Cause cause);

/// Applies it; whether anything of the account changed.
bool Apply(ports::Account& account, const Happening& happening);

}  // namespace sb::accounts
