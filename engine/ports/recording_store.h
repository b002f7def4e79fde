#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/recordings/plan.h"
#include "engine/ports/event_feed.h"
#include "engine/ports/page.h"

namespace sb::ports {

using RecordingId = Id<struct RecordingTag>;

std::string ToText(RecordingId id);  ///< rec_..., as other ids (base/ids.h).
std::optional<RecordingId> ParseRecordingId(std::string_view text);

enum class RecordingState : std::int16_t {
  kWanted = 1,    ///< It is to be fetched at `due_at`.
  kFetching = 2,  ///< A fetch has begun; after a crash it is begun again.
  kKept = 3,      ///< The file is in the media store.
  kFailed = 4,    ///< It could not be fetched, and will not be tried again.
  kErased = 5     ///< Its file is gone, or going; the row is the tombstone.
};

/// One recording or voicemail of a call: the work while it is fetched, what is kept of it after
/// that, and its tombstone in the end. An account has one for each call and kind, for ever.
struct Recording {
  RecordingId id;
  Slot slot = 0;
  AccountId account;
  std::string call;  ///< The provider's id of the call.
  core::recordings::Kind kind = core::recordings::Kind::kRecording;
  std::string party;  ///< The number of the other side, by which its person is found; may be empty.
  EventId event;      ///< Which told of it.
  WallTime told_at;   ///< When that event came: the life of its link begins there.
  RecordingState state = RecordingState::kWanted;
  int attempts = 0;          ///< Fetches that have begun and used up a try.
  WallTime due_at;           ///< While it is wanted or fetched.
  std::string reason;        ///< Why it failed last, or is erased, as a stable code; else empty.
  std::int64_t size = 0;     ///< Bytes; 0 until it is kept.
  std::string sha256;        ///< Raw; empty until it is kept, and once it is erased.
  std::string content_type;  ///< "audio/mpeg".
  std::optional<WallTime> kept_at = {};
  std::optional<WallTime> erase_at = {};  ///< Of what is kept: when its time is over.
  std::optional<WallTime> erased_at = {};
  int step = 0;  ///< Counts what was stored of it; the compare-and-set of Save.
  WallTime created_at;
};

/// Where its file is in the media store. The same for every fetch: whoever fetches it again
/// replaces it.
std::string MediaKeyOf(AccountId account, RecordingId recording);

/// What an account wants to be kept.
struct RecordingPolicy {
  Slot slot = 0;
  AccountId account;
  core::recordings::Policy rules;
  std::optional<WallTime> since = {};  ///< Events that came before are not looked at; nothing: none
                                       ///< was ever set.
};

struct RecordingFilter {
  AccountId account;
  std::string call;                          ///< Empty: of all calls.
  std::optional<RecordingState> state = {};  ///< Nothing: in all states.
};

/// A file that is to be erased.
struct RecordingWaste {
  Slot slot = 0;
  AccountId account;
  RecordingId recording;
};

/// Recordings, what accounts want of them, and which files have to go. What takes a recording away,
/// whether it is its time, a person's erasure or that of an account, notes its file as waste in the
/// same transaction. Blocking; thread-safe; fails besides with kUnavailable DATABASE_UNAVAILABLE,
/// and writes with kInDoubt DATABASE_IN_DOUBT.
class RecordingStore {
 public:
  virtual ~RecordingStore() = default;

  /// As it was set; that which keeps nothing where none was.
  virtual Result<RecordingPolicy> Policy(AccountId account) = 0;
  /// Stores it. How long is kept what is kept already follows the new policy, too. `since` stays
  /// where the account kept something before.
  virtual Status SetPolicy(const RecordingPolicy& policy) = 0;
  /// Of all accounts that keep something.
  virtual Result<std::vector<RecordingPolicy>> Policies() = 0;

  /// How far events have been looked at; nothing: not yet.
  virtual Result<std::optional<FeedPosition>> Position() = 0;
  virtual Status SavePosition(const FeedPosition& position) = 0;

  /// False when the account has one of this call and kind already, in whatever state.
  virtual Result<bool> Want(const Recording& recording) = 0;
  /// kNotFound RECORDING_NOT_FOUND.
  virtual Result<Recording> Get(RecordingId id) = 0;
  /// Newest first.
  virtual Result<Page<Recording>> List(const RecordingFilter& filter, const PageRequest& page) = 0;
  /// Wanted or begun ones of these slots whose time has come, the longest due first.
  virtual Result<std::vector<Recording>> Due(const std::vector<Slot>& slots, WallTime now,
                                             int limit) = 0;
  /// Stores how it stands and returns its new step. kConflict RECORDING_MOVED: somebody else went
  /// on with it, or it is gone.
  virtual Result<int> Save(const Recording& recording) = 0;
  /// Makes tombstones of at most `limit` kept ones whose time is over at `now`; how many there
  /// were.
  virtual Result<int> Expire(WallTime now, int limit) = 0;

  /// Files that are to be erased now.
  virtual Result<std::vector<RecordingWaste>> Waste(WallTime now, int limit) = 0;
  /// The file is gone. That of a fetch that was under way is looked for once more later, since the
  /// fetch may have put it there again.
  virtual Status Wasted(const RecordingWaste& waste) = 0;
  /// Whether files of the account (none: of any account) are still to be erased for the first time.
  virtual Result<bool> HasWaste(AccountId account) = 0;
};

}  // namespace sb::ports
