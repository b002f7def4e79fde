#include "engine/accounts/stream_reader.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include <nlohmann/json.hpp>

#include "engine/base/log.h"
#include "engine/connector/streams.h"
#include "engine/core/sync/row_merge.h"
#include "engine/core/sync/rows.h"

namespace sb::accounts {
namespace {

using core::sync::ReadingKind;
using core::sync::WindowReceipt;
using ports::SyncStream;

/// So many objects of a window are asked for by themselves in one step; the others wait for the
/// next reading of everything.
constexpr std::size_t kMostAsked = 100;
constexpr Millis kUnreadRest = std::chrono::days(1);
constexpr int kNamedInOneStep = 20;
/// What an event has named may be there a while later; after the last of these it never was.
constexpr std::array<Millis, 5> kUntilLookedForAgain = {
    std::chrono::minutes(1), std::chrono::minutes(10), std::chrono::hours(1), std::chrono::hours(6),
    std::chrono::hours(24)};

bool IsAboutDeletes(const std::string& error) {
  return error == kDeletesBraked || error == kDeletesApproved;
}

ports::SyncPlace PlaceOf(const SyncStream& at) {
  return {at.slot, at.account, at.sync, at.stream};
}

BatchTarget TargetOf(const StreamScene& scene, const SyncStream& at) {
  return {scene.sink, scene.schema, scene.stream, PlaceOf(at)};
}

/// The gate before the stream's table.
ImportScene GateOf(const StreamScene& scene, const SyncStream& at) {
  ImportScene gate{scene.stream, scene.only, scene.schema, scene.sink, PlaceOf(at), {}};
  // A stream that was read as a whole before it got a cap has had its first reading.
  if (!scene.only.first_import || at.whole_at) return gate;
  gate.survey_until = at.reading ? at.reading->begun_at : WallTime::max();
  return gate;
}

/// Whether it is the first reading of a stream with a cap, which lets nothing in.
bool IsSurvey(const StreamScene& scene, const SyncStream& at) {
  return scene.only.first_import && !at.whole_at && at.reading &&
         at.reading->what.kind == ReadingKind::kWhole;
}

core::sync::StreamProgress ProgressOf(const SyncStream& at) {
  return {at.known_until, at.whole_at, at.asked_at};
}

ports::SyncReceipt ToSyncReceipt(const WindowReceipt& receipt, WallTime now) {
  return {receipt.window,      receipt.counted,  receipt.read, receipt.proven,
          receipt.behind_wall, receipt.attempts, now};
}

}  // namespace

Result<StreamReader::Pace> StreamReader::Step(const StreamScene& scene, SyncStream& at) {
  if (scene.stream.by_name) return ReadNamed(scene, at);
  if (!at.reading) return Begin(scene, at);
  if (at.reading->position.windows.empty()) return Finish(scene, at);
  return at.reading->what.kind == ReadingKind::kChanges ? ReadChanges(scene, at)
                                                        : ReadWindow(scene, at);
}

Result<StreamReader::Pace> StreamReader::Save(SyncStream& at, Pace then) {
  const auto step = deps_.syncs.SaveStream(at);
  if (!step.ok()) return step.error();
  at.step = *step;
  return then;
}

// ---- From one reading to the next

Result<StreamReader::Pace> StreamReader::Begin(const StreamScene& scene, SyncStream& at) {
  const WallTime now = deps_.clock.Now();
  const auto due = core::sync::NextReading(scene.stream, scene.cadence, ProgressOf(at), now);
  if (!due) {
    // What the inbox feeds is never read.
    at.due_at = scene.stream.from_inbox ? now + kUnreadRest
                                        : core::sync::NextReadingAt(scene.cadence, ProgressOf(at));
    // No reading will show that it is over: where it is not, it is noted again.
    if (scene.stream.from_inbox) at.error.clear();
    return Save(at, Pace::kDone);
  }
  ports::SyncReading reading{*due, now, true, {}};
  if (due->kind == ReadingKind::kChanges)
    reading.position.windows.push_back(due->window);
  else
    reading.position = core::sync::BeginScan(scene.stream.shape, due->window, now).position;
  at.reading = std::move(reading);
  const bool looks_again = due->kind == ReadingKind::kWhole && at.error == kDeletesBraked;
  if (looks_again || !IsAboutDeletes(at.error)) at.error.clear();
  Forget(at);
  return Save(at, Pace::kMore);
}

Result<StreamReader::Pace> StreamReader::Finish(const StreamScene& scene, SyncStream& at) {
  const WallTime now = deps_.clock.Now();
  std::optional<core::sync::DueReading> newest;
  if (IsSurvey(scene, at)) {
    // Before anything else: where this fails, the reading has yet to be finished.
    const auto drawn = deps_.skips.DrawLine(PlaceOf(at), *scene.only.first_import, now);
    if (!drawn.ok()) return drawn.error();
    const WallTime from = drawn->line ? drawn->line->at : scene.cadence.start;
    newest = core::sync::DueReading{ReadingKind::kTail, {from, now}};
  }
  const auto progress = core::sync::AfterReading(ProgressOf(at), at.reading->what,
                                                 at.reading->begun_at, at.reading->proven);
  at.known_until = progress.known_until;
  at.whole_at = progress.whole_at;
  if (at.reading->what.kind == ReadingKind::kWhole && at.error == kDeletesApproved)
    at.error.clear();
  at.asked_at = progress.asked_at;
  at.due_at = core::sync::NextReadingAt(scene.cadence, progress);
  at.reading.reset();
  if (!newest) return Save(at, Pace::kDone);
  // What is not older than the line is read again, and let in.
  at.reading = ports::SyncReading{
      *newest, now, true, core::sync::BeginScan(scene.stream.shape, newest->window, now).position};
  at.due_at = now;
  Forget(at);
  return Save(at, Pace::kMore);
}

// ---- Pages

Result<StreamReader::Pace> StreamReader::ReadWindow(const StreamScene& scene, SyncStream& at) {
  UnderWay under_way = Recall(at);
  auto fetched = fetcher_.Page({scene.stream, scene.perform}, scene.stream.list,
                               at.reading->position.windows.back(), under_way.window.page);
  if (!fetched.ok()) return fetched.error();
  if (Status sifted = Sift(scene, at, *fetched); !sifted.ok()) return sifted.error();
  SyncStream next = at;
  const auto receipt = core::sync::AfterPage(scene.stream.shape, fetched->page,
                                             next.reading->position, under_way.window);
  if (receipt) {
    next.reading->proven = next.reading->proven && receipt->proven;
    const auto received =
        deps_.ledger.Receive(PlaceOf(at), ToSyncReceipt(*receipt, deps_.clock.Now()));
    if (!received.ok()) return received.error();
  }
  // Where a window was cut, its pieces are a checkpoint as well.
  const bool checkpoint = next.reading->position != at.reading->position;
  const WallTime begun_at = at.reading->begun_at;
  const bool whole = at.reading->what.kind == ReadingKind::kWhole;
  if (Status stored = Store(scene, *fetched, checkpoint, next, at); !stored.ok())
    return stored.error();
  Remember(at, std::move(under_way));
  // Should this fail, or the process die before it, the next reading of everything makes up for it.
  if (receipt && receipt->proven && whole) {
    Status seen = SeeToAbsent(scene, *receipt, begun_at, at);
    if (!seen.ok()) return seen.error();
  }
  return Pace::kMore;
}

Result<StreamReader::Pace> StreamReader::ReadChanges(const StreamScene& scene, SyncStream& at) {
  UnderWay under_way = Recall(at);
  auto fetched = fetcher_.Page({scene.stream, scene.perform}, *scene.stream.changes,
                               at.reading->position.windows.back(), under_way.changes.page,
                               at.reading->what.window.from);
  if (!fetched.ok()) return fetched.error();
  if (Status sifted = Sift(scene, at, *fetched); !sifted.ok()) return sifted.error();
  SyncStream next = at;
  const auto step =
      core::sync::AfterChanges(scene.stream.shape, fetched->page, fetched->past, under_way.changes);
  if (step == core::sync::ChangesStep::kComplete) next.reading->position.windows.clear();
  if (step == core::sync::ChangesStep::kTooMany) {
    const WallTime now = deps_.clock.Now();
    next.reading->what = {ReadingKind::kWhole, {scene.cadence.start, now}};
    next.reading->begun_at = now;
    next.reading->position =
        core::sync::BeginScan(scene.stream.shape, next.reading->what.window, now).position;
  }
  const bool checkpoint = step != core::sync::ChangesStep::kReadOn;
  if (Status stored = Store(scene, *fetched, checkpoint, next, at); !stored.ok())
    return stored.error();
  if (checkpoint)
    Forget(at);
  else
    Remember(at, std::move(under_way));
  return Pace::kMore;
}

Status StreamReader::Store(const StreamScene& scene, Fetched& fetched, bool checkpoint,
                           const SyncStream& next, SyncStream& at) {
  SyncStream after = next;
  after.requests += fetched.requests;
  after.rejected += static_cast<std::int64_t>(fetched.rejects.size());
  if (!IsAboutDeletes(after.error)) after.error.clear();
  if (!fetched.rejects.empty()) {
    Status noted = deps_.ledger.Reject(PlaceOf(at), fetched.rejects);
    if (!noted.ok()) return noted;
  }
  if (Status noted = NoteImports(scene, at, fetched); !noted.ok()) return noted;
  ports::SinkBatch batch;
  batch.beside = scene.beside;
  batch.rows = std::move(fetched.rows);
  if (checkpoint) batch.checkpoint = after;
  std::optional<int> step;
  if (!batch.rows.empty() || (checkpoint && scene.sink.KeepsCheckpoints())) {
    const auto merged = writer_.Write(TargetOf(scene, at), std::move(batch));
    if (!merged.ok()) return merged.error();
    after.written += merged->written;  // stored with the next checkpoint
    after.rejected += merged->refused;
    step = merged->step;
  }
  if (checkpoint && !step) {
    const auto saved = deps_.syncs.SaveStream(after);
    if (!saved.ok()) return saved.error();
    step = *saved;
  }
  if (step) after.step = *step;
  at = std::move(after);
  return {};
}

// ---- What of it is let in

// Pages are counted and proven with all that they show (Fetched::page): what is left out is not
// missing.
Status StreamReader::Sift(const StreamScene& scene, const SyncStream& at, Fetched& fetched) {
  if (scene.only.empty()) return {};
  auto skips = gate_.Sift(GateOf(scene, at), fetched.objects, fetched.object_of, fetched.rows);
  if (!skips.ok()) return skips.error();
  fetched.skips = *std::move(skips);
  return {};
}

Status StreamReader::NoteImports(const StreamScene& scene, const SyncStream& at,
                                 const Fetched& fetched) {
  if (scene.only.empty()) return {};
  return gate_.Note(GateOf(scene, at), fetched.skips, fetched.rows);
}

// ---- What events tell

Status StreamReader::Hear(const StreamScene& scene, const SyncStream& at, const std::string& type,
                          const Json& data, WallTime occurred_at) {
  const auto heard = HearAll(scene, at, {{type, data, occurred_at}});
  return heard.ok() ? Status() : Status(heard.error());
}

Result<std::int64_t> StreamReader::HearAll(const StreamScene& scene, const SyncStream& at,
                                           const std::vector<HeardEvent>& events) {
  if (scene.stream.by_name) return HearNames(scene, at, events);
  Fetched heard;
  ports::SinkBatch batch;
  batch.by = core::sync::Teller::kEvent;
  batch.beside = scene.beside;
  batch.deletes = scene.deletes;
  for (const HeardEvent& event : events) {
    if (Status mapped = HearOne(scene, at, event, heard, batch.gone); !mapped.ok())
      return mapped.error();
  }
  if (!heard.rejects.empty()) {
    Status noted = deps_.ledger.Reject(PlaceOf(at), heard.rejects);
    if (!noted.ok()) return noted.error();
  }
  if (Status noted = NoteImports(scene, at, heard); !noted.ok()) return noted.error();
  batch.rows = std::move(heard.rows);
  if (batch.rows.empty() && batch.gone.empty()) return std::int64_t{0};
  const auto merged = writer_.Write(TargetOf(scene, at), std::move(batch));
  if (!merged.ok()) return merged.error();
  return merged->written;
}

Status StreamReader::HearOne(const StreamScene& scene, const SyncStream& at,
                             const HeardEvent& event, Fetched& heard,
                             std::vector<ports::SinkDeletion>& gone) {
  const core::sync::LiveEvent* live = connector::FindLive(scene.stream, event.type);
  if (live == nullptr) return {};
  const bool whole = scene.stream.from_inbox;
  const auto object = whole ? Result<Json>(event.data)
                            : connector::EventObject(scene.stream, event.data, deps_.expressions);
  const WallTime instant =
      whole ? event.occurred_at : core::sync::EventInstant(event.occurred_at, live->rank);
  if (!object.ok()) {
    if (object.error().kind == ErrorKind::kUnavailable) return object.error();
    heard.rejects.push_back({"", "SYNC_OBJECT_UNREADABLE",
                             "an expression of the stream fails for " + event.type, instant});
    return {};
  }
  auto one = fetcher_.Understand(scene.stream, *object, instant);
  if (!one.ok()) return one.error();
  std::ranges::move(one->rejects, std::back_inserter(heard.rejects));
  if (!live->gone) {
    if (Status sifted = Sift(scene, at, *one); !sifted.ok()) return sifted;
    std::ranges::move(one->skips, std::back_inserter(heard.skips));
    std::ranges::move(one->rows, std::back_inserter(heard.rows));
    return {};
  }
  // Of what was left out nothing remains to be marked.
  if (!scene.only.empty()) {
    Status kept = gate_.KeepKnown(GateOf(scene, at), one->rows);
    if (!kept.ok()) return kept;
  }
  // The last state of what is gone may be a husk: only that it is gone counts.
  for (ports::SinkRow& each : one->rows) gone.push_back({std::move(each.row.cells), each.at});
  return {};
}

// ---- What events name

struct StreamReader::NamedRound {
  Fetched fetched;
  std::vector<ports::SyncNamed> done;
  std::vector<ports::SyncNamed> later;
  bool entitled = true;

  /// It is not read any more, unless it is named again.
  void Refuse(const ports::SyncNamed& named, const char* code, const std::string& why,
              WallTime at) {
    fetched.rejects.push_back({named.key, code, why, at});
    done.push_back(named);
  }

  /// It is read again a while later; after the last try it is refused.
  void PutOff(const ports::SyncNamed& named, const char* code, const std::string& why,
              WallTime at) {
    const auto tried = static_cast<std::size_t>(named.tries);
    if (tried >= kUntilLookedForAgain.size()) return Refuse(named, code, why, at);
    later.push_back(named);
    later.back().due_at = at + kUntilLookedForAgain.at(tried);
    ++later.back().tries;
  }
};

Result<std::int64_t> StreamReader::HearNames(const StreamScene& scene, const SyncStream& at,
                                             const std::vector<HeardEvent>& events) {
  const WallTime now = deps_.clock.Now();
  std::vector<ports::SyncNamed> named;
  std::vector<ports::SyncReject> rejects;
  std::set<std::string> keys;
  for (const HeardEvent& event : events) {
    if (connector::FindLive(scene.stream, event.type) == nullptr) continue;
    const auto key = connector::EventObject(scene.stream, event.data, deps_.expressions);
    if (!key.ok() && key.error().kind == ErrorKind::kUnavailable) return key.error();
    const std::string text = key.ok() ? AsText(*key) : "";
    if (text.empty())
      rejects.push_back({"", "SYNC_OBJECT_WITHOUT_KEY", event.type + " names nothing", now});
    else if (keys.insert(text).second)
      named.push_back({text, now, 0, now});
  }
  if (!rejects.empty()) {
    if (Status noted = deps_.ledger.Reject(PlaceOf(at), rejects); !noted.ok()) return noted.error();
  }
  if (Status noted = deps_.ledger.Name(PlaceOf(at), named); !noted.ok()) return noted.error();
  return std::int64_t{0};
}

Result<StreamReader::Pace> StreamReader::ReadNamed(const StreamScene& scene, SyncStream& at) {
  const WallTime now = deps_.clock.Now();
  const auto due = deps_.ledger.Named(PlaceOf(at), now, kNamedInOneStep);
  if (!due.ok()) return due.error();
  if (due->empty()) {
    const auto next = deps_.ledger.NextNamed(PlaceOf(at));
    if (!next.ok()) return next.error();
    at.due_at = next->value_or(now + kUnreadRest);
    if (at.error != kNotEntitled) at.error.clear();
    return Save(at, Pace::kDone);
  }
  NamedRound round;
  Status read;
  for (const ports::SyncNamed& each : *due) {
    read = ReadNamedOne(scene, at, each, round);
    if (read.ok()) continue;
    ports::SyncNamed again = each;  // once more, without holding up the others
    again.due_at = now + kUntilLookedForAgain.front();
    round.later.push_back(std::move(again));
    break;
  }
  if (Status kept = KeepNamed(scene, at, round); !kept.ok()) return kept.error();
  if (!read.ok()) return read.error();
  if (!round.entitled) at.error = kNotEntitled;
  return Save(at, Pace::kMore);
}

// The rows first, without a checkpoint: what is named meanwhile moves the stream's step, and must
// not undo what was read. Should the process die in between, they are read again.
Status StreamReader::KeepNamed(const StreamScene& scene, SyncStream& at, NamedRound& round) {
  const SyncStream next = at;
  if (Status stored = Store(scene, round.fetched, /*checkpoint=*/false, next, at); !stored.ok())
    return stored;
  return deps_.ledger.Unname(PlaceOf(at), round.done, round.later);
}

Status StreamReader::ReadNamedOne(const StreamScene& scene, const SyncStream& at,
                                  const ports::SyncNamed& named, NamedRound& round) {
  std::vector<std::string> missing;
  auto read = fetcher_.Each({scene.stream, scene.perform}, {named.key}, missing);
  const WallTime now = deps_.clock.Now();
  if (!read.ok()) {
    ++round.fetched.requests;
    return AfterRefusal(named, read.error(), round);
  }
  if (Status sifted = Sift(scene, at, *read); !sifted.ok()) return sifted;
  round.fetched.requests += read->requests;
  std::ranges::move(read->skips, std::back_inserter(round.fetched.skips));
  std::ranges::move(read->rows, std::back_inserter(round.fetched.rows));
  std::ranges::move(read->rejects, std::back_inserter(round.fetched.rejects));
  if (missing.empty())
    round.done.push_back(named);
  else
    round.PutOff(named, "SYNC_OBJECT_NEVER_SHOWN",
                 "an event named it, and the provider never had it", now);
  return {};
}

Status StreamReader::AfterRefusal(const ports::SyncNamed& named, const Error& error,
                                  NamedRound& round) const {
  const WallTime now = deps_.clock.Now();
  if (error.kind == ErrorKind::kForbidden) {
    round.entitled = false;
    round.Refuse(named, kNotEntitled, error.message, now);
  } else if (error.kind == ErrorKind::kInvalid) {
    round.Refuse(named, "SYNC_OBJECT_REFUSED", error.message, now);
  } else if (error.code == "STREAM_UNREADABLE") {
    round.PutOff(named, "SYNC_OBJECT_UNREADABLE", error.message, now);
  } else {
    return error;
  }
  return {};
}

// ---- What is gone

Status StreamReader::SeeToAbsent(const StreamScene& scene, const WindowReceipt& receipt,
                                 WallTime begun_at, SyncStream& at) {
  if (!scene.stream.get || scene.stream.key.empty()) return {};
  const auto stored = scene.sink.KeysIn(scene.schema, scene.stream, receipt.window);
  if (!stored.ok()) return stored.error();
  const auto suspects = deps_.ledger.Suspects(PlaceOf(at));
  if (!suspects.ok()) return suspects.error();
  auto round = core::sync::AfterProvenWindow(*stored, receipt.keys, *suspects, begun_at);
  if (round.ask.size() > kMostAsked) round.ask.resize(kMostAsked);
  std::vector<std::string> gone;
  at.requests += static_cast<std::int64_t>(round.ask.size());
  auto there = fetcher_.Each({scene.stream, scene.perform}, round.ask, gone);
  if (!there.ok()) return there.error();
  const bool braked = at.error != kDeletesApproved &&
                      core::sync::IsBraked(scene.brake, static_cast<std::int64_t>(gone.size()),
                                           static_cast<std::int64_t>(stored->size()));
  if (braked) {
    at.error = kDeletesBraked;
    Log::Warn("sync.deletes_braked",
              {{"stream", scene.stream.name}, {"absent", static_cast<std::int64_t>(gone.size())}});
    gone.clear();
  }
  ports::SinkBatch batch;
  batch.beside = scene.beside;
  batch.deletes = scene.deletes;
  batch.rows = std::move(there->rows);
  for (const std::string& key : gone)
    batch.gone.push_back({core::sync::CellsOfKey(scene.stream, key), deps_.clock.Now()});
  if (!batch.rows.empty() || !batch.gone.empty()) {
    const auto merged = writer_.Write(TargetOf(scene, at), std::move(batch));
    if (!merged.ok()) return merged.error();
    at.rejected += merged->refused;
  }
  round.clear.insert(round.clear.end(), gone.begin(), gone.end());
  round.clear.insert(round.clear.end(), there->page.keys.begin(), there->page.keys.end());
  return deps_.ledger.Suspect(PlaceOf(at), round.watch, round.clear);
}

// ---- What is under way

StreamReader::UnderWay StreamReader::Recall(const SyncStream& at) const {
  const std::lock_guard lock(mutex_);
  const auto found = under_way_.find({at.sync, at.stream});
  const bool same = found != under_way_.end() &&
                    found->second.of == at.reading->position.windows.back() &&
                    found->second.begun_at == at.reading->begun_at;
  return same ? found->second : UnderWay();
}

void StreamReader::Remember(const SyncStream& at, UnderWay under_way) {
  if (at.reading->position.windows.empty()) return Forget(at);
  under_way.of = at.reading->position.windows.back();
  under_way.begun_at = at.reading->begun_at;
  const std::lock_guard lock(mutex_);
  under_way_[{at.sync, at.stream}] = std::move(under_way);
}

void StreamReader::Forget(const SyncStream& at) {
  const std::lock_guard lock(mutex_);
  under_way_.erase({at.sync, at.stream});
}

}  // namespace sb::accounts
