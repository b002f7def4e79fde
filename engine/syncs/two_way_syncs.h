#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/core/twoway/definition.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/event_feed.h"
#include "engine/ports/link_store.h"
#include "engine/ports/sync_store.h"
#include "engine/syncs/choices.h"
#include "engine/syncs/link_plan.h"
#include "engine/syncs/sync_scene.h"

namespace sb::syncs {

/// How far a two-way sync is.
struct TwoWayStanding {
  ports::LinkProgress progress;
  ports::LinkCounts counts;
  bool comparing = false;         ///< Both sides are being read whole.
  std::optional<double> percent;  ///< Of that, as far as the sides count.
  /// Of reading the side that is being read, by its pace so far; nothing: not known.
  std::optional<double> side_minutes_left;
  std::optional<double> seconds_behind;  ///< How old the oldest hint is; nothing: none waits.
  bool deletes_held_a = false;  ///< The brake is on: deletes on this side wait for a person.
  bool deletes_held_b = false;
  std::int64_t requests_left = 0;             ///< Of the provider, for what waits: an estimate.
  std::optional<double> requests_per_minute;  ///< Nothing: not known.
  std::optional<double> minutes_left;         ///< Nothing: not known.
};

/// One link with all that is known of it.
struct LinkExplanation {
  ports::Link link;
  std::vector<ports::LinkEntry> history;       ///< Oldest first.
  std::vector<ports::LinkConflict> conflicts;  ///< Newest first, open and answered.
};

/// Why a record is as it is.
struct RecordExplanation {
  core::twoway::Side side = core::twoway::Side::kA;
  std::string key;
  std::vector<LinkExplanation> links;          ///< Newest first; ended ones as well.
  std::vector<ports::LinkConflict> conflicts;  ///< Of the record while it had no link.
  std::optional<ports::Tombstone> tombstone;
};

/// The two-way syncs of accounts: planned, deployed, paused, told, decided. The work itself is that
/// of LinkWorker, Comparison and LinkNews, which the keeper drives. Thread-safe; blocks.
class TwoWaySyncs {
 public:
  struct Dependencies {
    ports::SyncStore& syncs;
    ports::LinkStore& links;
    ports::AccountStore& accounts;
    ports::EventFeed& feed;
    const ports::Clock& clock;
    IdGenerator& ids;
    const core::twoway::RecordCatalog& catalog;
    SceneBook& scenes;
    std::function<std::vector<Slot>()> our_slots;
    /// Told when a sync was deployed, started, paused or deleted.
    std::function<void()> changed = [] {};
    /// A person decided something, so that a sync has work.
    std::function<void()> decided = [] {};
    /// Requests in a minute that a first link of the account may make; empty: not known.
    std::function<double(AccountId)> requests_per_minute = {};
    const core::personal::PhoneNumbers* phones = nullptr;  ///< To explain by a number.
  };

  explicit TwoWaySyncs(Dependencies dependencies);

  /// To read definitions by.
  const core::twoway::RecordCatalog& catalog() const { return deps_.catalog; }

  /// As SceneBook::DefinitionOf.
  Result<core::twoway::Definition> DefinitionOf(const ports::Sync& sync) const;

  // ---- Deploying

  /// Reads both sides and says what starting would do; writes nothing. Problems of a side are part
  /// of the plan. `stopped`: see PlanScene. kInvalid SYNC_SOURCE_OTHER: the account is of another
  /// connector than side A; besides as SceneBook::Make and PlanLinks.
  Result<LinkPlan> Plan(const ports::Account& account, const core::twoway::Definition& definition,
                        std::function<bool()> stopped = {});

  /// What would hinder a deployment, without reading records, and advice, which comes last; empty
  /// lists: nothing. Fails as Deploy, but for LINK_SIDE_UNFIT and what others do meanwhile.
  struct Problems {
    std::vector<ports::SideProblem> a;
    std::vector<ports::SideProblem> b;
  };

  Result<Problems> Check(const ports::Account& account, const core::twoway::Definition& definition,
                         const std::string& yaml);

  /// kInvalid LINK_SIDE_UNFIT: what hinders it first, and what to do. Advice hinders nothing.
  static Status Fits(const core::twoway::Definition& definition, const Problems& problems);

  /// Makes what the sides need (trigger, log), and stores the sync, paused where it is new. `yaml`
  /// is the text that `definition` was read from. The same again changes nothing. Fails as Plan,
  /// and with kInvalid LINK_SIDE_UNFIT (the first problem of a side and what to do), kConflict
  /// SYNC_VERSION_EXISTS, SYNC_SIDES_FIXED (a sync stays between its sides), SYNC_EXISTS,
  /// SYNC_MOVED.
  Result<ports::Sync> Deploy(const ports::Account& account,
                             const core::twoway::Definition& definition, const std::string& yaml);

  /// Starts, pauses or deletes it. A deleted one takes its trigger and log out of the sides; the
  /// records stay. Where a side cannot be had, its `reason` says so (kSyncSideLeft), and
  /// DismantleLeft tries again. Fails as SyncStore.
  Result<ports::Sync> SetState(AccountId account, ports::SyncId id, ports::SyncState state);

  // ---- Telling

  Result<TwoWayStanding> Standing(const ports::Sync& sync);
  /// Both sides are read whole and compared, now. Fails as LinkStore.
  Status CompareNow(const ports::Sync& sync);
  /// Lets the deletes go that the brake holds on a side now, however many they are; each link that
  /// waits is looked at again, and one that waits for the other side waits on. kConflict
  /// SYNC_DELETES_NOT_HELD; besides as LinkStore.
  Status ApproveDeletes(const ports::Sync& sync, core::twoway::Side side, const std::string& by);

  Result<std::vector<ports::Link>> Links(const ports::Sync& sync,
                                         std::optional<ports::LinkStanding> standing,
                                         ports::LinkId after, int limit);
  /// As LinkStore::Get.
  Result<ports::Link> Link(const ports::Sync& sync, ports::LinkId id);
  /// As LinkStore::Conflict.
  Result<ports::LinkConflict> Conflict(const ports::Sync& sync, ports::ConflictId id);
  Result<std::vector<ports::LinkConflict>> Conflicts(const ports::Sync& sync,
                                                     const ports::ConflictQuery& query);
  /// `record`: a key of either side (`side`: of this one), a link's id ("lnk_..."), a phone number
  /// or an e-mail address by which a linked record is known. One answer for each record that it can
  /// be; none: nothing is known of it. Fails as LinkStore.
  Result<std::vector<RecordExplanation>> Explain(const ports::Sync& sync,
                                                 std::optional<core::twoway::Side> side,
                                                 const std::string& record);

  // ---- Deciding

  /// See Choices::Resolve.
  Result<ports::LinkConflict> Resolve(const ports::Sync& sync, ports::ConflictId id,
                                      const Choice& choice, const std::string& by);

  struct BulkOutcome {
    std::int64_t resolved = 0;
    std::int64_t refused = 0;  ///< The choice does not fit them, or they were answered meanwhile.
    bool more = false;         ///< `query.limit` was reached: call again.
  };

  /// All open conflicts that the query names (overwritten values as well with kPutBack), at most
  /// 1,000 at once. Fails as LinkStore; what was resolved before stays so.
  Result<BulkOutcome> ResolveAll(const ports::Sync& sync, ports::ConflictQuery query,
                                 const Choice& choice, const std::string& by);

  /// kNotFound LINK_NOT_FOUND; kConflict LINK_ENDED, LINK_MOVED.
  Result<ports::Link> PauseLink(const ports::Sync& sync, ports::LinkId id, const std::string& by);
  Result<ports::Link> ResumeLink(const ports::Sync& sync, ports::LinkId id, const std::string& by);

  // ---- For those who drive them

  /// CloudEvents types that the running two-way syncs of the account want, sorted.
  Result<std::vector<std::string>> WantedEvents(const ports::Account& account);
  /// Events of the account have not been told for a while: its running syncs compare both sides,
  /// those of others that have it as their side B as well. Fails as the stores.
  Status CompareAfterGap(const ports::Account& account);
  /// CloudEvents types that a sync wants of its account, sorted. kInvalid SYNC_UNREADABLE.
  Result<std::vector<std::string>> EventsOf(const ports::Sync& sync);
  /// Two-way syncs of our accounts that are running.
  Result<std::vector<ports::Sync>> Running();
  /// Takes away what deleted syncs of our accounts have left on their sides. For once an hour.
  void DismantleLeft();
  /// The account was disconnected: nothing more can come.
  Status PauseWithout(ports::Sync sync);

 private:
  /// A running sync, and one of its sides.
  struct SyncWithSide {
    ports::Sync sync;
    core::twoway::SideSpec side;
  };

  Result<std::vector<SyncWithSide>> RunningWith(const ports::Account& account);
  static Status FitsAccount(const ports::Account& account,
                            const core::twoway::Definition& definition);

  /// A definition that could be deployed, as far as it goes by itself.
  struct Candidate {
    std::optional<ports::Sync> former;  ///< The sync that becomes it.
    std::shared_ptr<const SyncScene> scene;
    Problems problems;
  };

  Result<Candidate> Examine(const ports::Account& account,
                            const core::twoway::Definition& definition, const std::string& yaml);
  Result<Problems> ProblemsOf(const SyncScene& scene);
  Result<std::optional<ports::Sync>> Former(AccountId account, const core::sync::SyncHead& head);
  Status FitsFormer(const ports::Sync& former, const core::twoway::Definition& definition,
                    const std::string& yaml) const;
  Result<ports::Sync> Open(const ports::Account& account,
                           const core::twoway::Definition& definition, const std::string& yaml);
  Result<ports::Sync> Renew(ports::Sync sync, const core::twoway::Definition& definition,
                            const std::string& yaml);
  /// Questions of fields of `before` that do not ask any more.
  Status AnswerWhatAsksNoMore(const ports::LinkPlace& place, const core::twoway::Definition& before,
                              const core::twoway::Definition& now);
  void Dismantle(ports::Sync& sync);
  std::optional<double> RequestsPerMinute(AccountId account) const;
  std::string RegionOf(const ports::Sync& sync);
  Result<std::vector<std::pair<core::twoway::Side, std::string>>> RecordsMeant(
      const ports::Sync& sync, std::optional<core::twoway::Side> side, const std::string& record);
  Result<RecordExplanation> ExplainRecord(const ports::LinkPlace& place, core::twoway::Side side,
                                          const std::string& key);
  Result<LinkExplanation> ExplainLink(const ports::LinkPlace& place, ports::Link link);

  Dependencies deps_;
  Choices choices_;
};

}  // namespace sb::syncs
