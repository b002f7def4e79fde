#include "engine/syncs/choices.h"

#include <algorithm>
#include <utility>

#include "engine/base/encoding.h"
#include "engine/syncs/link_job.h"

namespace sb::syncs {
namespace {

using core::twoway::Side;
using ports::Link;
using ports::LinkConflict;
using ports::LinkStanding;

constexpr std::size_t kMostChoiceBytes = 64 * 1024;

Error DoesNotFit(const std::string& why) {
  return Invalid("LINK_CHOICE_INVALID", why);
}

bool IsBlank(const Json& value) {
  return value.is_null() || value.empty() || value == "";
}

ports::Hint ChoiceHint(Side side, const std::string& key, WallTime now) {
  ports::Hint hint;
  hint.side = side;
  hint.key = key;
  hint.reason = "choice";
  hint.first_at = now;
  hint.due_at = now;
  return hint;
}

ports::Hint HintOfLink(const Link& link, WallTime now) {
  const bool has_a = !link.state.key_a.empty();
  return ChoiceHint(has_a ? Side::kA : Side::kB, has_a ? link.state.key_a : link.state.key_b, now);
}

bool IsOfRecord(Choice::What what) {
  return what == Choice::What::kLink || what == Choice::What::kCreate ||
         what == Choice::What::kIgnore;
}

/// Which value is meant; nothing: the rule says nothing here.
Result<Json> ValueMeant(const LinkConflict& conflict, const Choice& choice) {
  switch (choice.what) {
    case Choice::What::kA:
      return conflict.a;
    case Choice::What::kB:
      return conflict.b;
    case Choice::What::kValue:
      return choice.value;
    case Choice::What::kPutBack:
      if (conflict.code != kFieldOverwritten)
        return DoesNotFit("nothing was overwritten here that could be put back");
      return conflict.side == Side::kA ? conflict.a : conflict.b;
    case Choice::What::kNewest: {
      const bool known = conflict.a_at && conflict.b_at && *conflict.a_at != *conflict.b_at;
      if (!known) return DoesNotFit("nobody knows which side changed it later");
      return *conflict.a_at > *conflict.b_at ? conflict.a : conflict.b;
    }
    case Choice::What::kFillBlank:
      if (IsBlank(conflict.a) == IsBlank(conflict.b))
        return DoesNotFit("both sides have a value, or none has");
      return IsBlank(conflict.a) ? conflict.b : conflict.a;
    default:
      return DoesNotFit("this choice is for records without link");
  }
}

const char* NameOf(Choice::What what) {
  switch (what) {
    case Choice::What::kA:
      return "a";
    case Choice::What::kB:
      return "b";
    case Choice::What::kPutBack:
      return "put_back";
    case Choice::What::kNewest:
      return "newest";
    case Choice::What::kFillBlank:
      return "fill_blank";
    case Choice::What::kCreate:
      return "create";
    case Choice::What::kIgnore:
      return "ignore";
    default:
      return "value";
  }
}

/// Two values are two answers; what they are is nothing to be kept with the answer.
std::string ResolutionOf(const Choice& choice) {
  constexpr std::size_t kTellsApart = 8;
  if (choice.what == Choice::What::kLink) return "link:" + choice.key;
  if (choice.what != Choice::What::kValue) return NameOf(choice.what);
  return "value:" + ToHex(Sha256(DumpJson(choice.value))).substr(0, kTellsApart);
}

/// The value of a field as the sync compares it.
Result<Json> ValueFor(const SyncScene& scene, const LinkConflict& conflict, const Choice& choice) {
  const std::string& name = conflict.field;
  const core::twoway::Field* field = scene.definition().Find(name);
  if (field == nullptr) return DoesNotFit("the field '" + name + "' is not mapped any more");
  if (field->direction != core::twoway::Direction::kBoth)
    return DoesNotFit("'" + name + "' goes one way only: change it on the side that is right");
  auto value = ValueMeant(conflict, choice);
  if (!value.ok() || choice.what != Choice::What::kValue) return value;
  if (DumpJson(*value).size() > kMostChoiceBytes)
    return DoesNotFit("the value is larger than 64 KiB");
  auto read = scene.projector(Side::kA).Chosen(*field, *value);
  if (read) return *std::move(read);
  return DoesNotFit(core::twoway::IsList(field->shape)
                        ? "a list is chosen as {\"+33142685300\": \"Work\"}"
                        : "'" + name + "' takes another kind of value");
}

}  // namespace

Result<LinkConflict> Choices::Resolve(const ports::LinkPlace& place, const SyncScene& scene,
                                      ports::ConflictId id, const Choice& choice,
                                      const std::string& by) {
  auto conflict = deps_.links.Conflict(place, id);
  if (!conflict.ok()) return conflict;
  const std::string resolution = ResolutionOf(choice);
  const bool is_put_back =
      choice.what == Choice::What::kPutBack || conflict->code == kFieldOverwritten;
  const bool answered = !conflict->resolution.empty() || !(conflict->open || is_put_back);
  if (answered && conflict->resolution == resolution) return conflict;
  if (answered)
    return Conflict("LINK_CONFLICT_ANSWERED", "it was answered with: " + conflict->resolution);
  conflict->open = false;
  conflict->resolution = resolution;
  conflict->resolved_by = by;
  conflict->resolved_at = deps_.clock.Now();
  const Status settled = Settle(place, scene, *conflict, choice);
  if (!settled.ok()) return settled.error();
  return conflict;
}

Status Choices::Settle(const ports::LinkPlace& place, const SyncScene& scene,
                       LinkConflict& conflict, const Choice& choice) {
  if (!conflict.link.IsNone()) return ChooseValue(place, scene, conflict, choice);
  if (!IsOfRecord(choice.what))
    return DoesNotFit("a record without link is linked, ignored, or a counterpart is created");
  return ChooseRecord(place, scene, conflict, choice);
}

Status Choices::StoreChoice(const ports::LinkCommit& commit) {
  const auto stored = deps_.links.Commit(commit);
  return stored.ok() ? Status() : Status(stored.error());
}

/// Of a link: the value of a field, or what becomes of the pair.
Status Choices::ChooseValue(const ports::LinkPlace& place, const SyncScene& scene,
                            LinkConflict& conflict, const Choice& choice) {
  const bool ignores = choice.what == Choice::What::kIgnore;
  if (ignores && conflict.code == kFieldAsks)
    return DoesNotFit("a field would be asked about again: take a side, or give a value");
  auto link = deps_.links.Get(place, conflict.link);
  if (!link.ok()) return link.error();
  ports::LinkCommit commit;
  commit.place = place;
  commit.conflicts.push_back(conflict);
  const bool ended = link->standing == LinkStanding::kEnded;
  const bool is_of_gone = conflict.code == kDeleteConflict;
  if (ignores && (ended || !is_of_gone)) return StoreChoice(commit);
  if (ended) return Conflict("LINK_ENDED", "the link has ended: there is nothing to be written to");
  if (is_of_gone) return ChooseOfGone(place, scene, *std::move(link), conflict, choice);
  if (conflict.field.empty()) return ChooseToGoOn(place, *std::move(link), conflict, choice);
  const WallTime now = deps_.clock.Now();
  auto value = ValueFor(scene, conflict, choice);
  if (!value.ok()) return value.error();
  commit.history.push_back(
      {now, "chosen", "by " + conflict.resolved_by, {{conflict.field, *value}}});
  link->state.choices[conflict.field] = *std::move(value);
  link->standing = link->standing == LinkStanding::kParked ? LinkStanding::kActive : link->standing;
  commit.add.push_back(HintOfLink(*link, now));
  commit.link = *std::move(link);
  return StoreChoice(commit);
}

/// What it was parked for is looked at with new eyes, as after Resume.
Status Choices::ChooseToGoOn(const ports::LinkPlace& place, Link link, const LinkConflict& conflict,
                             const Choice& choice) {
  if (choice.what != Choice::What::kCreate)
    return DoesNotFit("this is about the record as a whole: choose `create` to go on, or `ignore`");
  const WallTime now = deps_.clock.Now();
  ports::LinkCommit commit;
  commit.place = place;
  commit.conflicts.push_back(conflict);
  commit.history.push_back({now, "chosen", "by " + conflict.resolved_by, Json::object()});
  link.state.writes.clear();
  link.attempts = 0;
  link.standing = link.standing == LinkStanding::kParked ? LinkStanding::kActive : link.standing;
  commit.add.push_back(HintOfLink(link, now));
  commit.link = std::move(link);
  return StoreChoice(commit);
}

/// Deleted on one side, edited on the other: it is made again there, or the link ends.
Status Choices::ChooseOfGone(const ports::LinkPlace& place, const SyncScene& scene, Link link,
                             const LinkConflict& conflict, const Choice& choice) {
  const bool known = choice.what == Choice::What::kCreate || choice.what == Choice::What::kA ||
                     choice.what == Choice::What::kB || choice.what == Choice::What::kIgnore;
  if (!known) return DoesNotFit("one of the records was deleted: choose `create` or `ignore`");
  const bool gone_a = conflict.a.is_null();
  const Side gone = gone_a ? Side::kA : Side::kB;
  const bool keeps_left = choice.what == Choice::What::kCreate ||
                          choice.what == (gone_a ? Choice::What::kB : Choice::What::kA);
  if (keeps_left && !core::twoway::MakesRecordsIn(scene.definition(), gone))
    return DoesNotFit("the definition makes no records in " + scene.definition().at(gone).name);
  const WallTime now = deps_.clock.Now();
  ports::LinkCommit commit;
  commit.place = place;
  commit.conflicts.push_back(conflict);
  commit.history.push_back({now, "chosen", "by " + conflict.resolved_by, Json::object()});
  core::twoway::Record base;
  if (link.state.agreed) base = link.state.agreed->base;
  commit.tombstones.push_back({gone, link.state.key(gone), base, now});
  if (keeps_left) {
    (gone_a ? link.state.key_a : link.state.key_b).clear();
    link.state.agreed.reset();
    link.standing = LinkStanding::kActive;
    link.code = kCreateChosen;
    commit.add.push_back(HintOfLink(link, now));
  } else {
    commit.tombstones.push_back({OtherOf(gone), link.state.key(OtherOf(gone)), base, now});
    commit.history.push_back({now, "ended", "by " + conflict.resolved_by, Json::object()});
    if (Status answered = AnswerQuestionsOf(deps_.links, link, commit); !answered.ok())
      return answered;
    if (Status freed = HintRivalsOf(deps_.links, link, now, commit); !freed.ok()) return freed;
    link.standing = LinkStanding::kEnded;
    link.reason = "a person decided that the link ends; the record that is left stays as it is";
  }
  commit.link = std::move(link);
  return StoreChoice(commit);
}

Status Choices::ChooseRecord(const ports::LinkPlace& place, const SyncScene& scene,
                             LinkConflict& conflict, const Choice& choice) {
  if (choice.what != Choice::What::kIgnore) return MakeLink(place, scene, conflict, choice);
  // As if it had been deleted now: nothing comes of it before it is edited.
  ports::LinkCommit commit;
  commit.place = place;
  commit.conflicts.push_back(conflict);
  commit.tombstones.push_back({conflict.side, conflict.key, {}, deps_.clock.Now()});
  const auto stored = deps_.links.Commit(commit);
  return stored.ok() ? Status() : Status(stored.error());
}

/// The worker fills the link, or makes the counterpart.
Status Choices::MakeLink(const ports::LinkPlace& place, const SyncScene& scene,
                         LinkConflict& conflict, const Choice& choice) {
  const Side other = OtherOf(conflict.side);
  Link link;
  link.id = ports::LinkId(deps_.new_id());
  link.place = place;
  link.created_at = deps_.clock.Now();
  (conflict.side == Side::kA ? link.state.key_a : link.state.key_b) = conflict.key;
  if (choice.what == Choice::What::kLink) {
    if (choice.key.empty()) return DoesNotFit("the key of the other record is missing");
    const auto record = scene.side(other).Read(choice.key, core::quota::Lane::kInteractive);
    if (!record.ok()) return record.error();
    if (!*record) {
      return NotFound("LINK_RECORD_NOT_FOUND", "there is no record '" + choice.key + "' in " +
                                                   scene.definition().at(other).name);
    }
    (other == Side::kA ? link.state.key_a : link.state.key_b) = choice.key;
  } else {
    if (!core::twoway::MakesRecordsIn(scene.definition(), other))
      return DoesNotFit("the definition makes no records in " + scene.definition().at(other).name);
    link.code = kCreateChosen;
  }
  ports::LinkCommit commit;
  commit.place = place;
  commit.conflicts.push_back(conflict);
  commit.add.push_back(ChoiceHint(conflict.side, conflict.key, link.created_at));
  commit.history.push_back(
      {link.created_at, "linked", "by " + conflict.resolved_by, {{"choice", conflict.resolution}}});
  commit.link = std::move(link);
  const auto stored = deps_.links.Commit(commit);
  return stored.ok() ? Status() : Status(stored.error());
}

Result<Link> Choices::Pause(const ports::LinkPlace& place, ports::LinkId id,
                            const std::string& by) {
  return Turn(place, id, LinkStanding::kPaused, by);
}

Result<Link> Choices::Resume(const ports::LinkPlace& place, ports::LinkId id,
                             const std::string& by) {
  return Turn(place, id, LinkStanding::kActive, by);
}

Result<Link> Choices::Turn(const ports::LinkPlace& place, ports::LinkId id, LinkStanding standing,
                           const std::string& by) {
  auto link = deps_.links.Get(place, id);
  if (!link.ok()) return link;
  if (link->standing == LinkStanding::kEnded) return Conflict("LINK_ENDED", "the link has ended");
  if (link->standing == standing) return link;
  const WallTime now = deps_.clock.Now();
  const bool goes_on = standing == LinkStanding::kActive;
  link->standing = standing;
  // Until it settles it is known that it was held up.
  link->code = "LINK_PAUSED";
  link->reason = goes_on ? "" : "paused by " + by;
  // What it was parked for is looked at with new eyes: a breaker that is let go may write again.
  if (goes_on) link->state.writes.clear();
  ports::LinkCommit commit;
  commit.place = place;
  commit.history.push_back({now, goes_on ? "resumed" : "paused", "by " + by, Json::object()});
  if (goes_on) commit.add.push_back(HintOfLink(*link, now));
  commit.link = *std::move(link);
  auto stored = deps_.links.Commit(commit);
  if (!stored.ok()) return stored.error();
  return **std::move(stored);
}

}  // namespace sb::syncs
