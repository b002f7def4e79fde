#include "engine/syncs/two_way_syncs.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/log.h"
#include "engine/syncs/link_job.h"
#include "engine/syncs/progress_book.h"

namespace sb::syncs {
namespace {

using core::twoway::Definition;
using core::twoway::Side;
using ports::LinkStanding;
using ports::Sync;
using ports::SyncState;

constexpr std::array<Side, 2> kSyncSides = {Side::kA, Side::kB};
constexpr int kMostInBulk = 1000;
constexpr int kMostHistory = 500;
constexpr int kMostExplained = 10;
constexpr int kLinksPerPage = 500;
constexpr int kMostAccountsOfTenant = 200;
constexpr Millis kHeldWindow = std::chrono::hours(1);
constexpr double kPercent = 100;

Error Unfit(const core::twoway::SideSpec& side, const ports::SideProblem& problem) {
  return Invalid("LINK_SIDE_UNFIT", side.name + ": " + problem.code + ": " + problem.reason);
}

std::vector<std::string> KindEvents(const core::twoway::RecordCatalog& catalog,
                                    const core::twoway::SideSpec& side) {
  const auto connector = catalog.find(side.connector);
  if (connector == catalog.end()) return {};
  const auto kind = connector->second.find(side.object);
  if (kind == connector->second.end()) return {};
  std::vector<std::string> events = kind->second.changed_events;
  events.insert(events.end(), kind->second.gone_events.begin(), kind->second.gone_events.end());
  return events;
}

/// Whether the sides are the same records.
bool SameSide(const core::twoway::SideSpec& left, const core::twoway::SideSpec& right) {
  return left.connector == right.connector && left.object == right.object &&
         left.account == right.account && left.connection == right.connection &&
         left.table == right.table && left.key == right.key;
}

}  // namespace

TwoWaySyncs::TwoWaySyncs(Dependencies dependencies)
    : deps_(std::move(dependencies)),
      choices_({deps_.links, deps_.clock,
                [this] { return deps_.ids.Next<ports::LinkTag>(deps_.clock.Now()).number(); }}) {}

Result<Definition> TwoWaySyncs::DefinitionOf(const Sync& sync) const {
  return deps_.scenes.DefinitionOf(sync);
}

// ---- Deploying

Status TwoWaySyncs::FitsAccount(const ports::Account& account, const Definition& definition) {
  if (account.connector == definition.a.connector) return {};
  return Invalid("SYNC_SOURCE_OTHER", "the account is of the connector '" + account.connector +
                                          "', and the sync is with '" + definition.a.connector +
                                          "'");
}

Result<TwoWaySyncs::Problems> TwoWaySyncs::ProblemsOf(const SyncScene& scene) {
  Problems problems;
  for (const Side side : kSyncSides) {
    auto& of_side = side == Side::kA ? problems.a : problems.b;
    const auto fields = core::twoway::NativeFieldsOf(scene.definition(), side);
    auto found = scene.side(side).Check(fields.read, fields.written);
    if (!found.ok()) return found.error();
    of_side = *std::move(found);
    for (const Diagnostic& each :
         core::twoway::CheckShape(scene.definition(), side, scene.shape(side)))
      of_side.push_back({each.code, each.pointer, each.message});
  }
  return problems;
}

Result<std::optional<Sync>> TwoWaySyncs::Former(AccountId account,
                                                const core::sync::SyncHead& head) {
  auto all = deps_.syncs.List(account);
  if (!all.ok()) return all.error();
  for (Sync& each : *all) {
    if (each.workspace == head.workspace && each.name == head.name)
      return std::optional(std::move(each));
  }
  return std::optional<Sync>();
}

std::optional<double> TwoWaySyncs::RequestsPerMinute(AccountId account) const {
  const double pace = deps_.requests_per_minute ? deps_.requests_per_minute(account) : 0;
  return pace > 0 ? std::optional(pace) : std::nullopt;
}

Result<LinkPlan> TwoWaySyncs::Plan(const ports::Account& account, const Definition& definition) {
  if (Status fits = FitsAccount(account, definition); !fits.ok()) return fits.error();
  const auto scene = deps_.scenes.Make(definition, account);
  if (!scene.ok()) return scene.error();
  auto problems = ProblemsOf(**scene);
  if (!problems.ok()) return problems.error();
  if (!problems->a.empty() || !problems->b.empty()) {
    LinkPlan plan;
    plan.problems_a = std::move(problems->a);
    plan.problems_b = std::move(problems->b);
    return plan;
  }
  const auto former = Former(account.id, definition.head);
  if (!former.ok()) return former.error();
  std::optional<ports::LinkPlace> place;
  if (*former && (*former)->kind == ports::SyncKind::kTwoWay) place = PlaceOf(**former);
  return PlanLinks({**scene, deps_.links, place, RequestsPerMinute(account.id), deps_.clock.Now()});
}

Result<TwoWaySyncs::Problems> TwoWaySyncs::Check(const ports::Account& account,
                                                 const Definition& definition,
                                                 const std::string& yaml) {
  if (Status fits = FitsAccount(account, definition); !fits.ok()) return fits.error();
  const auto former = Former(account.id, definition.head);
  if (!former.ok()) return former.error();
  if (*former) {
    if (Status fits = FitsFormer(**former, definition, yaml); !fits.ok()) return fits.error();
  }
  const auto scene = deps_.scenes.Make(definition, account);
  if (!scene.ok()) return scene.error();
  return ProblemsOf(**scene);
}

/// Whether a sync can become this one.
Status TwoWaySyncs::FitsFormer(const Sync& former, const Definition& definition,
                               const std::string& yaml) const {
  if (former.kind != ports::SyncKind::kTwoWay)
    return sb::Conflict("SYNC_EXISTS", "a replication of the account has this name");
  if (former.version == definition.head.version && former.definition != yaml) {
    return sb::Conflict("SYNC_VERSION_EXISTS", "version " + former.version +
                                                   " is deployed and says something else; give "
                                                   "the new one another version");
  }
  const auto before = deps_.scenes.DefinitionOf(former);
  const bool stays =
      !before.ok() || (SameSide(before->a, definition.a) && SameSide(before->b, definition.b));
  if (stays) return {};
  return sb::Conflict("SYNC_SIDES_FIXED",
                      "the sync is between other records; delete it first, or give the new one a "
                      "name of its own");
}

Result<Sync> TwoWaySyncs::Deploy(const ports::Account& account, const Definition& definition,
                                 const std::string& yaml) {
  if (Status fits = FitsAccount(account, definition); !fits.ok()) return fits.error();
  const auto former = Former(account.id, definition.head);
  if (!former.ok()) return former.error();
  if (*former) {
    if (Status fits = FitsFormer(**former, definition, yaml); !fits.ok()) return fits.error();
  }
  const auto scene = deps_.scenes.Make(definition, account);
  if (!scene.ok()) return scene.error();
  const auto problems = ProblemsOf(**scene);
  if (!problems.ok()) return problems.error();
  if (!problems->a.empty()) return Unfit(definition.a, problems->a.front());
  if (!problems->b.empty()) return Unfit(definition.b, problems->b.front());
  for (const Side side : kSyncSides) {
    if (Status made = (*scene)->side(side).Prepare(); !made.ok()) return made.error();
  }
  auto deployed = *former ? Renew(**former, definition, yaml) : Open(account, definition, yaml);
  if (deployed.ok()) deps_.changed();
  return deployed;
}

Result<Sync> TwoWaySyncs::Open(const ports::Account& account, const Definition& definition,
                               const std::string& yaml) {
  const WallTime now = deps_.clock.Now();
  Sync sync;
  sync.id = deps_.ids.Next<ports::SyncTag>(now);
  sync.slot = account.slot;
  sync.account = account.id;
  sync.kind = ports::SyncKind::kTwoWay;
  sync.workspace = definition.head.workspace;
  sync.name = definition.head.name;
  sync.version = definition.head.version;
  sync.definition = yaml;
  sync.schema = PlaceNameOf(account.id, definition.head);
  sync.created_at = now;
  // What was before is read whole when it starts.
  auto heard = deps_.feed.End();
  if (!heard.ok()) return heard.error();
  heard->seq = 0;
  sync.heard = *heard;
  if (Status opened = deps_.syncs.Open(sync, {}); !opened.ok()) return opened.error();
  return sync;
}

/// Both sides are read whole: fields that are mapped now may differ, those that are not any more
/// are forgotten.
Result<Sync> TwoWaySyncs::Renew(Sync sync, const Definition& definition, const std::string& yaml) {
  if (sync.version == definition.head.version) return sync;
  sync.version = definition.head.version;
  sync.definition = yaml;
  const auto step = deps_.syncs.Save(sync);
  if (!step.ok()) return step.error();
  sync.step = *step;
  deps_.scenes.Forget(sync.id);
  if (Status again = CompareNow(sync); !again.ok()) return again.error();
  return sync;
}

Result<Sync> TwoWaySyncs::SetState(AccountId account, ports::SyncId id, SyncState state) {
  auto sync = deps_.syncs.Get(account, id);
  if (!sync.ok()) return sync;
  if (sync->state == SyncState::kDeleted) return NotFound("SYNC_NOT_FOUND", "the sync was deleted");
  if (sync->state == state) return sync;
  const bool starts = state == SyncState::kRunning;
  if (starts) {
    const Status clear =
        UpdateProgress(deps_.links, PlaceOf(*sync), [](ports::LinkProgress& progress) {
          progress.error.clear();
          progress.error_reason.clear();
          progress.due_at = WallTime();
          progress.compared_at.reset();  // what happened meanwhile is not known
        });
    if (!clear.ok()) return clear.error();
  }
  sync->state = state;
  sync->reason.clear();
  const auto step = deps_.syncs.Save(*sync);
  if (!step.ok()) return step.error();
  sync->step = *step;
  if (state == SyncState::kDeleted) Dismantle(*sync);
  deps_.changed();
  return sync;
}

/// As far as the sides are to be had: a trigger that stays writes a log that nobody reads.
void TwoWaySyncs::Dismantle(const Sync& sync) {
  const auto scene = deps_.scenes.Of(sync);
  for (const Side side : kSyncSides) {
    const Status gone = scene.ok() ? (*scene)->side(side).Dismantle() : Status(scene.error());
    if (!gone.ok()) {
      Log::Warn("link.side_not_dismantled",
                {{"account", ToText(sync.account)}, {"code", gone.error().code}});
    }
  }
  deps_.scenes.Forget(sync.id);
}

Status TwoWaySyncs::PauseWithout(Sync sync) {
  sync.state = SyncState::kPaused;
  sync.reason = "ACCOUNT_DISCONNECTED";
  Log::Info("sync.paused", {{"account", ToText(sync.account)}, {"code", sync.reason}});
  const auto saved = deps_.syncs.Save(sync);
  return saved.ok() ? Status() : Status(saved.error());
}

// ---- Telling

Result<TwoWayStanding> TwoWaySyncs::Standing(const Sync& sync) {
  const ports::LinkPlace place = PlaceOf(sync);
  const WallTime now = deps_.clock.Now();
  TwoWayStanding standing;
  auto progress = ProgressOf(deps_.links, place);
  if (!progress.ok()) return progress.error();
  auto counts = deps_.links.Count(place);
  if (!counts.ok()) return counts.error();
  standing.progress = *std::move(progress);
  standing.counts = *counts;
  standing.comparing = standing.progress.scan_begun_at.has_value();
  if (standing.comparing && standing.progress.scan_total && *standing.progress.scan_total > 0) {
    const double share = static_cast<double>(standing.progress.scan_seen) /
                         static_cast<double>(*standing.progress.scan_total);
    const double before = standing.progress.scanning == Side::kA ? 0 : 1;
    standing.percent = (before + std::min(share, 1.0)) * kPercent / 2;
  }
  if (standing.counts.oldest_hint_at) {
    const std::chrono::duration<double> behind = now - *standing.counts.oldest_hint_at;
    standing.seconds_behind = std::max(behind.count(), 0.0);
  }
  const auto held_a = HoldsDeletes(sync, Side::kA);
  if (!held_a.ok()) return held_a.error();
  const auto held_b = HoldsDeletes(sync, Side::kB);
  if (!held_b.ok()) return held_b.error();
  standing.deletes_held_a = *held_a;
  standing.deletes_held_b = *held_b;
  // A look and a write for each, as long as nothing fails.
  constexpr std::int64_t kRequestsOfHint = 2;
  standing.requests_left = standing.counts.waiting * kRequestsOfHint;
  standing.requests_per_minute = RequestsPerMinute(sync.account);
  if (standing.requests_per_minute) {
    standing.minutes_left =
        static_cast<double>(standing.requests_left) / *standing.requests_per_minute;
  }
  return standing;
}

/// Links that are parked because of the brake. Which side it is on is decided when they are looked
/// at again.
Result<std::vector<ports::Link>> TwoWaySyncs::HeldLinks(const Sync& sync, bool only_one) {
  std::vector<ports::Link> held;
  ports::LinkId after;
  for (;;) {
    auto links = deps_.links.List(PlaceOf(sync), LinkStanding::kParked, after, kLinksPerPage);
    if (!links.ok()) return links.error();
    for (ports::Link& link : *links) {
      after = link.id;
      if (link.code != kDeletesHeld) continue;
      held.push_back(std::move(link));
      if (only_one) return held;
    }
    if (links->size() < static_cast<std::size_t>(kLinksPerPage)) return held;
  }
}

Result<bool> TwoWaySyncs::HoldsDeletes(const Sync& sync, Side side) {
  const auto definition = deps_.scenes.DefinitionOf(sync);
  if (!definition.ok()) return false;
  const core::twoway::DeleteRules& rules = definition->deletes;
  const auto deletes = [&](Side on) {
    return (on == Side::kA ? rules.to_a : rules.to_b) == core::twoway::Deletes::kDelete;
  };
  if (!deletes(side)) return false;
  const auto held = HeldLinks(sync, true);
  if (!held.ok()) return held.error();
  if (held->empty() || !deletes(OtherOf(side))) return !held->empty();
  // Both directions delete: that side on which so many were made.
  std::array<std::int64_t, 2> recent{};
  for (const Side each : kSyncSides) {
    const auto made =
        deps_.links.DeletedSince(PlaceOf(sync), each, deps_.clock.Now() - kHeldWindow);
    if (!made.ok()) return made.error();
    recent[each == Side::kA ? 0 : 1] = *made;
  }
  const std::int64_t here = recent[side == Side::kA ? 0 : 1];
  return here >= recent[side == Side::kA ? 1 : 0];
}

Status TwoWaySyncs::CompareNow(const Sync& sync) {
  const Status asked =
      UpdateProgress(deps_.links, PlaceOf(sync), [](ports::LinkProgress& progress) {
        progress.compared_at.reset();
        progress.scan_begun_at.reset();  // one that is under way knew less
      });
  if (asked.ok()) deps_.changed();
  return asked;
}

Status TwoWaySyncs::ApproveDeletes(const Sync& sync, Side side, const std::string& by) {
  const auto holds = HoldsDeletes(sync, side);
  if (!holds.ok()) return holds.error();
  if (!*holds) {
    return sb::Conflict("SYNC_DELETES_NOT_HELD",
                        "no deletes on this side wait for anybody: there is nothing to approve");
  }
  const ports::LinkPlace place = PlaceOf(sync);
  const Status approved = UpdateProgress(deps_.links, place, [&](ports::LinkProgress& progress) {
    if (std::ranges::count(progress.approved, DeletesOn(side)) == 0)
      progress.approved.emplace_back(DeletesOn(side));
  });
  if (!approved.ok()) return approved;
  auto held = HeldLinks(sync, false);
  if (!held.ok()) return held.error();
  const WallTime now = deps_.clock.Now();
  for (ports::Link& link : *held) {
    ports::LinkCommit commit;
    commit.place = place;
    const bool has_a = !link.state.key_a.empty();
    commit.add.push_back(MakeHint(has_a ? Side::kA : Side::kB,
                                  has_a ? link.state.key_a : link.state.key_b, "approved", now));
    commit.history.push_back({now, "resumed", "deletes were approved by " + by, Json::object()});
    link.standing = LinkStanding::kActive;
    commit.link = std::move(link);
    const auto stored = deps_.links.Commit(commit);
    const bool moved = !stored.ok() && stored.error().code == "LINK_MOVED";
    if (!stored.ok() && !moved) return stored.error();
  }
  deps_.changed();
  return {};
}

Result<std::vector<ports::Link>> TwoWaySyncs::Links(const Sync& sync,
                                                    std::optional<LinkStanding> standing,
                                                    ports::LinkId after, int limit) {
  return deps_.links.List(PlaceOf(sync), standing, after, limit);
}

Result<ports::Link> TwoWaySyncs::Link(const Sync& sync, ports::LinkId id) {
  return deps_.links.Get(PlaceOf(sync), id);
}

Result<ports::LinkConflict> TwoWaySyncs::Conflict(const Sync& sync, ports::ConflictId id) {
  return deps_.links.Conflict(PlaceOf(sync), id);
}

Result<std::vector<ports::LinkConflict>> TwoWaySyncs::Conflicts(const Sync& sync,
                                                                const ports::ConflictQuery& query) {
  return deps_.links.Conflicts(PlaceOf(sync), query);
}

// ---- Explaining

Result<LinkExplanation> TwoWaySyncs::ExplainLink(const ports::LinkPlace& place, ports::Link link) {
  LinkExplanation explanation;
  auto history = deps_.links.History(place, link.id, kMostHistory);
  if (!history.ok()) return history.error();
  ports::ConflictQuery query;
  query.link = link.id;
  query.limit = kMostHistory;
  auto conflicts = deps_.links.Conflicts(place, query);
  if (!conflicts.ok()) return conflicts.error();
  explanation.link = std::move(link);
  explanation.history = *std::move(history);
  explanation.conflicts = *std::move(conflicts);
  return explanation;
}

Result<RecordExplanation> TwoWaySyncs::ExplainRecord(const ports::LinkPlace& place, Side side,
                                                     const std::string& key) {
  RecordExplanation explanation;
  explanation.side = side;
  explanation.key = key;
  auto links = deps_.links.Of(place, side, key);
  if (!links.ok()) return links.error();
  for (ports::Link& link : *links) {
    auto explained = ExplainLink(place, std::move(link));
    if (!explained.ok()) return explained.error();
    explanation.links.push_back(*std::move(explained));
  }
  auto stone = deps_.links.TombstoneOf(place, side, key);
  if (!stone.ok()) return stone.error();
  explanation.tombstone = *std::move(stone);
  for (const char* code : {"LINK_AMBIGUOUS", "LINK_TAKEN"}) {
    ports::ConflictQuery query;
    query.code = code;
    query.limit = kMostInBulk;
    auto conflicts = deps_.links.Conflicts(place, query);
    if (!conflicts.ok()) return conflicts.error();
    for (ports::LinkConflict& each : *conflicts) {
      if (each.side == side && each.key == key) explanation.conflicts.push_back(std::move(each));
    }
  }
  return explanation;
}

/// The records that a text may mean: by a link's id, by their key, by a number or an address.
Result<std::vector<std::pair<Side, std::string>>> TwoWaySyncs::RecordsMeant(
    const Sync& sync, std::optional<Side> side, const std::string& record) {
  const ports::LinkPlace place = PlaceOf(sync);
  std::vector<std::pair<Side, std::string>> meant;
  const auto add_link = [&](const ports::Link& link) {
    const bool has_a = !link.state.key_a.empty();
    meant.emplace_back(has_a ? Side::kA : Side::kB, has_a ? link.state.key_a : link.state.key_b);
  };
  if (const auto id = ports::ParseLinkId(record)) {
    const auto link = deps_.links.Get(place, *id);
    if (link.ok()) add_link(*link);
    if (!link.ok() && link.error().kind != ErrorKind::kNotFound) return link.error();
    return meant;
  }
  for (const Side each : kSyncSides) {
    if (!side || *side == each) meant.emplace_back(each, record);
  }
  std::vector<core::twoway::MatchKey> keys;
  if (record.find('@') != std::string::npos) {
    std::string address = record;
    std::ranges::transform(address, address.begin(), [](unsigned char sign) {
      return static_cast<char>(sign < 0x80 ? std::tolower(sign) : sign);
    });
    keys.push_back({core::twoway::MatchBy::kEmail, std::move(address)});
  }
  const auto definition = deps_.scenes.DefinitionOf(sync);
  const auto number = core::personal::E164Of(
      record, definition.ok() ? definition->region : std::string(), deps_.phones);
  if (number.ok()) keys.push_back({core::twoway::MatchBy::kPhone, *number});
  if (keys.empty()) return meant;
  const auto holders = deps_.links.Matching(place, keys);
  if (!holders.ok()) return holders.error();
  for (const ports::LinkId id : *holders) {
    const auto link = deps_.links.Get(place, id);
    if (link.ok()) add_link(*link);
  }
  return meant;
}

Result<std::vector<RecordExplanation>> TwoWaySyncs::Explain(const Sync& sync,
                                                            std::optional<Side> side,
                                                            const std::string& record) {
  const auto meant = RecordsMeant(sync, side, record);
  if (!meant.ok()) return meant.error();
  std::vector<RecordExplanation> answers;
  std::set<std::pair<Side, std::string>> told;
  for (const auto& [on, key] : *meant) {
    if (!told.emplace(on, key).second || answers.size() >= kMostExplained) continue;
    auto answer = ExplainRecord(PlaceOf(sync), on, key);
    if (!answer.ok()) return answer.error();
    const bool known =
        !answer->links.empty() || !answer->conflicts.empty() || answer->tombstone.has_value();
    if (known) answers.push_back(*std::move(answer));
  }
  return answers;
}

// ---- Deciding

Result<ports::LinkConflict> TwoWaySyncs::Resolve(const Sync& sync, ports::ConflictId id,
                                                 const Choice& choice, const std::string& by) {
  const auto scene = deps_.scenes.Of(sync);
  if (!scene.ok()) return scene.error();
  auto resolved = choices_.Resolve(PlaceOf(sync), **scene, id, choice, by);
  if (resolved.ok()) deps_.changed();
  return resolved;
}

Result<TwoWaySyncs::BulkOutcome> TwoWaySyncs::ResolveAll(const Sync& sync,
                                                         ports::ConflictQuery query,
                                                         const Choice& choice,
                                                         const std::string& by) {
  const auto scene = deps_.scenes.Of(sync);
  if (!scene.ok()) return scene.error();
  const bool puts_back = choice.what == Choice::What::kPutBack;
  query.open = !puts_back;
  if (puts_back) query.code = kFieldOverwritten;
  query.limit = std::clamp(query.limit, 1, kMostInBulk);
  const auto conflicts = deps_.links.Conflicts(PlaceOf(sync), query);
  if (!conflicts.ok()) return conflicts.error();
  BulkOutcome outcome;
  outcome.more = conflicts->size() == static_cast<std::size_t>(query.limit);
  for (const ports::LinkConflict& each : *conflicts) {
    if (!each.resolution.empty()) continue;  // put back before
    const auto resolved = choices_.Resolve(PlaceOf(sync), **scene, each.id, choice, by);
    const bool refused = !resolved.ok() && (resolved.error().kind == ErrorKind::kInvalid ||
                                            resolved.error().kind == ErrorKind::kConflict ||
                                            resolved.error().kind == ErrorKind::kNotFound);
    if (!resolved.ok() && !refused) return resolved.error();
    ++(refused ? outcome.refused : outcome.resolved);
  }
  deps_.changed();
  return outcome;
}

Result<ports::Link> TwoWaySyncs::PauseLink(const Sync& sync, ports::LinkId id,
                                           const std::string& by) {
  return choices_.Pause(PlaceOf(sync), id, by);
}

Result<ports::Link> TwoWaySyncs::ResumeLink(const Sync& sync, ports::LinkId id,
                                            const std::string& by) {
  auto link = choices_.Resume(PlaceOf(sync), id, by);
  if (link.ok()) deps_.changed();
  return link;
}

// ---- For those who drive them

Result<std::vector<Sync>> TwoWaySyncs::Running() {
  return deps_.syncs.Running(deps_.our_slots(), ports::SyncKind::kTwoWay);
}

Result<std::vector<std::string>> TwoWaySyncs::EventsOf(const Sync& sync) {
  const auto definition = deps_.scenes.DefinitionOf(sync);
  if (!definition.ok()) return definition.error();
  auto events = KindEvents(deps_.catalog, definition->a);
  std::ranges::sort(events);
  return events;
}

/// Also those of syncs of the tenant's other accounts that have this one as their side B.
Result<std::vector<std::string>> TwoWaySyncs::WantedEvents(const ports::Account& account) {
  ports::AccountFilter filter;
  filter.tenant = account.tenant;
  ports::PageRequest page;
  page.size = kMostAccountsOfTenant;
  const auto accounts = deps_.accounts.List(filter, page);
  if (!accounts.ok()) return accounts.error();
  std::set<std::string> types;
  for (const ports::Account& each : accounts->items) {
    const auto syncs = deps_.syncs.List(each.id);
    if (!syncs.ok()) return syncs.error();
    for (const Sync& sync : *syncs) {
      if (sync.kind != ports::SyncKind::kTwoWay || sync.state != SyncState::kRunning) continue;
      const auto definition = deps_.scenes.DefinitionOf(sync);
      if (!definition.ok()) continue;
      for (const Side side : kSyncSides) {
        const core::twoway::SideSpec& spec = definition->at(side);
        const bool its_own =
            side == Side::kA ? each.id == account.id : spec.account == ToText(account.id);
        if (!its_own) continue;
        const auto events = KindEvents(deps_.catalog, spec);
        types.insert(events.begin(), events.end());
      }
    }
  }
  return std::vector<std::string>(types.begin(), types.end());
}

}  // namespace sb::syncs
