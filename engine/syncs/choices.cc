#include "engine/syncs/choices.h"

#include <algorithm>
#include <utility>

#include "engine/syncs/link_job.h"

namespace sb::syncs {
namespace {

using core::twoway::Side;
using ports::Link;
using ports::LinkConflict;
using ports::LinkStanding;
using What = Choice::What;

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

bool IsOfRecord(What what) {
  return what == What::kLink || what == What::kCreate || what == What::kIgnore;
}

/// Which value is meant; nothing: the rule says nothing here.
Result<Json> ValueMeant(const LinkConflict& conflict, const Choice& choice) {
  switch (choice.what) {
    case What::kA:
      return conflict.a;
    case What::kB:
      return conflict.b;
    case What::kValue:
      if (DumpJson(choice.value).size() > kMostChoiceBytes)
        return DoesNotFit("the value is larger than 64 KiB");
      return choice.value;
    case What::kPutBack:
      if (conflict.code != kFieldOverwritten)
        return DoesNotFit("nothing was overwritten here that could be put back");
      return conflict.side == Side::kA ? conflict.a : conflict.b;
    case What::kNewest: {
      const bool known = conflict.a_at && conflict.b_at && *conflict.a_at != *conflict.b_at;
      if (!known) return DoesNotFit("nobody knows which side changed it later");
      return *conflict.a_at > *conflict.b_at ? conflict.a : conflict.b;
    }
    case What::kFillBlank:
      if (IsBlank(conflict.a) == IsBlank(conflict.b))
        return DoesNotFit("both sides have a value, or none has");
      return IsBlank(conflict.a) ? conflict.b : conflict.a;
    default:
      return DoesNotFit("this choice is for records without link");
  }
}

const char* NameOf(What what) {
  switch (what) {
    case What::kA:
      return "a";
    case What::kB:
      return "b";
    case What::kPutBack:
      return "put_back";
    case What::kNewest:
      return "newest";
    case What::kFillBlank:
      return "fill_blank";
    case What::kCreate:
      return "create";
    case What::kIgnore:
      return "ignore";
    default:
      return "value";
  }
}

std::string ResolutionOf(const Choice& choice) {
  return choice.what == What::kLink ? "link:" + choice.key : NameOf(choice.what);
}

/// Lists are chosen in their canonical form, other fields as a scalar.
Status FitsField(const core::twoway::Definition& definition, const std::string& name,
                 const Json& value) {
  const core::twoway::Field* field = definition.Find(name);
  if (field == nullptr) return DoesNotFit("the field '" + name + "' is not mapped any more");
  const bool is_list = core::twoway::IsList(field->shape);
  const bool fits = value.is_null() || (is_list ? value.is_object() : value.is_primitive());
  if (!fits) {
    return DoesNotFit(is_list ? "a list is chosen as {\"+33142685300\": \"Work\"}"
                              : "'" + name + "' takes a single value");
  }
  return {};
}

}  // namespace

Result<LinkConflict> Choices::Resolve(const ports::LinkPlace& place, const SyncScene& scene,
                                      ports::ConflictId id, const Choice& choice,
                                      const std::string& by) {
  auto conflict = deps_.links.Conflict(place, id);
  if (!conflict.ok()) return conflict;
  const std::string resolution = ResolutionOf(choice);
  const bool is_put_back = choice.what == What::kPutBack || conflict->code == kFieldOverwritten;
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

/// Of a link: the value of a field, or that it goes on.
Status Choices::ChooseValue(const ports::LinkPlace& place, const SyncScene& scene,
                            LinkConflict& conflict, const Choice& choice) {
  auto link = deps_.links.Get(place, conflict.link);
  if (!link.ok()) return link.error();
  ports::LinkCommit commit;
  commit.place = place;
  commit.conflicts.push_back(conflict);
  const WallTime now = deps_.clock.Now();
  if (choice.what == What::kIgnore) {
    const auto stored = deps_.links.Commit(commit);
    return stored.ok() ? Status() : Status(stored.error());
  }
  if (link->standing == LinkStanding::kEnded)
    return Conflict("LINK_ENDED", "the link has ended: there is nothing to be written to");
  Json detail = Json::object();
  if (!conflict.field.empty()) {
    auto value = ValueMeant(conflict, choice);
    if (!value.ok()) return value.error();
    const Status fits = FitsField(scene.definition(), conflict.field, *value);
    if (!fits.ok()) return fits;
    detail[conflict.field] = *value;
    link->state.choices[conflict.field] = *std::move(value);
  } else if (choice.what != What::kCreate && choice.what != What::kA && choice.what != What::kB) {
    return DoesNotFit("this is about the record as a whole: choose a, b or ignore");
  } else if (conflict.code == "LINK_DELETE_CONFLICT") {
    return ChooseOfGone(place, *std::move(link), conflict, choice);
  }
  link->standing = link->standing == LinkStanding::kParked ? LinkStanding::kActive : link->standing;
  commit.history.push_back({now, "chosen", "by " + conflict.resolved_by, detail});
  commit.add.push_back(HintOfLink(*link, now));
  commit.link = *std::move(link);
  const auto stored = deps_.links.Commit(commit);
  return stored.ok() ? Status() : Status(stored.error());
}

/// Deleted on one side, edited on the other: it is made again there, or the link ends.
Status Choices::ChooseOfGone(const ports::LinkPlace& place, Link link, const LinkConflict& conflict,
                             const Choice& choice) {
  const bool gone_a = conflict.a.is_null();
  const Side gone = gone_a ? Side::kA : Side::kB;
  const bool keeps_left =
      choice.what == What::kCreate || choice.what == (gone_a ? What::kB : What::kA);
  const WallTime now = deps_.clock.Now();
  ports::LinkCommit commit;
  commit.place = place;
  commit.conflicts.push_back(conflict);
  commit.history.push_back({now, "chosen", "by " + conflict.resolved_by, Json::object()});
  const std::string gone_key = link.state.key(gone);
  core::twoway::Record base;
  if (link.state.agreed) base = link.state.agreed->base;
  commit.tombstones.push_back({gone, gone_key, base, now});
  if (keeps_left) {
    (gone_a ? link.state.key_a : link.state.key_b).clear();
    link.state.agreed.reset();
    link.standing = LinkStanding::kActive;
    link.code = kCreateChosen;
    commit.add.push_back(HintOfLink(link, now));
  } else {
    commit.tombstones.push_back({OtherOf(gone), link.state.key(OtherOf(gone)), base, now});
    commit.history.push_back({now, "ended", "by " + conflict.resolved_by, Json::object()});
    link.standing = LinkStanding::kEnded;
    link.reason = "a person decided that the link ends; the record that is left stays as it is";
  }
  commit.link = std::move(link);
  const auto stored = deps_.links.Commit(commit);
  return stored.ok() ? Status() : Status(stored.error());
}

Status Choices::ChooseRecord(const ports::LinkPlace& place, const SyncScene& scene,
                             LinkConflict& conflict, const Choice& choice) {
  if (choice.what != What::kIgnore) return MakeLink(place, scene, conflict, choice);
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
  if (choice.what == What::kLink) {
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
