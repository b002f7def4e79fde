#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/aircall/sandbox/world/ids.h"
#include "connectors/aircall/sandbox/world/objects.h"
#include "connectors/aircall/sandbox/world/page.h"
#include "connectors/aircall/sandbox/world/time_index.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

struct CallFilter {
  std::optional<Direction> direction{};
  std::optional<std::int64_t> user_id{};
  std::optional<std::string> phone_number{};  ///< Compared by digits, with either party's number.
  std::vector<std::int64_t> tag_ids{};        ///< All of them must be on the call (doc).
  bool matches_nothing = false;               ///< A filter was sent that no call can satisfy.

  bool IsEmpty() const {
    return !direction && !user_id && !phone_number && tag_ids.empty() && !matches_nothing;
  }
};

/// The calls of a company, and what the API may do to them. Refusals are kInvalid SANDBOX_INVALID
/// or kNotFound SANDBOX_NOT_FOUND.
class CallBook {
 public:
  explicit CallBook(std::shared_ptr<IdSource> ids) : ids_(std::move(ids)) {}

  /// A new call in status initial.
  Call& Begin(Direction direction, WallTime started_at);
  /// Puts the start of a call elsewhere, as the finalisation may do (live).
  void MoveStart(Call& call, WallTime started_at);

  /// At most five per call; emojis are dropped (doc). `author`: a user, or nothing for the API.
  Result<Comment> AddComment(std::int64_t id, const std::string& content,
                             std::optional<std::int64_t> author, WallTime now);
  /// A tag the call already has stays as it was. Fails when `tag_ids` is empty; the caller has
  /// checked that each of them exists.
  Status AddTags(std::int64_t id, const std::vector<std::int64_t>& tag_ids,
                 std::optional<std::int64_t> author, WallTime now);
  /// Takes one tag off one call. Fails when it is not on it.
  Status RemoveTag(std::int64_t id, std::int64_t tag_id);
  /// Takes a deleted tag off every call (doc).
  void StripTag(std::int64_t tag_id);

  /// Null when there is none. Calls are never removed: the address stays good.
  Call* Find(std::int64_t id);
  const Call* Find(std::int64_t id) const;
  Result<Call> Get(std::int64_t id) const;
  /// Newest history only: calls that started more than six months before `now` are not listed (doc,
  /// live). `own_digits` gives the digits of a company number, for the phone filter.
  Page<Call> List(const CallFilter& filter, const ListQuery& query, WallTime now,
                  const std::map<std::int64_t, std::string>& own_digits) const;

  std::size_t size() const { return calls_.size(); }

 private:
  /// Where a call of that id stands, or would.
  std::int64_t PlaceOf(std::int64_t id) const;

  std::shared_ptr<IdSource> ids_;
  std::deque<Call> calls_;  ///< In the order of their ids.
  TimeIndex by_start_;      ///< Of places in `calls_`, which grow as ids do.
};

}  // namespace sb::aircall::sandbox
