#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/twoway/definition.h"
#include "engine/core/twoway/record.h"
#include "engine/core/twoway/step.h"

namespace sb::syncs {

/// Records of both sides in memory, matched by the rules by which LinkWorker matches one that it
/// meets: A's in the order in which they came, then what is left of B. Each takes its canonical
/// text and about 300 bytes. Not thread-safe.
class RecordPool {
 public:
  /// Of both sides together.
  struct Limits {
    std::size_t records = 0;
    std::size_t bytes = std::size_t{256} << 20U;
    bool halves = false;  ///< No side has more than half of it, so that there is room for both.
  };

  RecordPool(core::twoway::Definition definition, const Limits& limits)
      : definition_(std::move(definition)), limits_(limits) {}

  /// False: the pool is full, and the record is not in it.
  bool Add(core::twoway::Side side, const std::string& key, const core::twoway::Seen& seen);

  /// The record, without its native form; nothing: it is not here.
  std::optional<core::twoway::Seen> Find(core::twoway::Side side, const std::string& key) const;
  /// It has a link already: it is not matched, and others that fit it are told so.
  void MarkLinked(core::twoway::Side side, const std::string& key);

  std::size_t size() const { return lots_[0].records.size() + lots_[1].records.size(); }

  struct Met {
    core::twoway::Side side = core::twoway::Side::kA;
    std::string key;
    core::twoway::Seen seen;
    core::twoway::Meeting meeting;
    core::twoway::Seen other;  ///< With kLink: the record that fits.
  };

  /// Tells what becomes of the next `most` records without link. True: there are more. Where `each`
  /// fails it ends with that, and the next call goes on with the same record. No record is added
  /// any more once it has begun.
  Result<bool> MatchSome(std::size_t most, const std::function<Status(const Met&)>& each);
  /// Likewise of all that are left.
  Status Match(const std::function<Status(const Met&)>& each);

 private:
  struct Held {
    std::string key;
    std::string text;  ///< Canonical JSON of the record.
    core::twoway::Presence presence = core::twoway::Presence::kPresent;
    std::optional<WallTime> changed_at;
    std::vector<core::twoway::MatchKey> keys;
  };

  struct Lot {
    std::vector<Held> records;
    std::unordered_map<std::string, std::size_t> by_key;
    std::unordered_map<std::string, std::vector<std::size_t>> by_match;
    std::unordered_set<std::string> linked;
    std::size_t bytes = 0;
  };

  const Lot& lot(core::twoway::Side side) const {
    return lots_[side == core::twoway::Side::kA ? 0 : 1];
  }

  Lot& lot(core::twoway::Side side) { return lots_[side == core::twoway::Side::kA ? 0 : 1]; }

  static core::twoway::Seen Unpacked(const Held& held);
  static std::size_t BytesOf(const Held& held);
  bool HasRoom(const Lot& of_side, std::size_t bytes) const;
  bool IsClaimed(const Held& held) const;
  Met MeetOne(core::twoway::Side side, const Held& held) const;
  Status MatchOne(core::twoway::Side side, const Held& held,
                  const std::function<Status(const Met&)>& each);

  const core::twoway::Definition definition_;  ///< A copy: the pool outlives the scene it is of.
  const Limits limits_;
  std::array<Lot, 2> lots_;
  std::size_t matched_ = 0;  ///< Of A's records and then B's, in the order in which they came.
  std::unordered_set<std::string> claimed_;  ///< Match keys of records that are going to be made.
};

}  // namespace sb::syncs
