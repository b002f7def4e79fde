#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/account_store.h"

namespace sb::ports {

/// The right to renew one generation of an account's credential. One instance has it at a time; the
/// nonce tells its claim from every other, its own later ones included.
struct RefreshClaim {
  AccountId account;
  std::int64_t generation = 0;  ///< The one that is to be replaced.
  InstanceId by;
  std::string nonce;  ///< Unguessable.
};

/// A credential as whoever renews it sees it.
struct RefreshableCredential {
  StoredCredential current;
  std::string previous;  ///< Sealed: the refresh token that was replaced last; empty: none, or it
                         ///< was replaced too long ago.
};

/// Who renews which credential, and when. Beside AccountStore, on the same rows: a credential that
/// is replaced there ends every claim on it. Time is the database's, which all instances share.
/// Blocking; thread-safe; fails with kUnavailable DATABASE_UNAVAILABLE, and writes with kInDoubt
/// DATABASE_IN_DOUBT.
class RefreshStore {
 public:
  virtual ~RefreshStore() = default;

  /// Generation 0 when there is none.
  virtual Result<RefreshableCredential> Read(AccountId id) = 0;
  /// Takes the claim for so long, where the stored generation is the claim's and nobody else has a
  /// live one. False: that is not so. An instance's own former claim does not hinder it: whoever
  /// made that has died, since one process renews an account's credential once at a time.
  virtual Result<bool> Claim(const RefreshClaim& claim, Millis time) = 0;
  /// Stores the next generation and ends the claim, which may have passed its time but must be the
  /// last one. `previous` is kept for so long; empty: nothing is. kConflict CREDENTIAL_CHANGED.
  virtual Status Renew(const RefreshClaim& claim, const StoredCredential& next,
                       const std::string& previous, Millis keep_previous) = 0;
  /// Gives the claim up without a result, to be seen to again at `due_at` (or never). A claim that
  /// is no more is no error.
  virtual Status GiveUp(const RefreshClaim& claim, std::optional<WallTime> due_at) = 0;
  /// Sets when this generation is seen to next. One that is no more is no error.
  virtual Status Postpone(AccountId id, std::int64_t generation,
                          std::optional<WallTime> due_at) = 0;
  /// The accounts of these slots whose credential is to be seen to by `now`, the longest due first.
  virtual Result<std::vector<AccountId>> Due(const std::vector<Slot>& slots, WallTime now,
                                             int limit) = 0;
  /// Erases the previous refresh tokens whose time has passed.
  virtual Status ForgetPrevious() = 0;
};

}  // namespace sb::ports
