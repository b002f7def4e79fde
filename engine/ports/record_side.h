#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/quota/lane.h"
#include "engine/core/twoway/record.h"

namespace sb::ports {

/// A record as a side has it.
struct SideRecord {
  std::string key;
  Json native = Json::object();  ///< Native fields; lists of connectors as [{"value", "label"}].
  std::optional<WallTime> changed_at;  ///< By the side's own account of it.

  bool operator==(const SideRecord&) const = default;
};

/// A page of all records of a side.
struct SidePage {
  std::vector<SideRecord> records;
  std::string next;    ///< Where the next page begins; empty: this was the last.
  bool proven = true;  ///< Of the last page: nothing that was there all the while was missed.
  std::optional<std::int64_t> total;  ///< As far as the side counts.
  std::int64_t requests = 0;          ///< Of the provider's quota.
};

/// What changed on a side.
struct SideHint {
  std::string key;
  bool gone = false;
  std::optional<SideRecord> record;  ///< Where the hint tells the whole of it.

  bool operator==(const SideHint&) const = default;
};

struct SideChanges {
  std::vector<SideHint> hints;  ///< A key may be there more than once; any may be told again.
  std::string next;             ///< Where to go on; stored by the caller once the hints are.
  bool more = false;            ///< There is more at once.
  bool missed = false;          ///< Something may never be told: both sides are to be compared.
};

/// One write. Values are native.
struct SideWrite {
  std::string op_key;  ///< The same write again has the same.
  std::string key;     ///< Of an update, a delete; empty: the record is made.
  Json values =
      Json::object();  ///< Native fields to be set; null clears; a list is the whole of it.
  Json expected = Json::object();  ///< What those fields hold; otherwise nothing is written.
  WallTime at;                     ///< When this write could first have begun.
};

struct SideWritten {
  bool moved = false;                ///< The record was not as expected; nothing was written.
  std::optional<SideRecord> record;  ///< As it is now; nothing: it is not there (any more).
};

/// Something about a side that a person has to see to.
struct SideProblem {
  std::string code;    ///< LINK_COLUMN_MISSING, LINK_TABLE_WITHOUT_KEY, LINK_PRIVILEGE_MISSING, ...
  std::string field;   ///< The native field; empty: the side as a whole.
  std::string reason;  ///< For people: what is wrong and what to do (the GRANT to run).
  bool advice = false;  ///< A sync runs all the same: slower, or it leaves some values alone.

  bool operator==(const SideProblem&) const = default;
};

inline constexpr const char* kCreateRefused = "LINK_CREATE_REFUSED";

/// Of one look by a match key.
inline constexpr std::int64_t kMostFound = 200;

/// One side of a two-way sync: a connector's records, a table, what a platform pushes.
/// Blocking; thread-safe. 429 and quota never reach the caller.
///
/// Fails with kUnavailable (repeat later), kInDoubt (a write may have taken effect: ask again with
/// the same op_key), kUnauthorized and kForbidden (the credential or a privilege), kConflict
/// LINK_SIDE_CHANGED (a column was renamed or dropped: the message says which) and kInvalid: the
/// side refuses this record's values, with the side's own code and sentence. Never because one
/// record is not there: that is an answer.
///
/// A side that learns later that a record of Create will never be made answers Read and FindCreated
/// with kInvalid kCreateRefused: the link ends, and nothing is deleted on the other side.
class RecordSide {
 public:
  virtual ~RecordSide() = default;

  /// Native fields that can be mapped, with their limits, as they are now.
  virtual Result<core::twoway::SideShape> Shape() = 0;
  /// What hinders a sync with these native fields, written ones in `written`; changes nothing.
  virtual Result<std::vector<SideProblem>> Check(const std::vector<std::string>& read,
                                                 const std::vector<std::string>& written) = 0;
  /// Makes what the side needs to be followed: trigger, log, table of applied writes. Again: no
  /// more.
  virtual Status Prepare() = 0;
  /// Takes away what Prepare made. Records stay as they are.
  virtual Status Dismantle() = 0;

  /// Nothing: it is not there, told by a side whose credential is good.
  virtual Result<std::optional<SideRecord>> Read(const std::string& key,
                                                 core::quota::Lane lane) = 0;
  /// Whether it is gone for sure: not there, and the credential was proven good besides.
  virtual Result<bool> IsGone(const std::string& key, core::quota::Lane lane) = 0;
  /// Records that have a match key; at most kMostFound, oldest first where the side knows. A side
  /// that finds a phone by its last digits gives more than have it: what counts is what the record
  /// says, read into the shared form (MatchKeysOf). Where there are kMostFound of which none has
  /// it, nobody knows whether another one has.
  virtual Result<std::vector<SideRecord>> Find(const core::twoway::MatchKey& key,
                                               core::quota::Lane lane) = 0;
  /// All records, page by page, for the first link and the nightly comparison. `from`: empty, or
  /// `next` of the page before.
  virtual Result<SidePage> Scan(const std::string& from, core::quota::Lane lane) = 0;
  /// What changed since `from` (empty: from now on, with no hints). A side that is told by events
  /// answers with none.
  virtual Result<SideChanges> Changes(const std::string& from, int limit) = 0;

  virtual Result<SideWritten> Create(const SideWrite& write, core::quota::Lane lane) = 0;
  virtual Result<SideWritten> Update(const SideWrite& write, core::quota::Lane lane) = 0;
  /// Not there: done. kConflict LINK_RECORD_MOVED: it is there, and not as expected.
  virtual Status Delete(const SideWrite& write, core::quota::Lane lane) = 0;
  /// What became of a Create whose answer was lost: the record, or nothing where it was not made
  /// and cannot be made by it any more. Of several that fit the oldest.
  virtual Result<std::optional<SideRecord>> FindCreated(const SideWrite& write,
                                                        core::quota::Lane lane) = 0;
};

}  // namespace sb::ports
