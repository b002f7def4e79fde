#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/page.h"

namespace sb::ports {

using ErasureId = Id<struct ErasureTag>;

std::string ToText(ErasureId id);  ///< ers_..., as other ids (base/ids.h).
std::optional<ErasureId> ParseErasureId(std::string_view text);

enum class ErasureKind : std::int16_t {
  kAccount = 1,  ///< All that is stored of an account.
  kPerson = 2    ///< One person, out of whatever is stored of a tenant or an account.
};

enum class ErasureState : std::int16_t {
  kRunning = 1,
  kWaiting = 2,  ///< For live runs that hold the person.
  kDone = 3
};

/// Two numbers that tell a row of a place from the others; the second is 0 where one is enough.
using PlaceKey = std::pair<std::int64_t, std::int64_t>;

/// How far an erasure has come: everything before is dealt with.
struct ErasurePosition {
  AccountId account;            ///< The one that is being dealt with; none: it has not begun.
  std::string place;            ///< Empty: its first.
  PlaceKey after = {0, 0};      ///< The last row that was dealt with.
  int round = 1;                ///< 2 and on look again at `only` what was live the round before.
  std::vector<RunId> only;      ///< Empty in the first round.
  bool found_anything = false;  ///< Of an account: whether this round has deleted something.
};

/// An erasure, and once it is done its tombstone: what was erased and when, without content.
struct Erasure {
  ErasureId id;
  ErasureKind kind = ErasureKind::kPerson;
  ErasureState state = ErasureState::kRunning;
  std::string tenant;
  AccountId account;        ///< None: all accounts of the tenant.
  bool count_only = false;  ///< Nothing is changed; the counts say what would be.
  std::string fingerprint;  ///< Of a person: a keyed hash of who it is.
  std::string sealed;       ///< Of a person: who it is, sealed; erased when it is done.
  std::map<std::string, std::int64_t> counts;  ///< Rows that were changed or deleted, by place.
  std::vector<RunId> live_runs;                ///< What it waits for, or would have to.
  ErasurePosition position;
  int step = 0;  ///< Counts what was stored of it; the compare-and-set of all writes.
  WallTime created_at;
  std::optional<WallTime> finished_at = {};
};

/// A value in which a person may stand.
struct PlaceContent {
  enum class Form { kText, kJson };
  Form form = Form::kText;
  std::string value;

  bool operator==(const PlaceContent&) const = default;
};

struct PlaceRow {
  PlaceKey key;
  std::string version;  ///< Changes with the row.
  bool live = false;    ///< It belongs to a run that goes on, and would write it again.
  std::vector<PlaceContent> contents;
};

/// Where rows are looked for.
struct PlaceScope {
  std::string place;
  Slot slot = 0;
  AccountId account;
};

/// Erasures, and the places in which personal data lives: the tables that belong to accounts.
/// Blocking; thread-safe; fails besides with kUnavailable DATABASE_UNAVAILABLE, and writes with
/// kInDoubt DATABASE_IN_DOUBT: read the erasure again to see.
class ErasureStore {
 public:
  virtual ~ErasureStore() = default;

  virtual Status Insert(const Erasure& erasure) = 0;
  /// kNotFound ERASURE_NOT_FOUND.
  virtual Result<Erasure> Get(ErasureId id) = 0;
  /// Newest first; of one tenant, or of all when it is empty.
  virtual Result<Page<Erasure>> List(const std::string& tenant, const PageRequest& page) = 0;
  /// Those that are not done, oldest first.
  virtual Result<std::vector<Erasure>> Open() = 0;
  /// The sealed key of a tenant's fingerprints: what is stored, else `sealed` is from now on.
  virtual Result<std::string> FingerprintKey(const std::string& tenant,
                                             const std::string& sealed) = 0;

  /// The places whose rows hold values, in the order in which they are to be dealt with. A run's
  /// own come last, so that what still becomes a run is found there.
  virtual std::vector<std::string> PlacesOfPersons() const = 0;
  /// All places that belong to an account, in the order in which they are to be emptied.
  virtual std::vector<std::string> PlacesOfAccounts() const = 0;

  /// Rows by key, after `after`; of `only` these runs unless it is empty.
  virtual Result<std::vector<PlaceRow>> Read(const PlaceScope& scope, PlaceKey after,
                                             const std::vector<RunId>& only, int limit) = 0;
  /// Writes the contents of `rows` where their versions still stand, and the erasure as it is
  /// after that, and returns its new step. kConflict ERASURE_MOVED: a row or the erasure was
  /// changed meanwhile; read again, repeating does no harm.
  virtual Result<int> Rewrite(const PlaceScope& scope, const std::vector<PlaceRow>& rows,
                              const Erasure& erasure) = 0;
  /// Stores how far the erasure has come and returns its new step. kConflict ERASURE_MOVED.
  virtual Result<int> Save(const Erasure& erasure) = 0;
  /// Deletes up to `limit` rows of the place, adds them to the stored counts of the erasure, and
  /// says how many there were.
  virtual Result<int> Delete(const PlaceScope& scope, ErasureId erasure, int limit) = 0;
};

}  // namespace sb::ports
