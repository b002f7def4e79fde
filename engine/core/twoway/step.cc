#include "engine/core/twoway/step.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::core::twoway {
namespace {

constexpr std::size_t kMostNamesInReason = 8;

/// "company_name, email and phones"
std::string NamesForPeople(const std::set<std::string>& names) {
  std::string text;
  std::size_t index = 0;
  for (const std::string& name : names) {
    if (index == kMostNamesInReason) {
      return text + " and others";
    }
    const bool last = index + 1 == names.size();
    text += (index == 0 ? "" : (last ? " and " : ", ")) + name;
    ++index;
  }
  return text;
}

const char* AreOrIs(const std::set<std::string>& names) {
  return names.size() == 1 ? " is " : " are ";
}

Verdict Simply(Verdict::What what, std::string reason, std::string code = "") {
  Verdict verdict;
  verdict.what = what;
  verdict.reason = std::move(reason);
  verdict.code = std::move(code);
  return verdict;
}

std::set<std::string> MappedNamesOf(const Definition& definition) {
  std::set<std::string> names;
  for (const Field& field : definition.fields) {
    names.insert(field.name);
  }
  return names;
}

/// What is remembered of the fields that are mapped now.
struct Memory {
  std::optional<Agreement> agreed;
  std::set<std::string> unmerged;  ///< Mapped since, or mapped otherwise since.
};

Memory MemoryOf(const Definition& definition, const LinkState& state) {
  Memory memory;
  if (!state.agreed) {
    return memory;
  }
  const std::set<std::string> names = MappedNamesOf(definition);
  for (const Field& field : definition.fields) {
    if (!state.mapped.contains(MappingOf(field))) {
      memory.unmerged.insert(field.name);
    }
  }
  const auto is_left = [&](const std::string& name) {
    return !names.contains(name) || memory.unmerged.contains(name);
  };
  memory.agreed = state.agreed;
  for (Record* record : {&memory.agreed->base, &memory.agreed->shown_a, &memory.agreed->shown_b}) {
    std::erase_if(*record, [&](const auto& value) { return is_left(value.first); });
  }
  std::erase_if(memory.agreed->owed_a, is_left);
  std::erase_if(memory.agreed->owed_b, is_left);
  std::erase_if(memory.agreed->doubted, is_left);
  return memory;
}

/// A side's record without a time that is only that of our own last write.
Told TrustedOf(const LinkState& state, Side side, const Seen& seen) {
  if (seen.presence == Presence::kNone) {
    return {};
  }
  Told told = seen.told;
  const bool by_us =
      std::any_of(state.writes.begin(), state.writes.end(), [&](const WriteMark& mark) {
        return mark.side == side && told.changed_at &&
               std::chrono::abs(*told.changed_at - mark.at) <= kTimesApart;
      });
  if (by_us) {
    told.changed_at.reset();
  }
  return told;
}

/// Both sides as they are, over what is remembered.
struct Looks {
  Memory memory;
  Told a;
  Told b;
  bool is_new_a = false;  ///< There is no record on that side yet.
  bool is_new_b = false;

  const Told& told(Side side) const { return side == Side::kA ? a : b; }

  bool is_new(Side side) const { return side == Side::kA ? is_new_a : is_new_b; }
};

/// What was decided about them.
struct Course {
  Merged merged;
  Record shown_a;  ///< What A is to show, as far as it can.
  Record shown_b;

  const Record& shown(Side side) const { return side == Side::kA ? shown_a : shown_b; }
};

Result<Record> ToBeShown(const Surroundings& world, Side side, const Merged& merged,
                         const MergeInput& input) {
  const Record& now = side == Side::kA ? input.a.record : input.b.record;
  Record wanted;
  for (const Field& field : world.definition.fields) {
    SetValue(wanted, field.name, WantedOf(field, side, merged, input));
  }
  return wanted == now ? now : world.at(side).Shown(wanted, now);
}

Result<Course> CourseOf(const Surroundings& world, const Looks& looks,
                        const std::map<std::string, Json>& choices) {
  const auto a_on_b = world.b.Shown(looks.a.record, {});
  if (!a_on_b.ok()) {
    return a_on_b.error();
  }
  const auto b_on_a = world.a.Shown(looks.b.record, {});
  if (!b_on_a.ok()) {
    return b_on_a.error();
  }
  const MergeInput input{.agreed = looks.memory.agreed,
                         .a = looks.a,
                         .b = looks.b,
                         .choices = choices,
                         .unmerged = looks.memory.unmerged,
                         .a_on_b = &*a_on_b,
                         .b_on_a = &*b_on_a};
  Course course{.merged = MergeRecords(world.definition, input), .shown_a = {}, .shown_b = {}};
  auto shown_a = ToBeShown(world, Side::kA, course.merged, input);
  if (!shown_a.ok()) {
    return shown_a.error();
  }
  auto shown_b = ToBeShown(world, Side::kB, course.merged, input);
  if (!shown_b.ok()) {
    return shown_b.error();
  }
  course.shown_a = std::move(*shown_a);
  course.shown_b = std::move(*shown_b);
  return course;
}

/// What is agreed from now on. A field that asks stays as it was, so that the edits about which it
/// asks are still seen as such at the next look.
Agreement AgreementOf(const Looks& looks, const Course& course) {
  const Agreement before = looks.memory.agreed.value_or(Agreement{});
  Agreement agreement;
  agreement.base = course.merged.target;
  for (const Side side : {Side::kA, Side::kB}) {
    agreement.shown(side) = looks.told(side).record;
    agreement.owed(side) = Differing(course.shown(side), looks.told(side).record);
    for (const Loss& ask : course.merged.asks) {
      SetValue(agreement.shown(side), ask.field, ValueOf(before.shown(side), ask.field));
      if (before.owed(side).contains(ask.field)) {
        agreement.owed(side).insert(ask.field);
      }
    }
  }
  return agreement;
}

/// What does not stand although somebody may have put it back while our write was in doubt.
void AddDoubted(const Looks& looks, const Course& course, std::vector<Loss>& losses) {
  const Agreement before = looks.memory.agreed.value_or(Agreement{});
  const auto is_told = [&](const std::vector<Loss>& among, const std::string& field) {
    return std::any_of(among.begin(), among.end(),
                       [&](const Loss& loss) { return loss.field == field; });
  };
  for (const std::string& field : before.doubted) {
    if (is_told(losses, field) || is_told(course.merged.asks, field)) {
      continue;
    }
    for (const Side side : {Side::kA, Side::kB}) {
      const Json now = ValueOf(looks.told(side).record, field);
      const bool is_again =
          before.owed(side).contains(field) && now != ValueOf(course.merged.target, field);
      if (is_again) {
        losses.push_back({.field = field,
                          .base = ValueOf(before.base, field),
                          .a = ValueOf(looks.a.record, field),
                          .b = ValueOf(looks.b.record, field),
                          .winner = OtherOf(side),
                          .rule = "in_doubt"});
        break;
      }
    }
  }
  std::sort(losses.begin(), losses.end(),
            [](const Loss& left, const Loss& right) { return left.field < right.field; });
}

std::string ReasonOfWrite(const Definition& definition, const Write& write, const Merged& merged) {
  const std::string& here = definition.at(write.side).name;
  const std::string& there = definition.at(OtherOf(write.side)).name;
  if (write.kind == Intent::Kind::kCreate) {
    return "The record is made in " + here + ", since only " + there + " has it.";
  }
  const auto& edited = write.side == Side::kA ? merged.from_b : merged.from_a;
  const bool all_edited =
      std::includes(edited.begin(), edited.end(), write.fields.begin(), write.fields.end());
  return NamesForPeople(write.fields) + (all_edited ? " changed in " + there + " and" : "") +
         AreOrIs(write.fields) + "written to " + here +
         (all_edited ? "." : ", which does not show what was agreed.");
}

std::string ReasonOfSettling(const Definition& definition, const std::vector<Loss>& asks) {
  const std::string both = definition.a.name + " and " + definition.b.name;
  if (asks.empty()) {
    return both + " agree.";
  }
  std::set<std::string> fields;
  for (const Loss& ask : asks) {
    fields.insert(ask.field);
  }
  return NamesForPeople(fields) + (fields.size() == 1 ? " differs" : " differ") + " between " +
         both + ", and a person has to choose.";
}

/// The next write that brings a side to what it is to show: B's first, since it can refuse when
/// the record has moved meanwhile.
std::optional<Write> NextWrite(const Definition& definition, const Looks& looks,
                               const Course& course) {
  const Agreement before = looks.memory.agreed.value_or(Agreement{});
  for (const Side side : {Side::kB, Side::kA}) {
    const Record& now = looks.told(side).record;
    Write write{.kind = Intent::Kind::kUpdate,
                .side = side,
                .target = course.shown(side),
                .expected = now,
                .fields = Differing(course.shown(side), now)};
    for (const Loss& ask : course.merged.asks) {
      SetValue(write.target, ask.field, ValueOf(before.shown(side), ask.field));
    }
    if (looks.is_new(side)) {
      write.kind = Intent::Kind::kCreate;
      write.fields = MappedNamesOf(definition);
      return write;
    }
    if (!write.fields.empty()) {
      return write;
    }
  }
  return std::nullopt;
}

/// Why a write must not be made; nothing: it may.
std::optional<Verdict> Objection(const Surroundings& world, const LinkState& state,
                                 const Write& write) {
  if (write.kind == Intent::Kind::kCreate) {
    const auto missing = world.at(write.side).MissingIn(write.target);
    if (!missing.empty()) {
      return Simply(Verdict::What::kPark,
                    "The record cannot be made in " + world.definition.at(write.side).name +
                        " without " + NamesForPeople(missing) + ", which" + AreOrIs(missing) +
                        "blank.",
                    "LINK_VALUE_MISSING");
    }
  }
  if (Flips(state.writes, write, world.now)) {
    return Simply(Verdict::What::kPark,
                  "This pair is written again and again within minutes: something else seems to "
                  "change it back, or a side does not keep what it is given.",
                  "LINK_FLIPS");
  }
  return std::nullopt;
}

bool IsQuiet(const Looks& looks, const LinkState& state) {
  const auto& agreed = looks.memory.agreed;
  return agreed && looks.memory.unmerged.empty() && state.choices.empty() && !looks.is_new_a &&
         !looks.is_new_b && agreed->owed_a.empty() && agreed->owed_b.empty() &&
         agreed->shown_a == looks.a.record && agreed->shown_b == looks.b.record;
}

/// Both records are there, or one of them is to be made.
Result<Verdict> Synchronise(const Surroundings& world, const LinkState& state, const Seen& a,
                            const Seen& b) {
  const Looks looks{.memory = MemoryOf(world.definition, state),
                    .a = TrustedOf(state, Side::kA, a),
                    .b = TrustedOf(state, Side::kB, b),
                    .is_new_a = a.presence == Presence::kNone,
                    .is_new_b = b.presence == Presence::kNone};
  Verdict verdict;
  if (IsQuiet(looks, state)) {
    verdict.agreement = *looks.memory.agreed;
    verdict.reason = ReasonOfSettling(world.definition, {});
    return verdict;
  }
  auto course = CourseOf(world, looks, state.choices);
  if (!course.ok()) {
    return course.error();
  }
  auto write = NextWrite(world.definition, looks, *course);
  if (write) {
    if (auto objection = Objection(world, state, *write)) {
      objection->asks = course->merged.asks;
      return *std::move(objection);
    }
    verdict.what = Verdict::What::kWrite;
    verdict.reason = ReasonOfWrite(world.definition, *write, course->merged);
  } else {
    verdict.reason = ReasonOfSettling(world.definition, course->merged.asks);
  }
  AddDoubted(looks, *course, course->merged.losses);
  verdict.agreement = AgreementOf(looks, *course);
  verdict.write = std::move(write);
  verdict.losses = std::move(course->merged.losses);
  verdict.asks = std::move(course->merged.asks);
  return verdict;
}

/// A link whose counterpart was never made.
Result<Verdict> DecideHalf(const Surroundings& world, const LinkState& state, const Seen& a,
                           const Seen& b) {
  const Side made = a.presence == Presence::kNone ? Side::kA : Side::kB;
  const Presence source = made == Side::kA ? b.presence : a.presence;
  const std::string& here = world.definition.at(made).name;
  const std::string& there = world.definition.at(OtherOf(made)).name;
  if (source == Presence::kOutside) {
    return Simply(Verdict::What::kEnd,
                  "The record in " + there + " takes no part, so none is made in " + here + ".");
  }
  if (source != Presence::kPresent) {
    return Simply(Verdict::What::kEnd,
                  "The record in " + there + " is gone, and there never was one in " + here + ".");
  }
  if (!MakesRecordsIn(world.definition, made)) {
    return Simply(Verdict::What::kEnd,
                  "No records are made in " + here + ", and none was found there.");
  }
  return Synchronise(world, state, a, b);
}

/// Whether the record that is left has something that the one that is gone never got.
bool HasUnsynced(const Definition& definition, const LinkState& state, Side left,
                 const Record& now) {
  const Memory memory = MemoryOf(definition, state);
  if (!memory.agreed || !memory.agreed->owed(OtherOf(left)).empty()) {
    return true;
  }
  std::set<std::string> edited = Differing(memory.agreed->shown(left), now);
  std::erase_if(edited, [&](const std::string& name) { return memory.unmerged.contains(name); });
  return !edited.empty();
}

Verdict CarryOver(const Surroundings& world, const LinkState& state, Side left, const Seen& seen,
                  bool deletes) {
  const std::string& here = world.definition.at(left).name;
  const std::string& there = world.definition.at(OtherOf(left)).name;
  if (HasUnsynced(world.definition, state, left, seen.told.record)) {
    return Simply(Verdict::What::kPark,
                  "The record was deleted in " + there + ", but edited in " + here +
                      ", and the edit never got there.",
                  "LINK_DELETE_CONFLICT");
  }
  if (deletes && world.deletes_held) {
    return Simply(Verdict::What::kPark,
                  "The record was deleted in " + there + "; more deletes than usual wait for " +
                      here + ", and a person has to approve them.",
                  "LINK_DELETES_HELD");
  }
  Verdict verdict = Simply(Verdict::What::kWrite,
                           "The record was deleted in " + there + " and is " +
                               (deletes ? "deleted" : "marked") + " in " + here + " as well.");
  verdict.write = Write{.kind = deletes ? Intent::Kind::kDelete : Intent::Kind::kFlag,
                        .side = left,
                        .target = {},
                        .expected = seen.told.record,
                        .fields = MappedNamesOf(world.definition)};
  if (state.agreed) {
    verdict.agreement = *state.agreed;
  }
  return verdict;
}

/// One record is gone, and `seen` is left.
Verdict DecideGone(const Surroundings& world, const LinkState& state, Side left, const Seen& seen) {
  const Definition& definition = world.definition;
  const DeleteRules& rules = definition.deletes;
  const Deletes policy = left == Side::kA ? rules.to_a : rules.to_b;
  const std::string& here = definition.at(left).name;
  const std::string gone = "The record was deleted in " + definition.at(OtherOf(left)).name;
  if (policy == Deletes::kIgnore) {
    return Simply(Verdict::What::kWait, gone + "; the link waits for it to come back.");
  }
  if (seen.presence == Presence::kOutside) {
    return Simply(Verdict::What::kEnd,
                  gone + "; that in " + here + " takes no part any more and stays as it is.");
  }
  if (policy == Deletes::kUnlink) {
    return Simply(Verdict::What::kEnd, gone + "; that in " + here + " stays as it is.");
  }
  if (policy == Deletes::kFlag) {
    const Json& flag = Member(seen.native, left == Side::kA ? rules.flag_a : rules.flag_b);
    if (flag == Json(true)) {
      return Simply(Verdict::What::kEnd, gone + "; that in " + here + " is marked.");
    }
  }
  return CarryOver(world, state, left, seen, policy == Deletes::kDelete);
}

}  // namespace

Result<Verdict> Decide(const Surroundings& world, const LinkState& state, const Seen& a,
                       const Seen& b) {
  if (a.presence == Presence::kNone || b.presence == Presence::kNone) {
    return DecideHalf(world, state, a, b);
  }
  if (a.presence == Presence::kGone && b.presence == Presence::kGone) {
    return Simply(Verdict::What::kEnd, "The record was deleted on both sides.");
  }
  if (a.presence == Presence::kGone) {
    return DecideGone(world, state, Side::kB, b);
  }
  if (b.presence == Presence::kGone) {
    return DecideGone(world, state, Side::kA, a);
  }
  if (a.presence == Presence::kOutside || b.presence == Presence::kOutside) {
    const Side outside = a.presence == Presence::kOutside ? Side::kA : Side::kB;
    return Simply(Verdict::What::kWait,
                  "The record in " + world.definition.at(outside).name +
                      " takes no part at present; nothing is written until it does again.");
  }
  return Synchronise(world, state, a, b);
}

}  // namespace sb::core::twoway
