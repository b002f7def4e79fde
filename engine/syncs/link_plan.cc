#include "engine/syncs/link_plan.h"

#include <algorithm>
#include <utility>

#include "engine/syncs/link_job.h"
#include "engine/syncs/record_pool.h"

namespace sb::syncs {
namespace {

using core::quota::Lane;
using core::twoway::Decide;
using core::twoway::LinkState;
using core::twoway::Meeting;
using core::twoway::Presence;
using core::twoway::Seen;
using core::twoway::Side;
using core::twoway::Verdict;

constexpr std::size_t kSamplesOfSort = 10;
constexpr std::size_t kMostPlanFlags = 50;
constexpr std::size_t kMostTried = 200;
constexpr int kPlanLinksPerPage = 500;
constexpr std::array<Side, 2> kPlanSides = {Side::kA, Side::kB};

// What the work takes in requests of side A's provider, as long as nothing fails: a record is read
// before anything is made of it, and written where it changes.
constexpr std::int64_t kRequestsOfRead = 1;
constexpr std::int64_t kRequestsOfUpdate = 1;  ///< Besides that read.
constexpr std::int64_t kRequestsOfCreate = 2;  ///< A search for its number, and the create.

class Planner {
 public:
  explicit Planner(const PlanScene& what)
      : what_(what),
        scene_(what.scene),
        pool_(scene_.definition(),
              {.records = static_cast<std::size_t>(kMostPlanRecords), .halves = true}) {}

  Result<LinkPlan> Make();

 private:
  Status ReadSide(Side side);
  Status TryRoundTrip(Side side, const std::vector<Json>& natives);
  void CountFlags(Side side, const std::string& key, const std::vector<core::twoway::Flag>& flags);
  Status CountLinks();
  Status CountPair(LinkState state, const Seen& a, const Seen& b);
  Status HeedTombstone(RecordPool::Met& met) const;
  Status CountMet(RecordPool::Met met);
  Status CountCreate(const RecordPool::Met& met);
  Result<Verdict> DecideOn(const LinkState& state, const Seen& a, const Seen& b) const;
  void Sample(PlanSample sample);
  void Forecast();

  const PlanScene& what_;
  const SyncScene& scene_;
  RecordPool pool_;
  LinkPlan plan_;
  std::map<std::string, std::size_t> sampled_;
  std::int64_t pages_a_ = 0;
  std::int64_t changed_ = 0;  ///< Pairs in which something would be written.
};

Result<LinkPlan> Planner::Make() {
  for (const Side side : kPlanSides) {
    if (Status read = ReadSide(side); !read.ok()) return read.error();
  }
  if (Status counted = CountLinks(); !counted.ok()) return counted.error();
  const Status matched = pool_.Match([&](const RecordPool::Met& met) { return CountMet(met); });
  if (!matched.ok()) return matched.error();
  Forecast();
  return std::move(plan_);
}

Status Planner::ReadSide(Side side) {
  std::int64_t& read = side == Side::kA ? plan_.read_a : plan_.read_b;
  std::vector<Json> tried;
  std::string from;
  do {
    if (what_.stopped && what_.stopped())
      return Cancelled("CALL_ABANDONED", "nobody waits for the plan any more");
    auto page = scene_.side(side).Scan(from, Lane::kBackfill);
    if (!page.ok()) return page.error();
    if (side == Side::kA) pages_a_ += page->requests;
    for (const ports::SideRecord& record : page->records) {
      const auto projection = scene_.projector(side).Project(record.native);
      if (!projection.ok()) return projection.error();
      CountFlags(side, record.key, projection->flags);
      Seen seen;
      seen.presence = projection->takes_part ? Presence::kPresent : Presence::kOutside;
      seen.told = {projection->record, record.changed_at};
      seen.native = record.native;
      ++read;
      if (tried.size() < kMostTried) tried.push_back(record.native);
      if (pool_.Add(side, record.key, seen)) continue;
      plan_.whole = false;
      return TryRoundTrip(side, tried);
    }
    from = std::move(page->next);
  } while (!from.empty());
  return TryRoundTrip(side, tried);
}

/// A mapping that does not bring back what it read would push the two sides for ever.
Status Planner::TryRoundTrip(Side side, const std::vector<Json>& natives) {
  const auto tried = scene_.projector(side).TryRoundTrip(natives);
  if (!tried.ok()) return tried.error();
  auto& problems = side == Side::kA ? plan_.problems_a : plan_.problems_b;
  for (const core::twoway::NotBack& each : *tried) {
    problems.push_back({"LINK_TRANSFORM_INVALID", each.field,
                        "what `write` makes of '" + each.field + "' is read as something else in " +
                            std::to_string(each.records) + " of " + std::to_string(natives.size()) +
                            " records; such values would be left as they are",
                        true});
  }
  return {};
}

void Planner::CountFlags(Side side, const std::string& key,
                         const std::vector<core::twoway::Flag>& flags) {
  for (const core::twoway::Flag& flag : flags) {
    ++plan_.flagged[flag.code];
    if (plan_.flags.size() < kMostPlanFlags) plan_.flags.push_back({side, key, flag});
  }
}

/// Pairs that the sync knows already.
Status Planner::CountLinks() {
  if (!what_.place) return {};
  ports::LinkId after;
  for (;;) {
    const auto links = what_.links.List(*what_.place, std::nullopt, after, kPlanLinksPerPage);
    if (!links.ok()) return links.error();
    for (const ports::Link& link : *links) {
      after = link.id;
      pool_.MarkLinked(Side::kA, link.state.key_a);
      pool_.MarkLinked(Side::kB, link.state.key_b);
      const auto a = pool_.Find(Side::kA, link.state.key_a);
      const auto b = pool_.Find(Side::kB, link.state.key_b);
      if (!a || !b) continue;  // what is gone is not decided by a list
      LinkState state = link.state;
      state.intent.reset();
      if (Status counted = CountPair(std::move(state), *a, *b); !counted.ok()) return counted;
    }
    if (links->size() < static_cast<std::size_t>(kPlanLinksPerPage)) return {};
  }
}

Result<Verdict> Planner::DecideOn(const LinkState& state, const Seen& a, const Seen& b) const {
  const core::twoway::Surroundings world{scene_.definition(), scene_.projector(Side::kA),
                                         scene_.projector(Side::kB), false, what_.now};
  return Decide(world, state, a, b);
}

Status Planner::CountPair(LinkState state, const Seen& a, const Seen& b) {
  const auto verdict = DecideOn(state, a, b);
  if (!verdict.ok()) return verdict.error();
  ++plan_.linked;
  plan_.conflicts += static_cast<std::int64_t>(verdict->losses.size());
  plan_.questions += static_cast<std::int64_t>(verdict->asks.size());
  const auto owed = [&](Side side) { return !verdict->agreement.owed(side).empty(); };
  const bool written = verdict->what == Verdict::What::kWrite;
  if (written && owed(Side::kA)) ++plan_.updates_a;
  if (written && owed(Side::kB)) ++plan_.updates_b;
  const bool same = !written && verdict->asks.empty() && verdict->what != Verdict::What::kPark;
  if (written) ++changed_;
  if (same) ++plan_.equal;
  PlanSample sample;
  sample.what = same ? "equal" : "update";
  sample.key_a = state.key_a;
  sample.key_b = state.key_b;
  sample.a = a.told.record;
  sample.b = b.told.record;
  sample.target = verdict->agreement.base;
  sample.losses = verdict->losses;
  sample.asks = verdict->asks;
  Sample(std::move(sample));
  return {};
}

/// A record that was deleted, or parted from its counterpart, and was not edited since, is left as
/// it is.
Status Planner::HeedTombstone(RecordPool::Met& met) const {
  if (!what_.place) return {};
  const auto stone = what_.links.TombstoneOf(*what_.place, met.side, met.key);
  if (!stone.ok()) return stone.error();
  if (!*stone) return {};
  Meeting now =
      core::twoway::Meet(scene_.definition(), met.side, met.seen, {}, {}, {}, (*stone)->deleted_at);
  if (now.what == Meeting::What::kStale) met.meeting = std::move(now);
  return {};
}

Status Planner::CountMet(RecordPool::Met met) {
  if (Status heeded = HeedTombstone(met); !heeded.ok()) return heeded;
  const bool is_a = met.side == Side::kA;
  if (met.meeting.what == Meeting::What::kLink) {
    LinkState state;
    state.key_a = is_a ? met.key : met.meeting.key;
    state.key_b = is_a ? met.meeting.key : met.key;
    return is_a ? CountPair(std::move(state), met.seen, met.other)
                : CountPair(std::move(state), met.other, met.seen);
  }
  if (met.meeting.what == Meeting::What::kCreate) return CountCreate(met);
  PlanSample sample;
  (is_a ? sample.key_a : sample.key_b) = met.key;
  (is_a ? sample.a : sample.b) = met.seen.told.record;
  sample.rivals = met.meeting.rivals;
  sample.code = met.meeting.code;
  switch (met.meeting.what) {
    case Meeting::What::kAmbiguous:
      ++plan_.ambiguous;
      sample.what = "ambiguous";
      break;
    case Meeting::What::kTaken:
      ++plan_.ambiguous;
      sample.what = "taken";
      break;
    default:
      ++plan_.skipped;
      sample.what = "skip";
  }
  Sample(std::move(sample));
  return {};
}

Status Planner::CountCreate(const RecordPool::Met& met) {
  const bool is_a = met.side == Side::kA;
  LinkState state;
  (is_a ? state.key_a : state.key_b) = met.key;
  const auto verdict = is_a ? DecideOn(state, met.seen, Seen()) : DecideOn(state, Seen(), met.seen);
  if (!verdict.ok()) return verdict.error();
  PlanSample sample;
  (is_a ? sample.key_a : sample.key_b) = met.key;
  (is_a ? sample.a : sample.b) = met.seen.told.record;
  if (verdict->what == Verdict::What::kWrite) {
    sample.what = is_a ? "create_b" : "create_a";
    sample.target = verdict->write->target;
    ++(is_a ? plan_.creates_b : plan_.creates_a);
  } else {
    sample.what = "refused";
    sample.code = verdict->code;
    ++plan_.refused;
  }
  Sample(std::move(sample));
  return {};
}

void Planner::Sample(PlanSample sample) {
  if (++sampled_[sample.what] <= kSamplesOfSort) plan_.samples.push_back(std::move(sample));
}

void Planner::Forecast() {
  plan_.requests_used = pages_a_;
  plan_.requests = pages_a_ + changed_ * kRequestsOfRead + plan_.updates_a * kRequestsOfUpdate +
                   plan_.creates_a * kRequestsOfCreate + plan_.creates_b * kRequestsOfRead;
  plan_.requests_per_minute = what_.requests_per_minute;
  if (what_.requests_per_minute && *what_.requests_per_minute > 0)
    plan_.minutes = static_cast<double>(plan_.requests) / *what_.requests_per_minute;
}

}  // namespace

Result<LinkPlan> PlanLinks(const PlanScene& what) {
  Planner planner(what);
  return planner.Make();
}

}  // namespace sb::syncs
