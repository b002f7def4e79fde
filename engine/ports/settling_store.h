#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::ports {

using SettlingId = Id<struct SettlingTag>;

enum class SettlingState : std::int16_t {
  kWaiting = 1,    ///< For its next look.
  kConfirmed = 2,  ///< An event has shown that it changes no more: to be told.
  kSettled = 3,    ///< Told.
  kAbandoned = 4   ///< It is not there any more, cannot be read, or nobody wants to know.
};

/// A record that has ended, on its way to where it changes no more. Holds nothing of its content.
struct Settling {
  SettlingId id;
  Slot slot = 0;
  AccountId account;
  std::string key;      ///< Raw SHA-256 of which record it is: one of each for an account.
  std::string entity;   ///< As the connector's rule names it: "call".
  std::string subject;  ///< As subjects of events do: "calls".
  std::string record;   ///< The provider's id, as text.
  SettlingState state = SettlingState::kWaiting;
  WallTime ended_at;
  WallTime seen_at;     ///< When the newest that is known of it was so.
  std::string content;  ///< Raw SHA-256 of what may change, then.
  std::optional<WallTime> due_at =
      {};                     ///< There is something to do; nothing in the last two states.
  EventId confirmed_by = {};  ///< kConfirmed: the event.
  int looks = 0;              ///< So often it was read again.
  int step = 0;               ///< The compare-and-set of Save.
};

/// Records that settle. Blocking; thread-safe; fails besides with kUnavailable
/// DATABASE_UNAVAILABLE, and writes with kInDoubt DATABASE_IN_DOUBT.
class SettlingStore {
 public:
  virtual ~SettlingStore() = default;

  /// False when the account has that record already, in whatever state: nothing was stored.
  virtual Result<bool> Open(const Settling& settling) = 0;
  /// By its key.
  virtual Result<std::optional<Settling>> Find(Slot slot, AccountId account,
                                               const std::string& key) = 0;
  /// What is due at `now` of accounts of these slots, without those accounts, longest due first.
  virtual Result<std::vector<Settling>> Due(const std::vector<Slot>& slots, WallTime now,
                                            const std::set<AccountId>& without, int limit) = 0;
  /// Stores state, times, content, event and looks, and returns the new step. kConflict
  /// SETTLING_MOVED: somebody else went on with it.
  virtual Result<int> Save(const Settling& settling) = 0;
};

}  // namespace sb::ports
