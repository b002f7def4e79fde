#include "engine/syncs/link_job.h"

#include <algorithm>
#include <utility>

#include "engine/base/log.h"
#include "engine/syncs/counterpart.h"

namespace sb::syncs {
namespace {

using core::twoway::Intent;
using core::twoway::LinkState;
using core::twoway::Presence;
using core::twoway::Seen;
using core::twoway::Side;
using core::twoway::Verdict;
using core::twoway::Write;
using ports::LinkStanding;
using ports::SideRecord;

/// Of an active link: one record is gone or left out, and the definition says to wait for it.
constexpr const char* kLinkWaits = "LINK_WAITS";
constexpr int kMostLinkRounds = 5;
/// So often in a row a link is put off because its record has moved; then a person has to look.
constexpr int kMostPutOffs = 20;
constexpr Millis kFirstLinkPause = std::chrono::seconds(5);
constexpr Millis kLongestLinkPause = std::chrono::minutes(10);
/// A write whose answer was lost may still be on its way.
constexpr Millis kAfterDoubt = std::chrono::seconds(10);
constexpr Millis kWritesRemembered = std::chrono::minutes(10);
constexpr Millis kBrakeWindow = std::chrono::hours(1);

constexpr std::array<Side, 2> kBothSides = {Side::kA, Side::kB};

const char* LetterOf(Side side) {
  return side == Side::kA ? "a" : "b";
}

/// Grows with each hindrance in a row.
Millis PauseAfter(int attempts) {
  constexpr int kMostDoublings = 10;
  const Millis pause = kFirstLinkPause * (1 << std::clamp(attempts - 1, 0, kMostDoublings));
  return std::min(pause, kLongestLinkPause);
}

}  // namespace

// ---- From where it stands

Result<LinkJob::Outcome> LinkJob::GoOn(ports::Link link, const std::optional<SideRecord>& heard) {
  link_ = std::move(link);
  stored_ = link_;
  if (link_.standing != LinkStanding::kActive) {
    // It was parked a moment ago: the hint stays until somebody lets it go on.
    const WallTime until = deps_.clock.Now() + kLongestLinkPause;
    if (Status off = deps_.links.Delay(scene_.place, hint_, until); !off.ok()) return off.error();
    return Outcome::kParked;
  }
  if (link_.state.intent) {
    resumed_ = true;
    if (Status known = RecallLosses(); !known.ok()) return known.error();
    const Step resolved = ResolveIntent();
    if (!resolved.ok()) return resolved.error();
    if (*resolved) return **resolved;
  } else if (IsSettled()) {
    const Step taken = TakeHint(heard);
    if (!taken.ok()) return taken.error();
    if (*taken) return **taken;
  }
  return Rounds();
}

Result<LinkJob::Outcome> LinkJob::Begin(ports::Link link, Seen a, Seen b) {
  link_ = std::move(link);
  link_.id = ports::LinkId(deps_.new_id());
  link_.created_at = deps_.clock.Now();
  met_ = true;
  look(Side::kA) = Look{std::move(a), true};
  look(Side::kB) = Look{std::move(b), true};
  const Status keys = KeepMatchKeys();
  if (!keys.ok()) return keys.error();
  const bool both = !link_.state.key_a.empty() && !link_.state.key_b.empty();
  Note(both ? "linked" : "met", both ? "the records were found to be one" : "it has no counterpart",
       {{"a", link_.state.key_a}, {"b", link_.state.key_b}});
  return Rounds();
}

/// Whether both sides agreed when it was looked at last, so that only a change can matter.
bool LinkJob::IsSettled() const {
  const LinkState& state = link_.state;
  const bool agree = state.agreed && state.agreed->owed_a.empty() && state.agreed->owed_b.empty();
  return agree && !state.intent && state.choices.empty() && link_.attempts == 0 &&
         link_.code.empty() && !state.key_a.empty() && !state.key_b.empty() &&
         state.mapped == core::twoway::MappingsOf(scene_.definition);
}

/// A hint of what both agreed on (mostly of our own write) needs no look at the other side. What
/// was heard is taken for the record only where it can be no older than the agreement.
LinkJob::Step LinkJob::TakeHint(const std::optional<SideRecord>& heard) {
  const bool speaks_of_change = hint_.reason == "event" || hint_.reason == "feed" ||
                                hint_.reason == "compare" || hint_.reason == "first";
  if (!speaks_of_change) return std::optional<Outcome>();
  Look now;
  if (heard && !hint_.gone) {
    auto seen = SeenOf(scene_.projector(hint_.side), *heard, LastShown(hint_.side));
    if (!seen.ok()) return Hinder(seen.error());
    if (!seen->is_patchy) now = {*std::move(seen), false};
  }
  const auto& shown = link_.state.agreed->shown(hint_.side);
  const auto agrees = [&](const Seen& seen) {
    return seen.presence == Presence::kPresent && seen.told.record == shown;
  };
  const bool is_newer = now.seen.told.changed_at &&
                        *now.seen.told.changed_at > link_.settled_at + core::twoway::kTimesApart;
  if (!agrees(now.seen) && !is_newer) {
    auto seen = Read(hint_.side);
    if (!seen.ok()) return Hinder(seen.error());
    now = {*std::move(seen), true};
  }
  if (agrees(now.seen)) return Commit(true);
  look(hint_.side) = std::move(now);
  return std::optional<Outcome>();
}

// ---- What was left undone

LinkJob::Step LinkJob::ResolveIntent() {
  const Intent intent = *link_.state.intent;
  if (intent.kind == Intent::Kind::kCreate) return ResolveCreate(intent);
  auto seen = Read(intent.side);
  if (!seen.ok()) return Hinder(seen.error());
  const bool gone = seen->presence == Presence::kGone;
  counted_ = intent.kind == Intent::Kind::kDelete;
  if (counted_ && gone)
    return End("LINK_DELETED", "the record was deleted on both sides", intent.side);
  link_.state = core::twoway::AfterLostWrite(link_.state, *seen);
  link_.state.intent.reset();
  look(intent.side) = Look{*std::move(seen), true};
  return std::optional<Outcome>();
}

LinkJob::Step LinkJob::ResolveCreate(const Intent& intent) {
  Write write;
  write.kind = Intent::Kind::kCreate;
  write.side = intent.side;
  write.target = intent.target;
  for (const auto& [field, value] : intent.target) write.fields.insert(field);
  const auto call = CallFor(write);
  if (!call.ok()) return Hinder(call.error());
  auto found = scene_.side(intent.side).FindCreated(*call, lane_);
  if (!found.ok()) return Hinder(found.error());
  if (*found) {
    const auto holder = deps_.links.Holding(scene_.place, intent.side, (*found)->key);
    if (!holder.ok()) return holder.error();
    if (*holder && (*holder)->id != link_.id)
      return DissolveTaken(OtherOf(intent.side), (*found)->key);
    return Adopt(write, **found);
  }
  link_.state.intent.reset();
  return std::optional<Outcome>();
}

/// A record that a lost create has made. What it shows beside what it was made with is an edit.
LinkJob::Step LinkJob::Adopt(const Write& write, const SideRecord& record) {
  auto seen = SeenOf(scene_.projector(write.side), record, LastShown(write.side));
  if (!seen.ok()) return Hinder(seen.error());
  key(write.side) = record.key;
  link_.state = core::twoway::AfterLostWrite(std::move(link_.state), *seen);
  Note(std::string("created_") + LetterOf(write.side), "found after an answer was lost",
       ChangesBetween({}, seen->told.record));
  look(write.side) = Look{*std::move(seen), true};
  wrote_ = true;
  return std::optional<Outcome>();
}

/// Of a link whose counterpart could not be made yet: meanwhile there may be one.
LinkJob::Step LinkJob::FindCounterpart() {
  const bool has_a = !link_.state.key_a.empty();
  if (met_ || has_a == !link_.state.key_b.empty()) return std::optional<Outcome>();
  met_ = true;
  const Side side = has_a ? Side::kA : Side::kB;
  const Side other = OtherOf(side);
  const bool settles_itself =
      link_.code == kCreateChosen || look(side)->seen.presence != Presence::kPresent;
  if (settles_itself) return std::optional<Outcome>();
  auto found = FindCounterparts(deps_.links, scene_, lane_, side, key(side), look(side)->seen);
  if (!found.side.ok()) return Hinder(found.side.error());
  if (!found.store.ok()) return found.store.error();
  const bool others_first = std::ranges::any_of(found.unfinished, [&](const ports::Link& each) {
    return each.id != link_.id && each.state.intent;
  });
  if (others_first)
    return Hinder(Unavailable("LINK_UNFINISHED", "a record that fits may be another one's"));
  const auto meeting = core::twoway::Meet(scene_.definition, side, look(side)->seen, found.keys,
                                          found.records, found.linked, std::nullopt);
  using What = core::twoway::Meeting::What;
  if (meeting.what == What::kCreate) return std::optional<Outcome>();
  if (meeting.what == What::kLink) {
    key(other) = meeting.key;
    const Status answered =
        AnswerQuestionsAbout(deps_.links, scene_.place, {other, meeting.key}, "", commit_);
    if (!answered.ok()) return answered.error();
    Note("linked", "a record that fits was found", {{other == Side::kA ? "a" : "b", meeting.key}});
    // What was decided was about a counterpart that was never made: these two were never merged.
    link_.state.agreed.reset();
    link_.state.mapped.clear();
    look(other).reset();
    return std::optional<Outcome>();
  }
  if (meeting.what == What::kAmbiguous || meeting.what == What::kTaken)
    commit_.conflicts.push_back(
        ConflictOfMeeting(deps_, side, key(side), look(side)->seen, meeting));
  return Dissolve(meeting.code);
}

// ---- Rounds

Result<LinkJob::Outcome> LinkJob::Rounds() {
  for (int round = 0; round < kMostLinkRounds; ++round) {
    const Step step = Round();
    if (!step.ok()) return step.error();
    if (*step) return **step;
  }
  const Step off = PutOff();
  if (!off.ok()) return off.error();
  return *off ? **off : Outcome::kAgain;
}

LinkJob::Step LinkJob::Round() {
  if (Status looked = LookAtBoth(); !looked.ok()) return Hinder(looked.error());
  Step met = FindCounterpart();
  if (!met.ok() || *met) return met;
  if (Status looked = LookAtBoth(); !looked.ok()) return Hinder(looked.error());
  const auto held = AreDeletesHeld();
  if (!held.ok()) return held.error();
  const WallTime now = deps_.clock.Now();
  std::erase_if(link_.state.writes, [&](const core::twoway::WriteMark& mark) {
    return mark.at + kWritesRemembered < now;
  });
  const core::twoway::Surroundings world{scene_.definition, scene_.projector_a, scene_.projector_b,
                                         *held, now};
  const auto verdict =
      core::twoway::Decide(world, link_.state, look(Side::kA)->seen, look(Side::kB)->seen);
  if (!verdict.ok()) return Hinder(verdict.error());
  return CarryOut(*verdict);
}

/// Nothing there is gone only where the side says so twice.
Result<Seen> LinkJob::Read(Side side) {
  if (key(side).empty()) return Seen{};
  auto record = scene_.side(side).Read(key(side), lane_);
  if (!record.ok()) return record.error();
  if (*record) return SeenOf(scene_.projector(side), **record, LastShown(side));
  const auto gone = scene_.side(side).IsGone(key(side), lane_);
  if (!gone.ok()) return gone.error();
  if (!*gone) {
    return Unavailable("LINK_RECORD_HIDDEN",
                       "the record cannot be read, and nobody says that it was deleted");
  }
  Seen seen;
  seen.presence = Presence::kGone;
  return seen;
}

Status LinkJob::LookAtBoth() {
  for (const Side side : kBothSides) {
    if (look(side)) continue;
    auto seen = Read(side);
    if (!seen.ok()) return seen.error();
    look(side) = Look{*std::move(seen), true};
  }
  return {};
}

/// Whether the brake is on, on the side where a delete would be made.
Result<bool> LinkJob::AreDeletesHeld() {
  const bool gone_a = look(Side::kA)->seen.presence == Presence::kGone;
  const bool gone_b = look(Side::kB)->seen.presence == Presence::kGone;
  if (gone_a == gone_b || counted_) return false;
  const Side side = gone_a ? Side::kB : Side::kA;
  const WallTime now = deps_.clock.Now();
  const auto recent = deps_.links.DeletedSince(scene_.place, side, now - kBrakeWindow);
  if (!recent.ok()) return recent.error();
  const auto counts = deps_.links.Count(scene_.place);
  if (!counts.ok()) return counts.error();
  const std::int64_t links = counts->active + counts->parked + counts->paused;
  if (!core::twoway::IsHeld(scene_.definition.deletes, *recent, links)) return false;
  const auto approved = link_.state.choices.find(core::twoway::kWholeRecord);
  return approved == link_.state.choices.end() || approved->second != Json(LetterOf(side));
}

std::string LinkJob::CodeOfEnd(const Verdict& verdict) {
  if (!verdict.code.empty()) return verdict.code;
  const bool gone = std::ranges::any_of(kBothSides, [&](Side side) {
    return look(side) && look(side)->seen.presence == Presence::kGone;
  });
  return gone ? "LINK_DELETED" : "LINK_NOT_CREATED";
}

LinkJob::Step LinkJob::CarryOut(const Verdict& verdict) {
  switch (verdict.what) {
    case Verdict::What::kSettle:
      return Settle(verdict);
    case Verdict::What::kWrite:
      // Nothing is written over what was only heard.
      if (!look(verdict.write->side)->fresh) {
        look(verdict.write->side).reset();
        return std::optional<Outcome>();
      }
      return MakeWrite(verdict);
    case Verdict::What::kPark:
      return Park(verdict.code, verdict.reason);
    case Verdict::What::kEnd:
      return End(CodeOfEnd(verdict), verdict.reason, std::nullopt);
    case Verdict::What::kWait:
      break;
  }
  // What was edited meanwhile is looked at together with the next hint.
  link_.code = kLinkWaits;
  link_.reason = verdict.reason;
  return Commit(true);
}

// ---- Ends

LinkJob::Step LinkJob::Settle(const Verdict& verdict) {
  NoteEdits();
  NoteLosses(verdict);
  if (Status noted = NoteAsks(verdict); !noted.ok()) return noted.error();
  NoteChoices();
  link_.state = core::twoway::Decided(std::move(link_.state), scene_.definition, verdict);
  link_.state.intent.reset();
  link_.code.clear();
  link_.reason.clear();
  link_.attempts = 0;
  if (!IsUnchanged()) {
    if (Status keys = KeepMatchKeys(); !keys.ok()) return keys.error();
    link_.settled_at = deps_.clock.Now();
  }
  Step done = Commit(true);
  if (!done.ok() || **done != Outcome::kQuiet || !wrote_) return done;
  return std::optional(Outcome::kSettled);
}

LinkJob::Step LinkJob::Park(const std::string& code, const std::string& reason) {
  NoteEdits();
  link_.standing = LinkStanding::kParked;
  link_.code = code;
  link_.reason = reason;
  Note("parked", reason, {{"code", code}});
  if (code != kDeletesHeld) {  // these are approved together
    core::twoway::Loss whole;
    if (link_.state.agreed) whole.base = AsJson(link_.state.agreed->base);
    whole.winner = OtherOf(hint_.side);
    for (const Side side : kBothSides) {
      if (!look(side) || look(side)->seen.presence != Presence::kPresent) continue;
      (side == Side::kA ? whole.a : whole.b) = AsJson(look(side)->seen.told.record);
    }
    commit_.conflicts.push_back(ConflictOf(whole, code.c_str(), true));
  }
  Step done = Commit(true);
  if (!done.ok() || **done != Outcome::kQuiet) return done;
  return std::optional(Outcome::kParked);
}

/// Tombstones on both sides: a late telling of the one that is gone brings nothing back, and the
/// one that stays is not taken for new before somebody edits it.
LinkJob::Step LinkJob::End(const std::string& code, const std::string& reason,
                           std::optional<Side> deleted) {
  NoteEdits();
  const WallTime now = deps_.clock.Now();
  const bool is_pair = !link_.state.key_a.empty() && !link_.state.key_b.empty();
  for (const Side side : kBothSides) {
    if (!is_pair) continue;
    const core::twoway::Record base =
        link_.state.agreed ? link_.state.agreed->base : core::twoway::Record();
    commit_.tombstones.push_back({side, key(side), base, now});
  }
  if (deleted) {
    Note(std::string("deleted_") + LetterOf(*deleted), reason);
  }
  Note("ended", reason, {{"code", code}});
  if (Status answered = AnswerAll(); !answered.ok()) return answered.error();
  if (Status freed = HintRivalsOf(deps_.links, link_, now, commit_); !freed.ok())
    return freed.error();
  link_.standing = LinkStanding::kEnded;
  link_.code = code;
  link_.reason = reason;
  link_.state.intent.reset();
  Step done = Commit(true);
  if (!done.ok() || **done != Outcome::kQuiet) return done;
  return std::optional(Outcome::kEnded);
}

/// A link of one record that gets no counterpart ends without a trace: it is met anew when it
/// changes.
LinkJob::Step LinkJob::Dissolve(const std::string& code) {
  Note("ended", "no counterpart can be made", {{"code", code}});
  link_.standing = LinkStanding::kEnded;
  link_.code = code;
  link_.state.intent.reset();
  Step done = Commit(true);
  if (!done.ok() || **done != Outcome::kQuiet) return done;
  return std::optional(Outcome::kEnded);
}

/// What was made for its record belongs to another link by now: a person is asked about the record.
LinkJob::Step LinkJob::DissolveTaken(Side source, const std::string& made) {
  auto seen = Read(source);
  if (!seen.ok()) return Hinder(seen.error());
  if (seen->presence == Presence::kPresent) {
    core::twoway::Meeting meeting;
    meeting.what = core::twoway::Meeting::What::kTaken;
    meeting.code = "LINK_TAKEN";
    meeting.rivals = {made};
    commit_.conflicts.push_back(ConflictOfMeeting(deps_, source, key(source), *seen, meeting));
  }
  return Dissolve("LINK_TAKEN");
}

// ---- Writes

LinkJob::Step LinkJob::MakeWrite(const Verdict& verdict) {
  const Write& write = *verdict.write;
  NoteEdits();
  NoteLosses(verdict);
  if (core::twoway::WritesValues(write.kind)) {
    if (Status noted = NoteAsks(verdict); !noted.ok()) return noted.error();
  }
  NoteChoices();
  link_.state = core::twoway::Decided(std::move(link_.state), scene_.definition, verdict);
  Intent intent;
  intent.op_key = ToText(link_.id) + "/" + std::to_string(deps_.new_id());
  intent.side = write.side;
  intent.kind = write.kind;
  intent.target = write.target;
  intent.at = deps_.clock.Now();
  // Counted before it is made: a delete whose answer is lost must not make room for another.
  const bool deletes = write.kind == Intent::Kind::kDelete;
  if (deletes && !counted_) commit_.deleted = {write.side, intent.at};
  counted_ = counted_ || deletes;
  link_.state.intent = std::move(intent);
  const auto call = CallFor(write);
  if (!call.ok()) {
    link_.state.intent.reset();
    return Hinder(call.error());
  }
  Step stored = Commit(false);
  if (!stored.ok() || *stored) return stored;
  return CallSide(write, *call);
}

Result<ports::SideWrite> LinkJob::CallFor(const Write& write) {
  const auto& projector = scene_.projector(write.side);
  ports::SideWrite call;
  call.op_key = link_.state.intent->op_key;
  call.at = link_.state.intent->at;
  call.key = key(write.side);
  const bool of_gone = write.kind == Intent::Kind::kDelete || write.kind == Intent::Kind::kFlag;
  if (of_gone) call.expected = projector.NativeOf(write.fields, look(write.side)->seen.native);
  if (write.kind == Intent::Kind::kDelete) return call;
  if (write.kind == Intent::Kind::kFlag) {
    const core::twoway::DeleteRules& rules = scene_.definition.deletes;
    call.values[write.side == Side::kA ? rules.flag_a : rules.flag_b] = true;
    return call;
  }
  const bool is_new = write.kind == Intent::Kind::kCreate;
  // The fields of what is made are told by what it is to show, so that the question what became of
  // it can be put in the same words later.
  std::set<std::string> fields = write.fields;
  if (is_new) {
    fields.clear();
    for (const auto& [field, value] : write.target) fields.insert(field);
    call.key.clear();
  }
  const Json native = is_new ? Json() : look(write.side)->seen.native;
  auto values = projector.Render(write.target, fields, native);
  if (!values.ok()) return values.error();
  call.values = *std::move(values);
  if (!is_new) call.expected = projector.NativeOf(fields, native);
  return call;
}

LinkJob::Step LinkJob::CallSide(const Write& write, const ports::SideWrite& call) {
  ports::RecordSide& side = scene_.side(write.side);
  if (write.kind == Intent::Kind::kDelete) {
    const Status deleted = side.Delete(call, lane_);
    if (!deleted.ok()) return AfterFailure(write, deleted.error());
    return End("LINK_DELETED", "the record was deleted on the other side", write.side);
  }
  const bool is_new = write.kind == Intent::Kind::kCreate;
  const auto written = is_new ? side.Create(call, lane_) : side.Update(call, lane_);
  if (!written.ok()) return AfterFailure(write, written.error());
  if (written->moved || !written->record) {
    // Somebody was faster. A create whose record is gone again begins anew as well.
    link_.state.intent.reset();
    look(write.side).reset();
    if (is_new) met_ = false;
    if (is_new || !written->record) return std::optional<Outcome>();
    auto seen = SeenOf(scene_.projector(write.side), *written->record, LastShown(write.side));
    if (!seen.ok()) return Hinder(seen.error());
    look(write.side) = Look{*std::move(seen), true};
    return std::optional<Outcome>();
  }
  if (write.kind == Intent::Kind::kFlag)
    return End("LINK_FLAGGED", "the record was deleted on the other side, and this one says so",
               std::nullopt);
  return TakeWritten(write, *written->record);
}

/// What may have taken effect stays intended, and is looked for by the next one who works on it.
LinkJob::Step LinkJob::AfterFailure(const Write& write, const Error& error) {
  const bool refused = error.kind == ErrorKind::kInvalid || error.kind == ErrorKind::kConflict;
  const bool stays = error.kind == ErrorKind::kInDoubt || StopsSync(error) ||
                     (write.kind == Intent::Kind::kDelete && !refused);
  if (stays) return Hinder(error);
  link_.state.intent.reset();
  if (error.kind == ErrorKind::kConflict) {
    look(write.side).reset();
    return std::optional<Outcome>();
  }
  if (error.kind != ErrorKind::kInvalid) return Hinder(error);
  return Park(kValueRefused, error.code + ": " + error.message);
}

LinkJob::Step LinkJob::TakeWritten(const Write& write, const SideRecord& record) {
  auto seen = SeenOf(scene_.projector(write.side), record, LastShown(write.side));
  if (!seen.ok()) return Hinder(seen.error());
  const bool is_new = write.kind == Intent::Kind::kCreate;
  if (is_new) key(write.side) = record.key;
  const core::twoway::Record before =
      look(write.side) ? look(write.side)->seen.told.record : core::twoway::Record();
  auto after = core::twoway::Written(link_.state, write, seen->told.record, deps_.clock.Now());
  link_.state = std::move(after.state);
  link_.state.intent.reset();
  Note(std::string(is_new ? "created_" : "wrote_") + LetterOf(write.side), "",
       ChangesBetween(before, seen->told.record));
  noted_[write.side == Side::kA ? 0 : 1] = seen->told.record;
  look(write.side) = Look{*std::move(seen), true};
  wrote_ = true;
  return std::optional<Outcome>();
}

// ---- Storing

/// A link with everything that goes with it, and the hint where it is done with.
LinkJob::Step LinkJob::Commit(bool done) {
  const bool changed = !IsUnchanged() || !commit_.history.empty() || !commit_.conflicts.empty() ||
                       !commit_.answered.empty();
  commit_.place = scene_.place;
  commit_.link.reset();
  if (changed) {
    link_.place = scene_.place;
    commit_.link = link_;
  }
  commit_.done.reset();
  if (done) commit_.done = hint_;
  auto committed = deps_.links.Commit(commit_);
  if (!committed.ok()) {
    const Error& error = committed.error();
    if (error.code == "LINK_MOVED") return std::optional(Outcome::kAgain);
    if (error.code == "LINK_KEY_TAKEN") return Taken();
    return error;
  }
  if (*committed) link_ = **committed;
  stored_ = link_;
  commit_ = {};
  if (!done) return std::optional<Outcome>();
  return std::optional(Outcome::kQuiet);
}

/// Another link has one of the records or keys. Who has the record is seen with the next look.
LinkJob::Step LinkJob::Taken() {
  const bool is_new = link_.step == 0;
  auto holder = deps_.links.Holding(scene_.place, hint_.side, hint_.key);
  if (!holder.ok()) return holder.error();
  const bool other_has_it = *holder && (*holder)->id != link_.id;
  if (other_has_it || !is_new) {
    const WallTime now = deps_.clock.Now();
    if (Status off = deps_.links.Delay(scene_.place, hint_, now + kFirstLinkPause); !off.ok())
      return off.error();
    return std::optional(Outcome::kAgain);
  }
  auto rivals = RivalsOf(deps_.links, scene_, OtherOf(hint_.side),
                         commit_.match_keys.value_or(std::vector<core::twoway::MatchKey>()));
  if (!rivals.ok()) return rivals.error();
  core::twoway::Meeting meeting;
  meeting.what = core::twoway::Meeting::What::kTaken;
  meeting.code = "LINK_TAKEN";
  meeting.rivals = *std::move(rivals);
  ports::LinkCommit refused;
  refused.place = scene_.place;
  refused.done = hint_;
  refused.conflicts.push_back(
      ConflictOfMeeting(deps_, hint_.side, hint_.key, look(hint_.side)->seen, meeting));
  const auto stored = deps_.links.Commit(refused);
  if (!stored.ok()) return stored.error();
  return std::optional(Outcome::kParked);
}

/// A side does not answer, or not for this record. What is known by now is stored; the hint is put
/// off.
LinkJob::Step LinkJob::Hinder(const Error& error) {
  if (error.code == ports::kCreateRefused) return End(error.code, error.message, std::nullopt);
  ++link_.attempts;
  if (link_.step > 0) {
    const Step stored = Commit(false);
    if (!stored.ok()) return stored;
  }
  Log::Info("link.hindered", {{"account", ToText(scene_.place.account)}, {"code", error.code}});
  Millis pause = std::max(PauseAfter(link_.attempts), error.retry_after.value_or(Millis(0)));
  if (error.kind == ErrorKind::kInDoubt) pause = std::max(pause, kAfterDoubt);
  const Status off = deps_.links.Delay(scene_.place, hint_, deps_.clock.Now() + pause);
  if (!off.ok()) return off.error();
  // Told last: what is forbidden of one record only must not be the first again in the next turn.
  if (StopsSync(error)) return error;
  return std::optional(Outcome::kHindered);
}

/// Somebody edits it at this moment; or a side never shows what it holds, such as a number that is
/// too long for us.
LinkJob::Step LinkJob::PutOff() {
  const bool is_pair = !link_.state.key_a.empty() && !link_.state.key_b.empty();
  if (is_pair && link_.code != kNeverAsExpected) {
    link_.code = kNeverAsExpected;
    link_.reason = "its record is changed at this moment";
    link_.attempts = 0;
  }
  ++link_.attempts;
  if (is_pair && link_.attempts >= kMostPutOffs)
    return Park(kNeverAsExpected, "whenever this pair was to be written, a record had moved");
  if (link_.step > 0) {
    Step stored = Commit(false);
    if (!stored.ok() || *stored) return stored;
  }
  const WallTime until = deps_.clock.Now() + PauseAfter(link_.attempts);
  if (Status off = deps_.links.Delay(scene_.place, hint_, until); !off.ok()) return off.error();
  return std::optional(Outcome::kAgain);
}

}  // namespace sb::syncs
