#include "tests/sim/twoway/checks.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::sim::twoway {
namespace {

using core::twoway::Creates;
using core::twoway::Deletes;
using core::twoway::Field;
using core::twoway::IsList;
using core::twoway::OtherOf;
using core::twoway::Record;
using core::twoway::Side;
using core::twoway::ValueOf;
using ports::Link;
using ports::LinkConflict;
using ports::LinkStanding;
using RecordAt = std::pair<Side, std::string>;

const char* NameOf(Side side) {
  return side == Side::kA ? "A" : "B";
}

std::string Named(const RecordAt& at) {
  return std::string(NameOf(at.first)) + " " + at.second;
}

bool IsBlank(const Json& value) {
  return value.is_null() || (value.is_structured() && value.empty());
}

/// All links that a record was ever in.
std::vector<const Link*> LinksOf(const Evidence& evidence, const RecordAt& at) {
  std::vector<const Link*> found;
  for (const Link& link : evidence.links) {
    if (link.state.key(at.first) == at.second) found.push_back(&link);
  }
  return found;
}

/// The record and all that it was ever linked with.
std::set<RecordAt> PersonOf(const Evidence& evidence, const RecordAt& at) {
  std::set<RecordAt> person = {at};
  for (const Link* const link : LinksOf(evidence, at)) {
    const std::string& peer = link->state.key(OtherOf(at.first));
    if (!peer.empty()) person.insert({OtherOf(at.first), peer});
  }
  return person;
}

RecordAt AtOf(const Deed& deed) {
  return {deed.side, deed.key};
}

/// What one edit did to one field.
struct Edit {
  std::size_t index = 0;  ///< Of its deed.
  const Deed& deed;
  const Field& field;
  Json before;
  Json after;
};

/// Entries that are in `left` and not in `right`, or have another label there.
std::set<std::string> Surplus(const Json& left, const Json& right) {
  std::set<std::string> surplus;
  for (const auto& [entry, label] : left.items()) {
    if (!right.is_object() || !right.contains(entry)) surplus.insert(entry);
  }
  return surplus;
}

class EditCheck {
 public:
  EditCheck(const Evidence& evidence, Edit edit)
      : evidence_(evidence),
        edit_(std::move(edit)),
        person_(PersonOf(evidence, AtOf(edit_.deed))) {}

  /// What of the edit is nowhere to be found; empty: it is accounted for.
  std::string Lost() const {
    // Before its field was mapped nobody looked at it, and a delete took it along.
    const bool is_late = evidence_.late_fields.count(edit_.field.name) > 0;
    if (is_late && !Final() && IsUnmerged()) return {};
    if (!IsList(edit_.field.shape)) {
      return IsAccounted() ? std::string() : edit_.field.name + " = " + edit_.after.dump();
    }
    for (const std::string& entry : Surplus(edit_.after, edit_.before)) {
      if (!IsEntryKept(entry)) return edit_.field.name + " + " + entry;
    }
    for (const std::string& entry : Surplus(edit_.before, edit_.after)) {
      if (!IsEntryGone(entry)) return edit_.field.name + " - " + entry;
    }
    return {};
  }

 private:
  bool IsAccounted() const {
    const auto now = Final();
    if (!now) return IsDeletedKnowingly(edit_.after) || (IsSetBack() && IsPeerDeleted());
    if (*now == edit_.after || IsUnmergedBlank() || IsInConflict(edit_.after)) return true;
    if (IsSetBackUnseen()) return true;
    return AnyLaterEdit([&](const Json& /*before*/, const Json& /*after*/) { return true; });
  }

  bool IsEntryKept(const std::string& entry) const {
    const auto now = Final();
    if (!now) {
      return IsDeletedKnowingly(Json{{entry, nullptr}}) || (IsEntryBack(entry) && IsPeerDeleted());
    }
    if (now->is_object() && now->contains(entry)) return true;
    if (IsInConflict(Json{{entry, nullptr}}) || IsBackUnseen(entry)) return true;
    return AnyLaterEdit([&](const Json& before, const Json& after) {
      return Surplus(before, after).count(entry) > 0;
    });
  }

  bool IsEntryGone(const std::string& entry) const {
    const auto now = Final();
    if (!now || !now->is_object() || !now->contains(entry)) return true;
    if (IsUnmerged() || IsInConflict(edit_.before) || IsInConflict(edit_.after)) return true;
    // Somebody added it, or gave it another label, later or before it was told here.
    return std::ranges::any_of(evidence_.deeds, [&](const Deed& deed) {
      const bool of_peer = person_.count(AtOf(deed)) > 0 && !deed.ours && &deed != &edit_.deed;
      const Json after = ValueOf(deed.after, edit_.field.name);
      const Json before = ValueOf(deed.before, edit_.field.name);
      const bool has = after.is_object() && after.contains(entry);
      const bool had = before.is_object() && before.contains(entry);
      return of_peer && has && (!had || before[entry] != after[entry]) &&
             (deed.side != edit_.deed.side || deed.at > edit_.deed.at);
    });
  }

  bool RemovesEntry(const Deed& deed, const std::string& entry) const {
    const Json before = ValueOf(deed.before, edit_.field.name);
    return !deed.ours && before.is_object() && before.contains(entry) &&
           Surplus(before, ValueOf(deed.after, edit_.field.name)).count(entry) > 0;
  }

  /// A person did the opposite to the record before the edit, and nothing was written to it or its
  /// peer in between: it is as both agreed on, and nobody can tell that it was touched.
  template <typename Undoes>
  bool TakesBack(Undoes&& undoes) const {
    for (std::size_t at = edit_.index; at > 0; --at) {
      const Deed& deed = evidence_.deeds[at - 1];
      if (person_.count(AtOf(deed)) == 0) continue;
      if (deed.ours) return false;
      if (AtOf(deed) == AtOf(edit_.deed) && undoes(deed)) return true;
    }
    return false;
  }

  bool IsEntryBack(const std::string& entry) const {
    return TakesBack([&](const Deed& deed) { return RemovesEntry(deed, entry); });
  }

  bool IsSetBack() const {
    return TakesBack(
        [&](const Deed& deed) { return ValueOf(deed.before, edit_.field.name) == edit_.after; });
  }

  /// A person did something of this kind to the record's peer.
  template <typename Is>
  bool OnPeer(Is&& is) const {
    return std::ranges::any_of(evidence_.deeds, [&](const Deed& deed) {
      return deed.side != edit_.deed.side && person_.count(AtOf(deed)) > 0 && !deed.ours &&
             is(deed);
    });
  }

  /// Taken away and back: the other side took it away, which stands.
  bool IsBackUnseen(const std::string& entry) const {
    return IsEntryBack(entry) &&
           OnPeer([&](const Deed& deed) { return RemovesEntry(deed, entry); });
  }

  /// Changed and set back: the other side's edit stands.
  bool IsSetBackUnseen() const {
    return IsSetBack() && OnPeer([&](const Deed& deed) {
             return ValueOf(deed.before, edit_.field.name) != ValueOf(deed.after, edit_.field.name);
           });
  }

  bool IsPeerDeleted() const {
    return OnPeer([](const Deed& deed) { return deed.what == Deed::What::kDeleted; });
  }

  /// The field of the record that was edited; nothing: it is not there any more.
  std::optional<Json> Final() const {
    const auto& records = evidence_.records(edit_.deed.side);
    const auto at = records.find(edit_.deed.key);
    if (at == records.end()) return std::nullopt;
    return ValueOf(at->second, edit_.field.name);
  }

  /// A person deleted the record, or deleted its peer, which showed the edit.
  bool IsDeletedKnowingly(const Json& value) const {
    for (const Deed& deed : evidence_.deeds) {
      if (deed.what != Deed::What::kDeleted || deed.ours) continue;
      if (AtOf(deed) == AtOf(edit_.deed)) return true;
      if (person_.count(AtOf(deed)) == 0) continue;
      const Json shown = ValueOf(deed.before, edit_.field.name);
      if (deed.at < edit_.deed.at) continue;
      if (shown == value || shown == SpelledOn(deed.side, value)) return true;
      if (Has(shown, value) || IsBlank(value)) return true;
      if (!CouldShow(deed, value)) return true;
    }
    if (IsInConflict(value)) return true;
    return AnyLaterEdit([](const Json& /*before*/, const Json& /*after*/) { return true; });
  }

  Json SpelledOn(Side side, const Json& value) const {
    return evidence_.spelled ? evidence_.spelled(side, edit_.field.name, value) : value;
  }

  /// Whether the record of a side could have shown the value over what it showed before it was
  /// deleted. Where it could not, nobody can tell that the edit was not known there. A list is also
  /// full of the same number in two spellings.
  bool CouldShow(const Deed& deleted, const Json& value) const {
    const std::string& field = edit_.field.name;
    const bool was_full = IsList(edit_.field.shape) && evidence_.was_at_limit &&
                          evidence_.was_at_limit(deleted.side, deleted.key, field);
    if (was_full) return false;
    Json wanted = value;
    if (IsList(edit_.field.shape)) {
      wanted = ValueOf(deleted.before, field);
      if (!wanted.is_object()) wanted = Json::object();
      for (const auto& [entry, label] : value.items()) {
        wanted[entry] = label.is_null() ? Json("") : label;
      }
    }
    Record target = deleted.before;
    core::twoway::SetValue(target, field, wanted);
    const auto able = evidence_.projector(deleted.side).Shown(target, deleted.before);
    return able.ok() && ValueOf(*able, field) != ValueOf(deleted.before, field);
  }

  static bool Has(const Json& shown, const Json& entries) {
    return shown.is_object() && entries.is_object() &&
           std::ranges::all_of(entries.items(),
                               [&](const auto& entry) { return shown.contains(entry.key()); });
  }

  /// A link of the record was merged for the first time after it: nothing is removed, and no blank
  /// wins, then.
  bool IsUnmerged() const {
    const auto links = LinksOf(evidence_, AtOf(edit_.deed));
    const auto merged = [&](bool later) {
      return std::ranges::any_of(links, [&](const Link* link) {
        if (evidence_.late_fields.count(edit_.field.name) > 0) {
          const auto mapped = evidence_.mapped_at.find({link->id, edit_.field.name});
          return mapped != evidence_.mapped_at.end() && (mapped->second > edit_.deed.at) == later;
        }
        const auto agreed = evidence_.agreed_at.find(link->id);
        return agreed != evidence_.agreed_at.end() && (agreed->second > edit_.deed.at) == later;
      });
    };
    return merged(true) || !merged(false);
  }

  bool IsUnmergedBlank() const { return IsBlank(edit_.after) && IsUnmerged(); }

  bool IsInConflict(const Json& value) const {
    return std::ranges::any_of(evidence_.conflicts, [&](const LinkConflict& conflict) {
      const bool about = std::ranges::any_of(person_, [&](const RecordAt& at) {
        const auto links = LinksOf(evidence_, at);
        return (conflict.side == at.first && conflict.key == at.second) ||
               std::ranges::any_of(links,
                                   [&](const Link* link) { return link->id == conflict.link; });
      });
      if (!about || conflict.field != edit_.field.name) return false;
      const Json& told = edit_.deed.side == Side::kA ? conflict.a : conflict.b;
      // While a question is open the field stands as it was agreed before; whoever sets it back to
      // that has answered it.
      const bool set_back = conflict.code == "LINK_FIELD_ASKS" && conflict.base == value;
      return set_back || told == value || Has(told, value) || (IsBlank(told) && IsBlank(value));
    });
  }

  /// A person edited the same field of the person later, so that `counts` says true.
  template <typename Counts>
  bool AnyLaterEdit(Counts&& counts) const {
    for (std::size_t at = edit_.index + 1; at < evidence_.deeds.size(); ++at) {
      const Deed& deed = evidence_.deeds[at];
      if (deed.ours || deed.what == Deed::What::kDeleted) continue;
      if (person_.count(AtOf(deed)) == 0) continue;
      const Json before = ValueOf(deed.before, edit_.field.name);
      const Json after = ValueOf(deed.after, edit_.field.name);
      if (before != after && counts(before, after)) return true;
    }
    return false;
  }

  const Evidence& evidence_;
  const Edit edit_;
  const std::set<RecordAt> person_;
};

/// Fields of a link that wait for an answer.
std::set<std::string> Asked(const Evidence& evidence, const Link& link) {
  std::set<std::string> asked;
  for (const LinkConflict& conflict : evidence.conflicts) {
    if (conflict.open && conflict.link == link.id) asked.insert(conflict.field);
  }
  return asked;
}

void Forget(Record& record, const std::set<std::string>& fields) {
  for (const std::string& field : fields) record.erase(field);
}

std::string Text(const Record& record) {
  return Json(record).dump();
}

void CheckSide(const Evidence& evidence, const Link& link, Side side,
               std::vector<std::string>& violations) {
  const RecordAt at = {side, link.state.key(side)};
  const auto found = evidence.records(side).find(at.second);
  if (found == evidence.records(side).end()) {
    violations.push_back("I13: the record of an active link is not there: " + Named(at));
    return;
  }
  const std::set<std::string> asked = Asked(evidence, link);
  Record now = found->second;
  Record shown = link.state.agreed->shown(side);
  Forget(now, asked);
  Forget(shown, asked);
  if (now != shown) {
    violations.push_back("I13: " + Named(at) + " is " + Text(now) + " and was last shown as " +
                         Text(shown));
  }
  const auto able = evidence.projector(side).Shown(link.state.agreed->base, found->second);
  if (!able.ok()) return;
  Record best = *able;
  if (evidence.spelled) {
    for (auto& [field, value] : best) value = evidence.spelled(side, field, value);
  }
  Forget(best, asked);
  for (const Field& field : evidence.definition.fields) {
    const bool excused = IsList(field.shape) && evidence.was_at_limit &&
                         evidence.was_at_limit(side, at.second, field.name);
    if (!excused) continue;
    now.erase(field.name);
    best.erase(field.name);
  }
  if (now != best) {
    violations.push_back("I13: " + Named(at) + " is " + Text(now) + " and could show " +
                         Text(best) + " of what was agreed");
  }
}

bool MakesCounterparts(const core::twoway::Definition& definition, Side of) {
  const Creates where = of == Side::kA ? Creates::kInB : Creates::kInA;
  return definition.creates == Creates::kBoth || definition.creates == where;
}

/// Deletes by people of records that were linked with this one, with their place in the deeds.
std::vector<std::size_t> PeersDeleted(const Evidence& evidence, const RecordAt& at) {
  std::vector<std::size_t> deleted;
  const std::set<RecordAt> person = PersonOf(evidence, at);
  for (std::size_t index = 0; index < evidence.deeds.size(); ++index) {
    const Deed& deed = evidence.deeds[index];
    const bool is_peer = deed.side != at.first && person.count(AtOf(deed)) > 0;
    if (is_peer && !deed.ours && deed.what == Deed::What::kDeleted) deleted.push_back(index);
  }
  return deleted;
}

Deletes RuleFor(const core::twoway::Definition& definition, Side side) {
  return side == Side::kA ? definition.deletes.to_a : definition.deletes.to_b;
}

/// One of the records was deleted by a person, and the definition says to wait for it.
bool WaitsForReturn(const Evidence& evidence, const Link& link) {
  for (const Side side : {Side::kA, Side::kB}) {
    const std::string& key = link.state.key(side);
    const bool gone = !key.empty() && evidence.records(side).count(key) == 0;
    if (gone && RuleFor(evidence.definition, OtherOf(side)) == Deletes::kIgnore) return true;
  }
  return false;
}

/// More than this many deletes within an hour are too many.
std::size_t MostDeletes(const Evidence& evidence) {
  const auto& rules = evidence.definition.deletes;
  const auto of_links =
      static_cast<std::int64_t>(evidence.links.size()) * rules.brake_percent / 100;
  return static_cast<std::size_t>(std::max(rules.brake_count, of_links + 1));
}

void CheckBrake(const Evidence& evidence, Side side, std::vector<std::string>& violations) {
  if (evidence.approved.count(side) > 0) return;
  std::vector<WallTime> ours;
  for (const Deed& deed : evidence.deeds) {
    const bool counts = deed.ours && deed.side == side && deed.what == Deed::What::kDeleted;
    if (counts) ours.push_back(deed.at);
  }
  const std::size_t most = MostDeletes(evidence);
  for (std::size_t at = most; at < ours.size(); ++at) {
    if (ours[at] - ours[at - most] >= std::chrono::hours(1)) continue;
    violations.push_back("I16: more than " + std::to_string(most) + " deletes within an hour on " +
                         NameOf(side));
    return;
  }
}

std::set<std::string> PhonesOf(const Evidence& evidence, const Record& record) {
  std::set<std::string> phones;
  for (const Field& field : evidence.definition.fields) {
    const Json value = ValueOf(record, field.name);
    if (field.shape == core::twoway::Shape::kPhone && value.is_string()) phones.insert(value);
    if (field.shape != core::twoway::Shape::kPhones || !value.is_object()) continue;
    for (const auto& [phone, label] : value.items()) phones.insert(phone);
  }
  return phones;
}

bool Share(const std::set<std::string>& left, const std::set<std::string>& right) {
  return std::ranges::any_of(left, [&](const std::string& each) { return right.count(each) > 0; });
}

}  // namespace

std::vector<std::string> Unconverged(const Evidence& evidence) {
  std::vector<std::string> violations;
  for (const Link& link : evidence.links) {
    if (link.standing != LinkStanding::kActive || WaitsForReturn(evidence, link)) continue;
    const bool whole =
        !link.state.key_a.empty() && !link.state.key_b.empty() && link.state.agreed.has_value();
    if (!whole) {
      violations.push_back("I13: a link is not made to its end: A " + link.state.key_a + ", B " +
                           link.state.key_b);
      continue;
    }
    if (link.state.intent) {
      violations.push_back("I13: a write is still intended for A " + link.state.key_a);
    }
    CheckSide(evidence, link, Side::kA, violations);
    CheckSide(evidence, link, Side::kB, violations);
  }
  return violations;
}

std::vector<std::string> LeftAlone(const Evidence& evidence) {
  std::vector<std::string> violations;
  for (const Side side : {Side::kA, Side::kB}) {
    for (const auto& [key, record] : evidence.records(side)) {
      const RecordAt at = {side, key};
      const auto links = LinksOf(evidence, at);
      const bool linked = std::ranges::any_of(
          links, [](const Link* link) { return link->standing != LinkStanding::kEnded; });
      const bool asked = std::ranges::any_of(evidence.conflicts, [&](const LinkConflict& each) {
        return each.open &&
               ((each.side == side && each.key == key) || std::ranges::count(each.rivals, key) > 0);
      });
      const bool excused = linked || asked || !PeersDeleted(evidence, at).empty() ||
                           !MakesCounterparts(evidence.definition, side);
      if (!excused) violations.push_back("I13: " + Named(at) + " was left alone");
    }
  }
  return violations;
}

std::vector<std::string> WritesAfter(const Evidence& evidence, WallTime calm) {
  std::vector<std::string> violations;
  for (const Deed& deed : evidence.deeds) {
    if (deed.ours && deed.at > calm) violations.push_back("I14: not silent: " + Told(deed));
  }
  return violations;
}

std::vector<std::string> LostEdits(const Evidence& evidence) {
  std::vector<std::string> violations;
  for (std::size_t index = 0; index < evidence.deeds.size(); ++index) {
    const Deed& deed = evidence.deeds[index];
    if (deed.ours || deed.what == Deed::What::kDeleted) continue;
    for (const Field& field : evidence.definition.fields) {
      Json before = ValueOf(deed.before, field.name);
      Json after = ValueOf(deed.after, field.name);
      if (before == after) continue;
      const std::string lost =
          EditCheck(evidence, {index, deed, field, std::move(before), std::move(after)}).Lost();
      if (!lost.empty()) violations.push_back("I15: lost: " + lost + " of " + Told(deed));
    }
  }
  return violations;
}

std::vector<std::string> WrongDeletes(const Evidence& evidence) {
  std::vector<std::string> violations;
  for (std::size_t index = 0; index < evidence.deeds.size(); ++index) {
    const Deed& deed = evidence.deeds[index];
    if (!deed.ours || deed.what != Deed::What::kDeleted) continue;
    if (RuleFor(evidence.definition, deed.side) != Deletes::kDelete) {
      violations.push_back("I16: the definition deletes nothing there: " + Told(deed));
    }
    const auto reasons = PeersDeleted(evidence, AtOf(deed));
    const bool founded = !reasons.empty() && reasons.front() < index;
    if (!founded) violations.push_back("I16: nobody deleted its peer: " + Told(deed));
  }
  CheckBrake(evidence, Side::kA, violations);
  CheckBrake(evidence, Side::kB, violations);
  return violations;
}

std::vector<std::string> Resurrections(const Evidence& evidence) {
  std::vector<std::string> violations;
  for (std::size_t index = 0; index < evidence.deeds.size(); ++index) {
    const Deed& made = evidence.deeds[index];
    if (!made.ours || made.what != Deed::What::kCreated) continue;
    for (const Link* const link : LinksOf(evidence, AtOf(made))) {
      const RecordAt source = {OtherOf(made.side), link->state.key(OtherOf(made.side))};
      // The link that it was made for; it may have been linked with others later.
      const bool made_for = !source.second.empty() && link->created_at <= made.at;
      if (!made_for) continue;
      std::optional<std::size_t> deleted;
      for (const std::size_t at : PeersDeleted(evidence, source)) {
        if (at < index) deleted = at;
      }
      if (!deleted) continue;
      bool changed = false;
      for (std::size_t at = *deleted + 1; at < index; ++at) {
        const Deed& deed = evidence.deeds[at];
        changed = changed || (!deed.ours && AtOf(deed) == source);
      }
      if (!changed) {
        violations.push_back("I17: made again for " + Named(source) +
                             ", whose counterpart was deleted: " + Told(made));
      }
    }
  }
  return violations;
}

std::vector<std::string> Duplicates(const Evidence& evidence) {
  std::vector<std::string> violations;
  std::map<RecordAt, Record> alive;
  std::map<RecordAt, Record> made;
  std::map<std::string, RecordAt> by_op_key;
  for (std::size_t index = 0; index < evidence.deeds.size(); ++index) {
    const Deed& deed = evidence.deeds[index];
    if (deed.what == Deed::What::kDeleted) {
      alive.erase(AtOf(deed));
      continue;
    }
    alive[AtOf(deed)] = deed.after;
    if (!deed.ours || deed.what != Deed::What::kCreated) continue;
    const auto [former, fresh] = by_op_key.try_emplace(deed.op_key, AtOf(deed));
    if (!fresh) {
      violations.push_back("I15: made twice: " + Named(former->second) + ", then " + Told(deed));
    }
    const std::set<std::string> phones = PhonesOf(evidence, deed.after);
    for (const auto& [at, record] : made) {
      // What is left of a pair is nobody's any more, and may be out of sight.
      const auto ended = PeersDeleted(evidence, at);
      const bool there =
          at.first == deed.side && alive.count(at) > 0 && (ended.empty() || ended.front() > index);
      const bool same = there && Share(phones, PhonesOf(evidence, record)) &&
                        Share(phones, PhonesOf(evidence, alive[at]));
      if (same && fresh) {
        violations.push_back("duplicate: " + Named(at) + " has the same phone: " + Told(deed));
      }
    }
    made[AtOf(deed)] = deed.after;
  }
  return violations;
}

std::vector<std::string> WritesAtRest(const Evidence& evidence) {
  constexpr std::chrono::seconds kUnderWay{1};
  std::vector<std::string> violations;
  for (const Rest& rest : evidence.rests) {
    for (const Deed& deed : evidence.deeds) {
      const bool within = deed.at > rest.from + kUnderWay && deed.at < rest.until;
      const bool about =
          !rest.key_a || deed.key == (deed.side == Side::kA ? *rest.key_a : rest.key_b);
      if (deed.ours && within && about) violations.push_back("paused: " + Told(deed));
    }
  }
  return violations;
}

std::vector<std::string> Violations(const Evidence& evidence) {
  std::vector<std::string> all;
  for (const auto& check :
       {Unconverged, LeftAlone, LostEdits, WrongDeletes, Resurrections, Duplicates, WritesAtRest}) {
    const std::vector<std::string> found = check(evidence);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

std::string Told(const Deed& deed) {
  const std::string time = ToRfc3339(deed.at).substr(11, 12);
  const char* const verb = deed.what == Deed::What::kCreated   ? " made "
                           : deed.what == Deed::What::kUpdated ? " edited "
                                                               : " deleted ";
  std::string text =
      time + (deed.ours ? " engine" : " person") + verb + Named({deed.side, deed.key}) + ":";
  for (const std::string& field : core::twoway::Differing(deed.before, deed.after)) {
    text += " " + field + " " + ValueOf(deed.before, field).dump() + " -> " +
            ValueOf(deed.after, field).dump();
  }
  return text;
}

}  // namespace sb::sim::twoway
