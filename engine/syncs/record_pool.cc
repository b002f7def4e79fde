#include "engine/syncs/record_pool.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/syncs/link_job.h"

namespace sb::syncs {
namespace {

using core::twoway::MatchKey;
using core::twoway::Meeting;
using core::twoway::Presence;
using core::twoway::Seen;
using core::twoway::Side;

constexpr std::size_t kBytesOfRecord = 300;  ///< Besides its texts.

std::string PoolIndexOf(const MatchKey& key) {
  return std::to_string(static_cast<int>(key.by)) + ":" + key.value;
}

}  // namespace

bool RecordPool::Add(Side side, const std::string& key, const Seen& seen) {
  Lot& records = lot(side);
  if (records.by_key.contains(key)) return true;  // it moved to another page meanwhile
  if (!HasRoom(records, kBytesOfRecord)) return false;
  Held held;
  held.key = key;
  held.text = DumpJson(AsJson(seen.told.record));
  held.presence = seen.presence;
  held.changed_at = seen.told.changed_at;
  if (seen.presence == Presence::kPresent)
    held.keys = MatchKeysOf(definition_, side, seen.told.record, seen.native, key);
  const std::size_t bytes = BytesOf(held);
  if (!HasRoom(records, bytes)) return false;
  records.bytes += bytes;
  const std::size_t at = records.records.size();
  for (const MatchKey& each : held.keys) records.by_match[PoolIndexOf(each)].push_back(at);
  records.by_key.emplace(key, at);
  records.records.push_back(std::move(held));
  return true;
}

std::size_t RecordPool::BytesOf(const Held& held) {
  std::size_t bytes = kBytesOfRecord + held.text.size() + held.key.size();
  for (const MatchKey& key : held.keys) bytes += 2 * key.value.size();
  return bytes;
}

bool RecordPool::HasRoom(const Lot& of_side, std::size_t bytes) const {
  const std::size_t parts = limits_.halves ? 2 : 1;
  return size() < limits_.records && of_side.records.size() < limits_.records / parts &&
         lots_[0].bytes + lots_[1].bytes + bytes <= limits_.bytes &&
         of_side.bytes + bytes <= limits_.bytes / parts;
}

Seen RecordPool::Unpacked(const Held& held) {
  Seen seen;
  seen.presence = held.presence;
  seen.told.changed_at = held.changed_at;
  const auto json = ParseJson(held.text);
  if (!json.ok()) return seen;
  for (const auto& item : json->items()) seen.told.record.emplace(item.key(), item.value());
  return seen;
}

std::optional<Seen> RecordPool::Find(Side side, const std::string& key) const {
  const auto found = lot(side).by_key.find(key);
  if (found == lot(side).by_key.end()) return std::nullopt;
  return Unpacked(lot(side).records[found->second]);
}

void RecordPool::MarkLinked(Side side, const std::string& key) {
  lot(side).linked.insert(key);
}

RecordPool::Met RecordPool::MeetOne(Side side, const Held& held) const {
  const Lot& others = lot(OtherOf(side));
  std::vector<std::vector<core::twoway::Candidate>> found;
  std::set<std::string> linked;
  for (const MatchKey& key : held.keys) {
    found.emplace_back();
    const auto fitting = others.by_match.find(PoolIndexOf(key));
    if (fitting == others.by_match.end()) continue;
    for (const std::size_t at : fitting->second) {
      const std::string& other = others.records[at].key;
      found.back().push_back({other, {}, Json()});
      if (others.linked.contains(other)) linked.insert(other);
    }
  }
  Met met;
  met.side = side;
  met.key = held.key;
  met.seen = Unpacked(held);
  met.meeting =
      core::twoway::Meet(definition_, side, met.seen, held.keys, found, linked, std::nullopt);
  if (met.meeting.what == Meeting::What::kLink) {
    if (auto other = Find(OtherOf(side), met.meeting.key)) met.other = *std::move(other);
  }
  return met;
}

/// Of two records with one number or address only the first is made on the other side.
bool RecordPool::IsClaimed(const Held& held) const {
  return std::ranges::any_of(
      held.keys, [&](const MatchKey& key) { return claimed_.contains(PoolIndexOf(key)); });
}

/// What it is found to be counts for others once it was told.
Status RecordPool::MatchOne(Side side, const Held& held,
                            const std::function<Status(const Met&)>& each) {
  if (lot(side).linked.contains(held.key)) return {};
  Met met = MeetOne(side, held);
  if (met.meeting.what == Meeting::What::kCreate && IsClaimed(held)) {
    met.meeting.what = Meeting::What::kTaken;
    met.meeting.code = "LINK_TAKEN";
  }
  if (Status told = each(met); !told.ok()) return told;
  if (met.meeting.what == Meeting::What::kCreate) {
    for (const MatchKey& key : held.keys) claimed_.insert(PoolIndexOf(key));
  }
  if (met.meeting.what == Meeting::What::kLink) {
    MarkLinked(side, held.key);
    MarkLinked(OtherOf(side), met.meeting.key);
  }
  return {};
}

Result<bool> RecordPool::MatchSome(std::size_t most,
                                   const std::function<Status(const Met&)>& each) {
  const std::vector<Held>& of_a = lot(Side::kA).records;
  const std::vector<Held>& of_b = lot(Side::kB).records;
  for (std::size_t told = 0; told < most && matched_ < size(); ++told) {
    const bool is_a = matched_ < of_a.size();
    const Held& held = is_a ? of_a[matched_] : of_b[matched_ - of_a.size()];
    const Status matched = MatchOne(is_a ? Side::kA : Side::kB, held, each);
    if (!matched.ok()) return matched.error();
    ++matched_;
  }
  return matched_ < size();
}

Status RecordPool::Match(const std::function<Status(const Met&)>& each) {
  const auto matched = MatchSome(SIZE_MAX, each);
  return matched.ok() ? Status() : Status(matched.error());
}

}  // namespace sb::syncs
