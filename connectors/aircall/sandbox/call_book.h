#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/ids.h"
#include "connectors/aircall/sandbox/objects.h"
#include "connectors/aircall/sandbox/page.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

struct CallFilter {
  std::optional<Direction> direction{};
  std::optional<std::int64_t> user_id{};
  std::optional<std::string> phone_number{};  ///< Compared by digits, with either party's number.
  std::vector<std::int64_t> tag_ids{};        ///< All of them must be on the call (doc).
  bool matches_nothing = false;               ///< A filter was sent that no call can satisfy.
};

/// The calls of a company, and what the API may do to them. Refusals are kInvalid SANDBOX_INVALID
/// or kNotFound SANDBOX_NOT_FOUND.
class CallBook {
 public:
  explicit CallBook(IdSource& ids) : ids_(ids) {}

  /// A new call in status initial.
  Call& Begin(Direction direction, WallTime started_at);

  /// At most five per call; emojis are dropped (doc).
  Result<Comment> AddComment(std::int64_t id, const std::string& content, WallTime now);
  /// A tag the call already has stays as it was. Fails when `tag_ids` is empty; the caller has
  /// checked that each of them exists.
  Status AddTags(std::int64_t id, const std::vector<std::int64_t>& tag_ids, WallTime now);
  /// Takes a deleted tag off every call (doc).
  void StripTag(std::int64_t tag_id);

  Call* Find(std::int64_t id);
  Result<Call> Get(std::int64_t id) const;
  /// Newest history only: calls that started more than six months before `now` are not listed (doc,
  /// live). `own_digits` gives the digits of a company number, for the phone filter.
  Page<Call> List(const CallFilter& filter, const ListQuery& query, WallTime now,
                  const std::map<std::int64_t, std::string>& own_digits) const;

  std::size_t size() const { return calls_.size(); }

 private:
  IdSource& ids_;
  std::map<std::int64_t, Call> calls_;
};

}  // namespace sb::aircall::sandbox
