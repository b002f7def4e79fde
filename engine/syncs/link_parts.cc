#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/syncs/link_job.h"

namespace sb::syncs {

using core::twoway::MatchKey;
using core::twoway::Record;
using core::twoway::Seen;
using core::twoway::Side;

bool HealsByEdit(const std::string& code) {
  return code == kValueRefused || code == "LINK_VALUE_MISSING";
}

bool StopsSync(const Error& error) {
  return error.kind == ErrorKind::kUnauthorized || error.kind == ErrorKind::kForbidden ||
         error.code == "LINK_SIDE_CHANGED";
}

Result<Seen> SeenOf(const core::twoway::Projector& projector, const ports::SideRecord& record,
                    const Record* last) {
  auto projection = projector.Project(record.native);
  if (!projection.ok()) return projection.error();
  Seen seen;
  seen.presence =
      projection->takes_part ? core::twoway::Presence::kPresent : core::twoway::Presence::kOutside;
  seen.told.changed_at = record.changed_at;
  seen.told.record = last == nullptr ? std::move(projection->record)
                                     : core::twoway::ReadableOver(*projection, *last);
  seen.native = record.native;
  seen.is_patchy = std::ranges::any_of(projection->flags, core::twoway::IsUnreadable);
  return seen;
}

Json ChangesBetween(const Record& before, const Record& after) {
  Json changes = Json::object();
  for (const std::string& field : core::twoway::Differing(before, after)) {
    changes[field] =
        Json::array({core::twoway::ValueOf(before, field), core::twoway::ValueOf(after, field)});
  }
  return changes;
}

Json AsJson(const Record& record) {
  Json json = Json::object();
  for (const auto& [field, value] : record) json[field] = value;
  return json;
}

std::vector<MatchKey> MatchKeysOfPair(const core::twoway::Definition& definition, const Seen& a,
                                      const Seen& b, const core::twoway::LinkState& state) {
  std::vector<MatchKey> keys;
  const auto add = [&](Side side, const Seen& seen, const std::string& key) {
    if (key.empty() || seen.presence != core::twoway::Presence::kPresent) return;
    for (MatchKey& each : MatchKeysOf(definition, side, seen.told.record, seen.native, key)) {
      if (std::ranges::count(keys, each) == 0) keys.push_back(std::move(each));
    }
  };
  add(Side::kA, a, state.key_a);
  add(Side::kB, b, state.key_b);
  return keys;
}

}  // namespace sb::syncs
