#include "engine/core/twoway/merge.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::core::twoway {
namespace {

/// A side's end of a value. Null: it has none. An entry of a list has its label, which may be "".
struct Tip {
  Json shown;             ///< When it was looked at last.
  Json now;               ///< As it is.
  bool owed = false;      ///< The agreed value is not written there yet.
  bool as_other = false;  ///< It shows as much as it can of what the other side shows.

  bool IsEdited() const { return now != shown; }
};

/// One value that is merged as a whole: a field, or an entry of a list.
struct Strand {
  Json base;
  Tip a = {};
  Tip b = {};
  bool is_entry = false;
  bool doubted = false;  ///< See Agreement::doubted.

  const Tip& at(Side side) const { return side == Side::kA ? a : b; }
};

/// What becomes of a strand.
struct Ruling {
  Json value;
  bool from_a = false;
  bool from_b = false;
  std::optional<Side> winner = {};  ///< Where an edit does not stand.
  std::string rule = {};
  bool asks = false;
};

Ruling WonBy(Side winner, const Json& value, std::string rule) {
  return {.value = value,
          .from_a = winner == Side::kA,
          .from_b = winner == Side::kB,
          .winner = winner,
          .rule = std::move(rule)};
}

/// Whether the other side was edited while it was still owed what this one stands for.
bool IsContradicted(const Strand& strand, Side side) {
  const Tip& other = strand.at(OtherOf(side));
  return other.owed && other.IsEdited() && strand.base != other.shown;
}

/// The value that a side puts up against the other one's; nothing: it leaves the matter to it.
std::optional<Json> StandOf(const Strand& strand, Side side) {
  const Tip& own = strand.at(side);
  const bool contradicted = IsContradicted(strand, side);
  if (own.IsEdited()) {
    // An edit that was taken back before the other side got it opposes nothing.
    const bool taken_back = own.now == strand.at(OtherOf(side)).shown;
    if (contradicted && taken_back && !strand.doubted) {
      return std::nullopt;
    }
    return own.now;
  }
  return contradicted ? std::optional<Json>(strand.base) : std::nullopt;
}

bool IsBlankValue(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty());
}

std::optional<Side> LaterOf(const MergeInput& input) {
  if (!input.a.changed_at || !input.b.changed_at) {
    return std::nullopt;
  }
  const auto ahead = *input.a.changed_at - *input.b.changed_at;
  if (ahead > kTimesApart) {
    return Side::kA;
  }
  return -ahead > kTimesApart ? std::optional<Side>(Side::kB) : std::nullopt;
}

Ruling ByPolicy(const Field& field, const MergeInput& input, const Strand& strand, const Json& a,
                const Json& b) {
  switch (field.conflict) {
    case Conflict::kAsk:
      return {.value = strand.base, .asks = true};
    case Conflict::kB:
      return WonBy(Side::kB, b, "prefer_b");
    case Conflict::kFillBlank:
      if (IsBlankValue(a) != IsBlankValue(b)) {
        return IsBlankValue(a) ? WonBy(Side::kB, b, "fill_blank")
                               : WonBy(Side::kA, a, "fill_blank");
      }
      break;
    case Conflict::kNewest:
      if (const auto later = LaterOf(input)) {
        return *later == Side::kA ? WonBy(Side::kA, a, "newest") : WonBy(Side::kB, b, "newest");
      }
      break;
    case Conflict::kA:
      break;
  }
  return WonBy(Side::kA, a, "prefer_a");
}

/// Entries: who has it wins over who removed it, and a label over an entry that came without one.
std::optional<Ruling> ByPresence(const Strand& strand, const Json& a, const Json& b) {
  if (a.is_null() != b.is_null()) {
    return a.is_null() ? WonBy(Side::kB, b, "kept") : WonBy(Side::kA, a, "kept");
  }
  if (IsBlankValue(a) && strand.a.shown.is_null()) {
    return Ruling{.value = b, .from_b = true};
  }
  if (IsBlankValue(b) && strand.b.shown.is_null()) {
    return Ruling{.value = a, .from_a = true};
  }
  return std::nullopt;
}

Ruling RuleBoth(const Field& field, const MergeInput& input, const Strand& strand) {
  const auto a = StandOf(strand, Side::kA);
  const auto b = StandOf(strand, Side::kB);
  if (!a || !b) {
    return {
        .value = a ? *a : (b ? *b : strand.base), .from_a = a.has_value(), .from_b = b.has_value()};
  }
  if (*a == *b || (strand.b.as_other && *a == strand.a.now)) {
    return {.value = *a, .from_a = true, .from_b = true};
  }
  if (strand.a.as_other && *b == strand.b.now) {
    return {.value = *b, .from_a = true, .from_b = true};
  }
  if (strand.is_entry) {
    if (auto ruling = ByPresence(strand, *a, *b)) {
      return *std::move(ruling);
    }
  }
  return ByPolicy(field, input, strand, *a, *b);
}

/// A strand of a field with one direction. What only the other side had at first stays there: the
/// base has it although the side that is right does not.
Ruling RuleOneWay(const Strand& strand, Side right, bool merged) {
  const Tip& good = strand.at(right);
  const Tip& other = strand.at(OtherOf(right));
  const bool tells = good.IsEdited() || good.owed;
  Ruling ruling{.value = tells ? good.now : strand.base};
  if (!merged && ruling.value.is_null()) {
    ruling.value = other.now;
    return ruling;
  }
  ruling.from_a = tells && right == Side::kA;
  ruling.from_b = tells && right == Side::kB;
  if (other.now != ruling.value && !other.as_other && (other.IsEdited() || good.owed)) {
    ruling.winner = right;
    ruling.rule = "one_way";
  }
  return ruling;
}

Ruling RuleStrand(const Field& field, const MergeInput& input, const Strand& strand, bool merged) {
  switch (field.direction) {
    case Direction::kToB:
      return RuleOneWay(strand, Side::kA, merged);
    case Direction::kToA:
      return RuleOneWay(strand, Side::kB, merged);
    case Direction::kBoth:
      break;
  }
  return RuleBoth(field, input, strand);
}

bool WasMerged(const MergeInput& input, const std::string& field) {
  return input.agreed.has_value() && !input.unmerged.contains(field);
}

/// A field as a whole, whatever its shape. One that was never merged was blank everywhere.
Strand StrandOf(const MergeInput& input, const std::string& field) {
  Strand strand;
  strand.a.now = ValueOf(input.a.record, field);
  strand.b.now = ValueOf(input.b.record, field);
  if (WasMerged(input, field)) {
    strand.base = ValueOf(input.agreed->base, field);
    strand.a.shown = ValueOf(input.agreed->shown_a, field);
    strand.b.shown = ValueOf(input.agreed->shown_b, field);
    strand.a.owed = input.agreed->owed_a.contains(field);
    strand.b.owed = input.agreed->owed_b.contains(field);
    strand.doubted = input.agreed->doubted.contains(field);
  }
  strand.b.as_other = input.a_on_b != nullptr && !strand.b.now.is_null() &&
                      ValueOf(*input.a_on_b, field) == strand.b.now;
  strand.a.as_other = input.b_on_a != nullptr && !strand.a.now.is_null() &&
                      ValueOf(*input.b_on_a, field) == strand.a.now;
  return strand;
}

std::set<std::string> EntriesIn(std::initializer_list<const Json*> lists) {
  std::set<std::string> entries;
  for (const Json* list : lists) {
    if (list->is_object()) {
      for (const auto& item : list->items()) {
        entries.insert(item.key());
      }
    }
  }
  return entries;
}

Strand EntryOf(const MergeInput& input, const std::string& field, const Strand& list,
               const std::string& entry) {
  Strand strand{.base = Member(list.base, entry), .is_entry = true, .doubted = list.doubted};
  strand.a = {
      .shown = Member(list.a.shown, entry), .now = Member(list.a.now, entry), .owed = list.a.owed};
  strand.b = {
      .shown = Member(list.b.shown, entry), .now = Member(list.b.now, entry), .owed = list.b.owed};
  const auto is_there = [&](const Record* on_other, const Json& now) {
    return on_other != nullptr && !now.is_null() && Member(ValueOf(*on_other, field), entry) == now;
  };
  // A label that a side cannot hold is not its label; an entry that it lacks, though, it lacks.
  strand.b.as_other = !strand.a.now.is_null() && is_there(input.a_on_b, strand.b.now);
  strand.a.as_other = !strand.b.now.is_null() && is_there(input.b_on_a, strand.a.now);
  return strand;
}

Ruling RuleList(const Field& field, const MergeInput& input, const Strand& list) {
  Ruling whole;
  Json entries = Json::object();
  for (const std::string& entry :
       EntriesIn({&list.base, &list.a.shown, &list.b.shown, &list.a.now, &list.b.now})) {
    const Ruling ruling = RuleStrand(field, input, EntryOf(input, field.name, list, entry),
                                     WasMerged(input, field.name));
    if (!ruling.value.is_null()) {
      entries[entry] = ruling.value;
    }
    whole.from_a = whole.from_a || ruling.from_a;
    whole.from_b = whole.from_b || ruling.from_b;
    whole.asks = whole.asks || ruling.asks;
    if (ruling.winner && !whole.winner) {
      whole.winner = ruling.winner;
      whole.rule = ruling.rule;
    }
  }
  if (!entries.empty()) {
    whole.value = std::move(entries);
  }
  return whole;
}

/// What a side stands for, for people: its edit, or the agreed value that the other one is owed.
const Json& SaidBy(const Strand& strand, Side side) {
  const Tip& own = strand.at(side);
  return !own.IsEdited() && IsContradicted(strand, side) ? strand.base : own.now;
}

Loss LossOf(const Field& field, const Strand& strand, const Ruling& ruling) {
  Loss loss{.field = field.name,
            .base = strand.base,
            .a = SaidBy(strand, Side::kA),
            .b = SaidBy(strand, Side::kB),
            .winner = ruling.winner.value_or(Side::kA),
            .rule = ruling.rule};
  if (!strand.a.IsEdited() && IsContradicted(strand, Side::kA)) {
    loss.base = strand.b.shown;
  } else if (!strand.b.IsEdited() && IsContradicted(strand, Side::kB)) {
    loss.base = strand.a.shown;
  }
  return loss;
}

const Json* ChoiceOf(const Field& field, const MergeInput& input) {
  const auto found = input.choices.find(field.name);
  return found == input.choices.end() || field.direction != Direction::kBoth ? nullptr
                                                                             : &found->second;
}

Ruling RuleChosen(const Strand& strand, const Json& choice) {
  Ruling ruling{.value = IsBlankValue(choice) || choice.empty() ? Json() : choice};
  const auto loses = [&](Side side) {
    const auto stand = StandOf(strand, side);
    return stand && *stand != ruling.value;
  };
  if (loses(Side::kA) || loses(Side::kB)) {
    ruling.winner = SaidBy(strand, Side::kB) == ruling.value ? Side::kB : Side::kA;
    ruling.rule = "chosen";
  }
  return ruling;
}

void EnterRuling(Merged& merged, const Field& field, const Strand& strand, const Ruling& ruling) {
  if (ruling.asks) {
    merged.asks.push_back(LossOf(field, strand, {}));
    SetValue(merged.target, field.name, strand.base);
    return;
  }
  SetValue(merged.target, field.name, ruling.value);
  if (ruling.winner) {
    merged.losses.push_back(LossOf(field, strand, ruling));
  }
  if (ruling.from_a) {
    merged.from_a.insert(field.name);
  }
  if (ruling.from_b) {
    merged.from_b.insert(field.name);
  }
}

}  // namespace

Merged MergeRecords(const Definition& definition, const MergeInput& input) {
  Merged merged;
  for (const Field& field : definition.fields) {
    const Strand strand = StrandOf(input, field.name);
    if (const Json* choice = ChoiceOf(field, input)) {
      EnterRuling(merged, field, strand, RuleChosen(strand, *choice));
    } else if (IsList(field.shape)) {
      EnterRuling(merged, field, strand, RuleList(field, input, strand));
    } else {
      EnterRuling(merged, field, strand,
                  RuleStrand(field, input, strand, WasMerged(input, field.name)));
    }
  }
  const auto by_field = [](const Loss& left, const Loss& right) {
    return left.field < right.field;
  };
  std::sort(merged.losses.begin(), merged.losses.end(), by_field);
  std::sort(merged.asks.begin(), merged.asks.end(), by_field);
  return merged;
}

Json WantedOf(const Field& field, Side side, const Merged& merged, const MergeInput& input) {
  const Strand strand = StrandOf(input, field.name);
  const Tip& tip = strand.at(side);
  const bool asks = std::any_of(merged.asks.begin(), merged.asks.end(),
                                [&](const Loss& ask) { return ask.field == field.name; });
  if (asks || !field.IsWritten(side)) {
    return tip.now;
  }
  const Json target = ValueOf(merged.target, field.name);
  if (ChoiceOf(field, input) != nullptr) {
    return target;
  }
  if (!WasMerged(input, field.name)) {
    return target.is_null() ? tip.now : target;
  }
  const bool moved = target != strand.base || tip.IsEdited() || tip.owed;
  return moved ? target : tip.now;
}

}  // namespace sb::core::twoway
