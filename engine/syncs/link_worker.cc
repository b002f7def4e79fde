#include "engine/syncs/link_worker.h"

#include <algorithm>
#include <utility>

#include "engine/base/log.h"
#include "engine/syncs/counterpart.h"
#include "engine/syncs/link_job.h"

namespace sb::syncs {
namespace {

using core::twoway::Meeting;
using core::twoway::Presence;
using core::twoway::Seen;
using core::twoway::Side;
using Outcome = LinkWorker::Outcome;

constexpr Millis kFirstMeetingPause = std::chrono::seconds(5);
constexpr Millis kLongestMeetingPause = std::chrono::minutes(10);

/// The work on a record without link.
class RecordMeeting {
 public:
  RecordMeeting(const LinkWorker::Dependencies& deps, const LinkScene& scene,
                const ports::Hint& hint, core::quota::Lane lane)
      : deps_(deps), scene_(scene), hint_(hint), lane_(lane) {}

  Result<Outcome> Meet();

 private:
  Result<Outcome> MeetAmong(Seen seen, std::optional<WallTime> deleted_at);
  Result<Outcome> FollowMeeting(const Meeting& meeting, Seen seen, const Counterparts& found);
  Result<Outcome> MakeLink(const std::string& other_key, Seen seen, Seen other);
  Result<Outcome> Done();
  Result<Outcome> DoneUnasked();
  Result<Outcome> Hinder(const Error& error);

  const LinkWorker::Dependencies& deps_;
  const LinkScene& scene_;
  const ports::Hint& hint_;
  const core::quota::Lane lane_;
};

Result<Outcome> RecordMeeting::Meet() {
  const auto record = scene_.side(hint_.side).Read(hint_.key, lane_);
  if (!record.ok()) return Hinder(record.error());
  if (!*record) return DoneUnasked();  // it was never linked, and is not there
  auto seen = SeenOf(scene_.projector(hint_.side), **record);
  if (!seen.ok()) return Hinder(seen.error());
  const auto stone = deps_.links.TombstoneOf(scene_.place, hint_.side, hint_.key);
  if (!stone.ok()) return stone.error();
  std::optional<WallTime> deleted_at;
  if (*stone) deleted_at = (*stone)->deleted_at;
  // What is stale or left out needs no search.
  const Meeting first =
      core::twoway::Meet(scene_.definition, hint_.side, *seen, {}, {}, {}, deleted_at);
  const bool left_out = first.what == Meeting::What::kStale || first.code == "LINK_OUTSIDE";
  if (left_out) return DoneUnasked();
  return MeetAmong(*std::move(seen), deleted_at);
}

Result<Outcome> RecordMeeting::MeetAmong(Seen seen, std::optional<WallTime> deleted_at) {
  const auto found = FindCounterparts(deps_.links, scene_, lane_, hint_.side, hint_.key, seen);
  if (!found.side.ok()) return Hinder(found.side.error());
  if (!found.store.ok()) return found.store.error();
  // Its own link may be one that a crash left behind between making the record and storing that.
  for (ports::Link unfinished : found.unfinished) {
    // What it waited for may be the record at hand: somebody made by hand what we could not.
    const bool heals = unfinished.standing == ports::LinkStanding::kParked &&
                       HealsByEdit(unfinished.code) && !unfinished.state.intent;
    if (heals) unfinished.standing = ports::LinkStanding::kActive;
    const bool works = unfinished.standing == ports::LinkStanding::kActive;
    if (!works && unfinished.state.intent)
      return Hinder(Unavailable("LINK_UNFINISHED", "a record that fits may be another one's"));
    if (!works) continue;
    ports::Hint of_other;
    of_other.side = unfinished.state.key_a.empty() ? Side::kB : Side::kA;
    of_other.key = unfinished.state.key(of_other.side);
    of_other.reason = "retry";
    of_other.first_at = deps_.clock.Now();
    of_other.due_at = of_other.first_at;
    LinkJob job(deps_, scene_, of_other, lane_);
    const auto finished = job.GoOn(std::move(unfinished), std::nullopt);
    if (!finished.ok()) return finished.error();
    if (*finished == Outcome::kHindered || *finished == Outcome::kAgain)
      return Hinder(Unavailable("LINK_UNFINISHED", "the link of its counterpart is being made"));
    const auto holder = deps_.links.Holding(scene_.place, hint_.side, hint_.key);
    if (!holder.ok()) return holder.error();
    if (*holder) return Done();
    if (*finished == Outcome::kParked) continue;  // nothing has changed for it
    // The search is made anew with what stands now.
    return Hinder(Unavailable("LINK_UNFINISHED", "the link of its counterpart was just made"));
  }
  const Meeting meeting = core::twoway::Meet(scene_.definition, hint_.side, seen, found.keys,
                                             found.records, found.linked, deleted_at);
  return FollowMeeting(meeting, std::move(seen), found);
}

Result<Outcome> RecordMeeting::FollowMeeting(const Meeting& meeting, Seen seen,
                                             const Counterparts& found) {
  switch (meeting.what) {
    case Meeting::What::kLink:
      for (const auto& of_key : found.records) {
        for (const core::twoway::Candidate& each : of_key) {
          if (each.key != meeting.key) continue;
          return MakeLink(meeting.key, std::move(seen),
                          Seen{Presence::kPresent, each.told, each.native});
        }
      }
      return Internal("LINK_CANDIDATE_LOST", "the record that fits is not among those found");
    case Meeting::What::kCreate:
      return MakeLink("", std::move(seen), Seen());
    case Meeting::What::kSkip:
    case Meeting::What::kStale:
      return DoneUnasked();
    case Meeting::What::kAmbiguous:
    case Meeting::What::kTaken:
      break;
  }
  ports::LinkCommit commit;
  commit.place = scene_.place;
  commit.done = hint_;
  const Status answered = AnswerQuestionsAbout(deps_.links, scene_.place, {hint_.side, hint_.key},
                                               meeting.code, commit);
  if (!answered.ok()) return answered.error();
  commit.conflicts.push_back(ConflictOfMeeting(deps_, hint_.side, hint_.key, seen, meeting));
  const auto stored = deps_.links.Commit(commit);
  if (!stored.ok()) return stored.error();
  return Outcome::kParked;
}

Result<Outcome> RecordMeeting::MakeLink(const std::string& other_key, Seen seen, Seen other) {
  ports::Link link;
  link.place = scene_.place;
  const bool is_a = hint_.side == Side::kA;
  link.state.key_a = is_a ? hint_.key : other_key;
  link.state.key_b = is_a ? other_key : hint_.key;
  LinkJob job(deps_, scene_, hint_, lane_);
  return is_a ? job.Begin(std::move(link), std::move(seen), std::move(other))
              : job.Begin(std::move(link), std::move(other), std::move(seen));
}

Result<Outcome> RecordMeeting::Done() {
  ports::LinkCommit commit;
  commit.place = scene_.place;
  commit.done = hint_;
  const auto stored = deps_.links.Commit(commit);
  if (!stored.ok()) return stored.error();
  return Outcome::kQuiet;
}

/// Nothing comes of the record, so that nobody has to decide about it.
Result<Outcome> RecordMeeting::DoneUnasked() {
  ports::LinkCommit commit;
  commit.place = scene_.place;
  commit.done = hint_;
  const Status answered =
      AnswerQuestionsAbout(deps_.links, scene_.place, {hint_.side, hint_.key}, "", commit);
  if (!answered.ok()) return answered.error();
  const auto stored = deps_.links.Commit(commit);
  if (!stored.ok()) return stored.error();
  return Outcome::kQuiet;
}

/// The longer it has been waiting, the longer it waits.
Result<Outcome> RecordMeeting::Hinder(const Error& error) {
  if (error.code == ports::kCreateRefused) return DoneUnasked();  // there is no such record
  Log::Info("link.hindered", {{"account", ToText(scene_.place.account)}, {"code", error.code}});
  const WallTime now = deps_.clock.Now();
  const auto age = std::chrono::duration_cast<Millis>(now - hint_.first_at);
  const Millis pause = std::max(std::clamp(age, kFirstMeetingPause, kLongestMeetingPause),
                                error.retry_after.value_or(Millis(0)));
  if (Status off = deps_.links.Delay(scene_.place, hint_, now + pause); !off.ok())
    return off.error();
  // Told last: what is forbidden of one record only must not be the first again in the next turn.
  if (StopsSync(error)) return error;
  return Outcome::kHindered;
}

}  // namespace

LinkWorker::LinkWorker(Dependencies dependencies) : deps_(std::move(dependencies)) {}

Result<LinkWorker::Outcome> LinkWorker::Work(const LinkScene& scene, const ports::Hint& hint,
                                             core::quota::Lane lane,
                                             const std::optional<ports::SideRecord>& heard) {
  auto link = deps_.links.Holding(scene.place, hint.side, hint.key);
  if (!link.ok()) return link.error();
  if (*link) {
    LinkJob job(deps_, scene, hint, lane);
    return job.GoOn(**std::move(link), heard);
  }
  RecordMeeting meeting(deps_, scene, hint, lane);
  return meeting.Meet();
}

}  // namespace sb::syncs
