#include "engine/syncs/two_way_syncs.h"

#include <algorithm>
#include <numeric>
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
constexpr std::size_t kMostLookedAtInBulk = 10'000;
constexpr int kMostHistory = 500;
constexpr int kMostExplained = 10;
constexpr int kApprovedAtOnce = 1000;
constexpr int kDismantledAtOnce = 100;
constexpr double kPercent = 100;

/// Whoever operates the server has taken the connection away, or nobody can tell what it was.
bool IsOutOfReach(const Error& error) {
  return error.code == "SYNC_CONNECTION_NOT_FOUND" || error.code == "SYNC_UNREADABLE";
}

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

/// Whether something hinders, and is not only advice.
bool Hinders(const std::vector<ports::SideProblem>& problems) {
  return std::ranges::any_of(problems, [](const ports::SideProblem& each) { return !each.advice; });
}

/// Whether records are deleted on that side when they are on the other.
bool Deletes(const Definition& definition, Side side) {
  const core::twoway::DeleteRules& rules = definition.deletes;
  return (side == Side::kA ? rules.to_a : rules.to_b) == core::twoway::Deletes::kDelete;
}

/// How far the reading is, where the side that is read counts its records.
void AddReading(WallTime now, TwoWayStanding& standing) {
  const ports::LinkProgress& at = standing.progress;
  standing.comparing = at.scan_begun_at.has_value();
  if (!standing.comparing || !at.scan_total || *at.scan_total <= 0) return;
  const double share =
      std::min(static_cast<double>(at.scan_seen) / static_cast<double>(*at.scan_total), 1.0);
  const double before = at.scanning == Side::kA ? 0 : 1;
  standing.percent = (before + share) * kPercent / 2;
  if (share <= 0 || !at.side_begun_at || now <= *at.side_begun_at) return;
  const std::chrono::duration<double, std::ratio<60>> taken = now - *at.side_begun_at;
  standing.side_minutes_left = taken.count() * (1 - share) / share;
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
    std::stable_partition(of_side.begin(), of_side.end(),
                          [](const ports::SideProblem& problem) { return !problem.advice; });
  }
  return problems;
}

Status TwoWaySyncs::Fits(const Definition& definition, const Problems& problems) {
  if (Hinders(problems.a)) return Unfit(definition.a, problems.a.front());
  if (Hinders(problems.b)) return Unfit(definition.b, problems.b.front());
  return {};
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

Result<LinkPlan> TwoWaySyncs::Plan(const ports::Account& account, const Definition& definition,
                                   std::function<bool()> stopped) {
  if (Status fits = FitsAccount(account, definition); !fits.ok()) return fits.error();
  const auto scene = deps_.scenes.Make(definition, account);
  if (!scene.ok()) return scene.error();
  auto problems = ProblemsOf(**scene);
  if (!problems.ok()) return problems.error();
  if (Hinders(problems->a) || Hinders(problems->b)) {
    LinkPlan plan;
    plan.problems_a = std::move(problems->a);
    plan.problems_b = std::move(problems->b);
    return plan;
  }
  const auto former = Former(account.id, definition.head);
  if (!former.ok()) return former.error();
  std::optional<ports::LinkPlace> place;
  if (*former && (*former)->kind == ports::SyncKind::kTwoWay) place = PlaceOf(**former);
  auto plan = PlanLinks({**scene, deps_.links, place, RequestsPerMinute(account.id),
                         deps_.clock.Now(), std::move(stopped)});
  if (!plan.ok()) return plan;
  // What is left is advice: it comes behind what the records themselves told.
  plan->problems_a.insert(plan->problems_a.end(), problems->a.begin(), problems->a.end());
  plan->problems_b.insert(plan->problems_b.end(), problems->b.begin(), problems->b.end());
  return plan;
}

Result<TwoWaySyncs::Problems> TwoWaySyncs::Check(const ports::Account& account,
                                                 const Definition& definition,
                                                 const std::string& yaml) {
  auto candidate = Examine(account, definition, yaml);
  if (!candidate.ok()) return candidate.error();
  return std::move(candidate->problems);
}

/// What a deployment begins with, and a look at it without one ends with.
Result<TwoWaySyncs::Candidate> TwoWaySyncs::Examine(const ports::Account& account,
                                                    const Definition& definition,
                                                    const std::string& yaml) {
  if (Status fits = FitsAccount(account, definition); !fits.ok()) return fits.error();
  auto former = Former(account.id, definition.head);
  if (!former.ok()) return former.error();
  if (*former) {
    if (Status fits = FitsFormer(**former, definition, yaml); !fits.ok()) return fits.error();
  }
  auto scene = deps_.scenes.Make(definition, account);
  if (!scene.ok()) return scene.error();
  auto problems = ProblemsOf(**scene);
  if (!problems.ok()) return problems.error();
  return Candidate{*std::move(former), *std::move(scene), *std::move(problems)};
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
  const auto candidate = Examine(account, definition, yaml);
  if (!candidate.ok()) return candidate.error();
  if (Status fits = Fits(definition, candidate->problems); !fits.ok()) return fits.error();
  for (const Side side : kSyncSides) {
    if (Status made = candidate->scene->side(side).Prepare(); !made.ok()) return made.error();
  }
  auto deployed = candidate->former ? Renew(*candidate->former, definition, yaml)
                                    : Open(account, definition, yaml);
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
  const auto before = deps_.scenes.DefinitionOf(sync);
  sync.version = definition.head.version;
  sync.definition = yaml;
  const auto step = deps_.syncs.Save(sync);
  if (!step.ok()) return step.error();
  sync.step = *step;
  deps_.scenes.Forget(sync.id);
  if (before.ok()) {
    const Status answered = AnswerWhatAsksNoMore(PlaceOf(sync), *before, definition);
    if (!answered.ok()) return answered.error();
  }
  if (Status again = CompareNow(sync); !again.ok()) return again.error();
  return sync;
}

/// The new version decides such fields by itself, or knows nothing of them.
Status TwoWaySyncs::AnswerWhatAsksNoMore(const ports::LinkPlace& place, const Definition& before,
                                         const Definition& now) {
  for (const core::twoway::Field& field : before.fields) {
    const core::twoway::Field* const kept = now.Find(field.name);
    const bool asks = kept != nullptr && kept->conflict == core::twoway::Conflict::kAsk;
    if (field.conflict != core::twoway::Conflict::kAsk || asks) continue;
    ports::ConflictQuery query;
    query.open = true;
    query.code = kFieldAsks;
    query.field = field.name;
    query.limit = kMostInBulk;
    for (bool more = true; more;) {
      const auto open = deps_.links.Conflicts(place, query);
      if (!open.ok()) return open.error();
      more = open->size() == static_cast<std::size_t>(query.limit);
      ports::LinkCommit commit;
      commit.place = place;
      for (const ports::LinkConflict& each : *open) commit.answered.push_back(each.id);
      if (commit.answered.empty()) break;
      query.after = open->back().id;
      const auto stored = deps_.links.Commit(commit);
      if (!stored.ok()) return stored.error();
    }
  }
  return {};
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
  // Until the sides are clear of it: whoever finds it so takes away what is left.
  sync->reason = state == SyncState::kDeleted ? ports::kSyncSideLeft : "";
  const auto step = deps_.syncs.Save(*sync);
  if (!step.ok()) return step.error();
  sync->step = *step;
  if (state == SyncState::kDeleted) Dismantle(*sync);
  deps_.changed();
  return sync;
}

/// A trigger that stays writes a log that nobody reads: what cannot be taken away now is later.
void TwoWaySyncs::Dismantle(Sync& sync) {
  bool clear = true;
  for (const Side side : kSyncSides) {
    const auto made = deps_.scenes.SideOf(sync, side);
    const Status gone = made.ok() ? made->records->Dismantle() : Status(made.error());
    if (gone.ok() || IsOutOfReach(gone.error())) continue;
    clear = false;
    Log::Warn("link.side_not_dismantled",
              {{"account", ToText(sync.account)}, {"code", gone.error().code}});
  }
  deps_.scenes.Forget(sync.id);
  if (!clear) return;
  Sync done = sync;
  done.reason.clear();
  const auto step = deps_.syncs.Save(done);
  // Otherwise it is dismantled once more, which does no harm.
  if (!step.ok()) return;
  done.step = *step;
  sync = std::move(done);
}

void TwoWaySyncs::DismantleLeft() {
  auto left = deps_.syncs.Left(deps_.our_slots(), kDismantledAtOnce);
  if (!left.ok()) return Log::Info("link.left_unread", {{"code", left.error().code}});
  for (Sync& sync : *left) {
    // One of the same name has taken over what was left.
    core::sync::SyncHead head;
    head.workspace = sync.workspace;
    head.name = sync.name;
    const auto heir = Former(sync.account, head);
    const bool taken_over = heir.ok() && *heir && (*heir)->kind == ports::SyncKind::kTwoWay;
    if (heir.ok() && !taken_over) Dismantle(sync);
  }
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
  AddReading(now, standing);
  if (standing.counts.oldest_hint_at) {
    const std::chrono::duration<double> behind = now - *standing.counts.oldest_hint_at;
    standing.seconds_behind = std::max(behind.count(), 0.0);
  }
  // Where both sides delete, which one it is on is seen when they are looked at again.
  const auto definition = deps_.scenes.DefinitionOf(sync);
  const bool held = definition.ok() && standing.counts.deletes_held > 0;
  standing.deletes_held_a = held && Deletes(*definition, Side::kA);
  standing.deletes_held_b = held && Deletes(*definition, Side::kB);
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

Status TwoWaySyncs::CompareNow(const Sync& sync) {
  const Status asked =
      UpdateProgress(deps_.links, PlaceOf(sync), [](ports::LinkProgress& progress) {
        progress.compared_at.reset();
        progress.scan_begun_at.reset();  // one that is under way knew less
      });
  if (asked.ok()) deps_.decided();
  return asked;
}

Status TwoWaySyncs::ApproveDeletes(const Sync& sync, Side side, const std::string& by) {
  const auto definition = deps_.scenes.DefinitionOf(sync);
  if (!definition.ok()) return definition.error();
  const ports::LinkPlace place = PlaceOf(sync);
  const auto counts = deps_.links.Count(place);
  if (!counts.ok()) return counts.error();
  if (counts->deletes_held == 0 || !Deletes(*definition, side)) {
    return sb::Conflict("SYNC_DELETES_NOT_HELD",
                        "no deletes on this side wait for anybody: there is nothing to approve");
  }
  const std::string reason =
      "looked at again: deletes in " + definition->at(side).name + " were approved by " + by;
  for (;;) {
    const auto approved =
        deps_.links.ApproveDeletes(place, side, reason, deps_.clock.Now(), kApprovedAtOnce);
    if (!approved.ok()) return approved.error();
    if (*approved < kApprovedAtOnce) break;
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
  if (key.empty()) return explanation;
  ports::ConflictQuery query;
  query.side = side;
  query.key = key;
  query.limit = kMostInBulk;
  auto conflicts = deps_.links.Conflicts(place, query);
  if (!conflicts.ok()) return conflicts.error();
  for (ports::LinkConflict& each : *conflicts) {
    const bool of_record = each.code == "LINK_AMBIGUOUS" || each.code == "LINK_TAKEN";
    if (of_record) explanation.conflicts.push_back(std::move(each));
  }
  return explanation;
}

/// The records that a text may mean: by a link's id, by their key, by a number or an address.
/// As records are matched: that of the definition, else the account's.
std::string TwoWaySyncs::RegionOf(const Sync& sync) {
  const auto definition = deps_.scenes.DefinitionOf(sync);
  if (definition.ok() && !definition->region.empty()) return definition->region;
  const auto account = deps_.accounts.Get(sync.account);
  return account.ok() ? TextMember(account->profile, "region") : std::string();
}

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
  const auto number = core::personal::E164Of(record, RegionOf(sync), deps_.phones);
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
  if (resolved.ok()) deps_.decided();
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
  query.unanswered = true;
  query.limit = std::clamp(query.limit, 1, kMostInBulk);
  BulkOutcome outcome;
  std::size_t looked_at = 0;
  // Those that the answer does not fit stay where they are: the next call must get past them.
  do {
    const auto conflicts = deps_.links.Conflicts(PlaceOf(sync), query);
    if (!conflicts.ok()) return conflicts.error();
    outcome.more = conflicts->size() == static_cast<std::size_t>(query.limit);
    looked_at += conflicts->size();
    for (const ports::LinkConflict& each : *conflicts) {
      query.after = each.id;
      const auto resolved = choices_.Resolve(PlaceOf(sync), **scene, each.id, choice, by);
      const bool refused = !resolved.ok() && (resolved.error().kind == ErrorKind::kInvalid ||
                                              resolved.error().kind == ErrorKind::kConflict ||
                                              resolved.error().kind == ErrorKind::kNotFound);
      if (!resolved.ok() && !refused) return resolved.error();
      ++(refused ? outcome.refused : outcome.resolved);
    }
  } while (outcome.more && outcome.resolved == 0 && looked_at < kMostLookedAtInBulk);
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
  if (link.ok()) deps_.decided();
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

/// Sides that are this account, also of syncs of the tenant's other accounts.
Result<std::vector<TwoWaySyncs::SyncWithSide>> TwoWaySyncs::RunningWith(
    const ports::Account& account) {
  std::vector<Slot> everywhere(kSlotCount);
  std::iota(everywhere.begin(), everywhere.end(), Slot{0});
  const auto running = deps_.syncs.Running(everywhere, ports::SyncKind::kTwoWay);
  if (!running.ok()) return running.error();
  const std::string wanted = ToText(account.id);
  std::vector<SyncWithSide> found;
  for (const Sync& sync : *running) {
    const bool own = sync.account == account.id;
    if (!own && sync.definition.find(wanted) == std::string::npos) continue;
    const auto definition = deps_.scenes.DefinitionOf(sync);
    if (!definition.ok()) continue;
    if (own) found.push_back({sync, definition->a});
    if (definition->b.account != wanted) continue;
    const auto owner = deps_.accounts.Get(sync.account);
    if (owner.ok() && owner->tenant == account.tenant) found.push_back({sync, definition->b});
  }
  return found;
}

Result<std::vector<std::string>> TwoWaySyncs::WantedEvents(const ports::Account& account) {
  const auto running = RunningWith(account);
  if (!running.ok()) return running.error();
  std::set<std::string> types;
  for (const SyncWithSide& each : *running) {
    const auto events = KindEvents(deps_.catalog, each.side);
    types.insert(events.begin(), events.end());
  }
  return std::vector<std::string>(types.begin(), types.end());
}

Status TwoWaySyncs::CompareAfterGap(const ports::Account& account) {
  const auto running = RunningWith(account);
  if (!running.ok()) return running.error();
  for (const SyncWithSide& each : *running) {
    const Status asked = UpdateProgress(deps_.links, PlaceOf(each.sync), AskForComparison);
    if (!asked.ok()) return asked;
  }
  return {};
}

}  // namespace sb::syncs
