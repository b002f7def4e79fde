#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/core/sync/row_merge.h"
#include "engine/core/sync/rows.h"
#include "engine/core/sync/scan.h"
#include "engine/core/sync/streams.h"

namespace sb::core::sync {

/// What the comparison of tables with the provider came to.
enum class Verdict : std::int16_t {
  /// Whatever the provider still lists is in the tables as it tells it, as far as it was looked.
  kComplete = 1,
  kDiffers = 2,      ///< Something is missing, is too many, or is otherwise.
  kInconclusive = 3  ///< Nothing differs, and not everything could be looked at.
};

/// "COMPLETE", "DIFFERS", "INCONCLUSIVE".
const char* ToString(Verdict verdict);

/// How closely it is looked.
enum class ProofDepth : std::int16_t {
  /// Windows are counted. Where a list does not count, and where counts differ, it is as kAll.
  kCounts = 1,
  kSample = 2,  ///< Besides, some rows of each window are compared.
  kAll = 3      ///< All objects are read; keys and rows are compared.
};

/// "counts", "sample", "all".
const char* ToString(ProofDepth depth);
/// The reverse; nothing for any other name.
std::optional<ProofDepth> ProofDepthFrom(const std::string& name);

/// So many examples of each sort are named for a stream; the numbers count all.
inline constexpr std::size_t kMostProofExamples = 20;
/// So many windows of a stream a receipt has at most: neighbours that agree are joined.
inline constexpr std::size_t kMostProofWindows = 500;

/// A row that is not as the provider tells it.
struct DifferingRow {
  std::string key;
  /// Names of columns, and of child tables whose rows are others. Never values.
  std::vector<std::string> columns;

  bool operator==(const DifferingRow&) const = default;
};

/// What was found in one window of a list, or in several neighbours that agree. All numbers count
/// objects.
struct WindowProof {
  Window window;  ///< Of a list without windows: from 1970 to the beginning of the comparison.
  std::optional<std::int64_t> counted;  ///< By the provider; nothing: it does not count.
  std::int64_t shown = 0;               ///< Different keys that were read of the list.
  std::int64_t rows = 0;                ///< In the table: told of and not deleted.
  /// False: the pages moved while they were read, so that what is missing there proves nothing.
  bool proven = true;
  std::int64_t missing = 0;  ///< The provider shows them, the table does not.
  /// The reverse. The first 200 of a window after a look at the object itself, where it has one.
  std::int64_t surplus = 0;
  std::int64_t compared = 0;  ///< Rows.
  std::int64_t differing = 0;
  /// Objects and rows that changed while they were looked at, and objects that the list leaves out
  /// though they are there and as their row says: no error.
  std::int64_t changed = 0;
  /// Objects that the list shows and that are not found when they are asked for by themselves: the
  /// list has not heard of it yet. No error, whatever the table has of them.
  std::int64_t gone = 0;
  std::int64_t quarantined = 0;  ///< Objects that cannot become a row (see SyncReject).
  std::int64_t kept = 0;         ///< Rows of objects that are gone, which the sync keeps.
  std::int64_t left_out = 0;     ///< Objects that have no row because a rule leaves them out.
  std::int64_t behind_wall = 0;  ///< Objects of a single second that the list does not give.

  bool operator==(const WindowProof&) const = default;
};

/// The numbers of a window that are added where windows are, by their names.
inline constexpr std::array kProofNumbers = {std::pair("shown", &WindowProof::shown),
                                             std::pair("rows", &WindowProof::rows),
                                             std::pair("missing", &WindowProof::missing),
                                             std::pair("surplus", &WindowProof::surplus),
                                             std::pair("compared", &WindowProof::compared),
                                             std::pair("differing", &WindowProof::differing),
                                             std::pair("changed", &WindowProof::changed),
                                             std::pair("gone", &WindowProof::gone),
                                             std::pair("quarantined", &WindowProof::quarantined),
                                             std::pair("kept", &WindowProof::kept),
                                             std::pair("left_out", &WindowProof::left_out),
                                             std::pair("behind_wall", &WindowProof::behind_wall)};

/// What was found of one stream.
struct StreamProof {
  std::string stream;
  std::vector<WindowProof> windows;  ///< Earliest first; kMostProofWindows at most.
  WindowProof sum;                   ///< Of all windows, from the first to the last.
  std::vector<std::string> missing;  ///< Keys; kMostProofExamples at most, as the next two.
  std::vector<std::string> surplus;
  std::vector<DifferingRow> differing;
  /// Windows whose counts differ, beyond those that were then read; kMostProofExamples at most.
  std::vector<Window> miscounted;
  std::int64_t miscounts = 0;         ///< All of those.
  std::optional<Window> unreachable;  ///< Wanted, and older than the provider's lists reach.
  std::string error;                  ///< The code of what ended it early; empty: nothing did.
  std::int64_t requests = 0;

  bool operator==(const StreamProof&) const = default;
};

/// The receipt. Names objects by key only; holds none of their content.
struct VerifyReceipt {
  std::string sync;     ///< Its name.
  std::string version;  ///< Of the definition.
  std::string schema;
  ProofDepth depth = ProofDepth::kCounts;
  std::int64_t sample = 0;       ///< Rows for each stream; with kSample only.
  std::optional<WallTime> from;  ///< As it was asked for; nothing: from the sync's start.
  std::optional<WallTime> until;
  WallTime begun_at;
  WallTime ended_at;
  bool stopped = false;              ///< Whoever asked for it did not want to wait for the end.
  std::vector<StreamProof> streams;  ///< As the definition orders them.
  Verdict verdict = Verdict::kInconclusive;
  std::string reason;  ///< One sentence for people.
  std::string digest;  ///< See DigestOf.

  bool operator==(const VerifyReceipt&) const = default;
};

Json ToJson(const VerifyReceipt& receipt);
/// Nothing when it was not made by ToJson.
std::optional<VerifyReceipt> VerifyReceiptFrom(const Json& json);

/// SHA-256, in hexadecimal, over what was found: the receipt as JSON with sorted members and no
/// blanks, without digest, reason, requests, when it began and ended, and what was out of reach
/// then. Two receipts of the same time range over the same objects and rows have the same.
std::string DigestOf(const VerifyReceipt& receipt);

/// Gives verdict, reason and digest to a receipt whose streams are known.
void Conclude(VerifyReceipt& receipt);

// ---- Comparing rows

/// A cell in the one form that the provider's text and what a database makes of it have in common:
/// numbers without needless digits, instants to the microsecond, JSON with sorted members.
Cell CanonicalCell(ColumnType type, const Cell& cell);

/// SHA-256, in hexadecimal, over the canonical cells of a row and of its parts, whose order does
/// not count.
std::string CanonicalHash(const Stream& stream, const Cells& cells,
                          const std::vector<std::vector<Cells>>& children);

/// Columns and child tables in which they are not the same; empty: nowhere.
std::vector<std::string> DifferingColumns(const Stream& stream, const MappedRow& told,
                                          const StoredRow& stored);

/// What an object and its row say of each other.
enum class RowMatch {
  kSame,     ///< They agree.
  kDiffers,  ///< They do not, and the row is not newer.
  kMissing,  ///< There is no row, or one known by reference only, or it was marked as gone before.
  kNewer     ///< They do not agree, and something newer than the reading wrote the row.
};

/// `told` as of `at` (when its request left). `stored`: nothing where there is no row.
RowMatch Match(const Stream& stream, const MappedRow& told, WallTime at,
               const std::optional<StoredRow>& stored);

/// What is found in a window, put together page by page.
struct WindowFindings {
  WindowProof counts;
  std::vector<std::string> missing;
  std::vector<std::string> surplus;
  std::vector<DifferingRow> differing;

  void Missing(const std::string& key);
  void Surplus(const std::string& key);
  void Differs(const std::string& key, std::vector<std::string> columns);
};

/// Adds a finished window to its stream, after those of before it: numbers to the sum, examples as
/// far as there is room, and the window itself. `keys_read`: otherwise only its counts tell whether
/// it agrees.
void AddWindow(StreamProof& proof, WindowFindings findings, bool keys_read);

// ---- Sampling

/// Which rows of a window are compared: so many, from `page` on, and from the first page after the
/// last. Chosen by the window alone, so that the next comparison takes the same.
struct SamplePlan {
  int page = 1;
  int last = 0;  ///< The last page of the window; 0: it has none.
  std::int64_t rows = 0;

  bool operator==(const SamplePlan&) const = default;
};

/// `sample` rows of a stream of `of` objects, shared out by how many are in the window.
SamplePlan PlanSample(const ScanShape& shape, const Window& window, std::int64_t total,
                      std::int64_t of, std::int64_t sample);

}  // namespace sb::core::sync
