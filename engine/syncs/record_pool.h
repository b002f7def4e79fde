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
  /// `most`: records of both sides together.
  RecordPool(const core::twoway::Definition& definition, std::size_t most)
      : definition_(definition), most_(most) {}

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

  /// Tells what becomes of each record without link. Ends early where `each` fails, as that.
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
  };

  const Lot& lot(core::twoway::Side side) const {
    return lots_[side == core::twoway::Side::kA ? 0 : 1];
  }

  Lot& lot(core::twoway::Side side) { return lots_[side == core::twoway::Side::kA ? 0 : 1]; }

  static core::twoway::Seen Unpacked(const Held& held);
  bool Claim(const Held& held);
  Met MeetOne(core::twoway::Side side, const Held& held) const;

  const core::twoway::Definition& definition_;
  std::size_t most_;
  std::array<Lot, 2> lots_;
  std::unordered_set<std::string> claimed_;  ///< Match keys of records that are going to be made.
};

}  // namespace sb::syncs
