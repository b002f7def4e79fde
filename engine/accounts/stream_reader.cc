#include "engine/accounts/stream_reader.h"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
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
constexpr const char* kDeletesBraked = "SYNC_DELETES_BRAKED";

ports::SyncPlace PlaceOf(const SyncStream& at) {
  return {at.slot, at.account, at.sync, at.stream};
}

core::sync::StreamProgress ProgressOf(const SyncStream& at) {
  return {at.known_until, at.whole_at, at.asked_at};
}

/// What stands for an object that has no key, so that it is counted.
std::string StandIn(const Json& object) {
  return "?" + ToHex(Sha256(DumpJson(object)));
}

ports::SyncReceipt ToSyncReceipt(const WindowReceipt& receipt, WallTime now) {
  return {receipt.window,      receipt.counted,  receipt.read, receipt.proven,
          receipt.behind_wall, receipt.attempts, now};
}

}  // namespace

Result<StreamReader::Pace> StreamReader::Step(const StreamScene& scene, SyncStream& at) {
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
    at.due_at = core::sync::NextReadingAt(scene.cadence, ProgressOf(at));
    return Save(at, Pace::kDone);
  }
  ports::SyncReading reading{*due, now, true, {}};
  if (due->kind == ReadingKind::kChanges)
    reading.position.windows.push_back(due->window);
  else
    reading.position = core::sync::BeginScan(scene.stream.shape, due->window, now).position;
  at.reading = std::move(reading);
  at.error.clear();
  Forget(at);
  return Save(at, Pace::kMore);
}

Result<StreamReader::Pace> StreamReader::Finish(const StreamScene& scene, SyncStream& at) {
  const auto progress = core::sync::AfterReading(ProgressOf(at), at.reading->what,
                                                 at.reading->begun_at, at.reading->proven);
  at.known_until = progress.known_until;
  at.whole_at = progress.whole_at;
  at.asked_at = progress.asked_at;
  at.due_at = core::sync::NextReadingAt(scene.cadence, progress);
  at.reading.reset();
  return Save(at, Pace::kDone);
}

// ---- Pages

Result<StreamReader::Pace> StreamReader::ReadWindow(const StreamScene& scene, SyncStream& at) {
  UnderWay under_way = Recall(at);
  auto fetched = Fetch(scene, at, scene.stream.list, under_way.window.page);
  if (!fetched.ok()) return fetched.error();
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
  auto fetched = Fetch(scene, at, *scene.stream.changes, under_way.changes.page);
  if (!fetched.ok()) return fetched.error();
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
  if (after.error != kDeletesBraked) after.error.clear();
  if (!fetched.rejects.empty()) {
    Status noted = deps_.ledger.Reject(PlaceOf(at), fetched.rejects);
    if (!noted.ok()) return noted;
  }
  if (checkpoint) fetched.batch.checkpoint = after;
  std::optional<int> step;
  if (!fetched.batch.rows.empty() || (checkpoint && scene.sink.KeepsCheckpoints())) {
    const auto merged = scene.sink.Merge(scene.schema, scene.stream, fetched.batch);
    if (!merged.ok()) return merged.error();
    after.written += merged->written;  // stored with the next checkpoint
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

// ---- What a page brings

Result<StreamReader::Fetched> StreamReader::Fetch(const StreamScene& scene, const SyncStream& at,
                                                  const core::sync::Reading& list, int page) {
  const auto input =
      connector::StreamInput(list, at.reading->position.windows.back(), page, deps_.expressions);
  if (!input.ok()) return input.error();
  const WallTime now = deps_.clock.Now();
  auto output = scene.perform(list.action, *input);
  if (!output.ok()) return output.error();
  auto read = connector::ReadStreamPage(list, *std::move(output), page, deps_.expressions);
  if (!read.ok()) return read.error();
  Fetched fetched;
  fetched.page.total = read->total;
  fetched.page.more = read->more;
  fetched.requests = 1;
  fetched.batch.beside = scene.beside;
  std::vector<WallTime> instants(read->objects.size(), now);
  Status done = LookForKnown(scene, at, read->objects, fetched);
  if (done.ok() && scene.stream.detailed)
    done = Complete(scene, read->objects, instants, fetched.requests);
  if (done.ok()) done = Map(scene, read->objects, instants, fetched);
  if (!done.ok()) return done.error();
  return fetched;
}

Status StreamReader::LookForKnown(const StreamScene& scene, const SyncStream& at,
                                  const std::vector<Json>& objects, Fetched& fetched) {
  if (at.reading->what.kind != ReadingKind::kChanges) return {};
  for (const Json& object : objects) {
    const auto changed = connector::InstantIn(*scene.stream.changed_at, object, deps_.expressions);
    if (!changed.ok()) return changed.error();
    if (*changed && **changed < at.reading->what.window.from) fetched.past = true;
  }
  return {};
}

// An object that went away since the list was asked stays as the list had it: it is looked for
// again.
Status StreamReader::Complete(const StreamScene& scene, std::vector<Json>& objects,
                              std::vector<WallTime>& instants, std::int64_t& requests) {
  const auto listed = core::sync::MapObjects(scene.stream, objects, deps_.expressions);
  if (!listed.ok()) return listed.error();
  std::set<std::size_t> rejected;
  for (const auto& each : listed->rejected) rejected.insert(each.index);
  std::size_t row = 0;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (rejected.contains(i)) continue;
    const std::string key = core::sync::KeyOf(scene.stream, listed->rows[row++].cells);
    const auto input = connector::StreamGetInput(*scene.stream.get, key, deps_.expressions);
    if (!input.ok()) return input.error();
    const WallTime now = deps_.clock.Now();
    auto output = scene.perform(scene.stream.get->action, *input);
    ++requests;
    if (!output.ok() && output.error().kind == ErrorKind::kNotFound) continue;
    if (!output.ok()) return output.error();
    auto object =
        connector::ReadStreamObject(*scene.stream.get, *std::move(output), deps_.expressions);
    if (!object.ok()) return object.error();
    objects[i] = *std::move(object);
    instants[i] = now;
  }
  return {};
}

Status StreamReader::Map(const StreamScene& scene, const std::vector<Json>& objects,
                         const std::vector<WallTime>& instants, Fetched& fetched) {
  auto mapped = core::sync::MapObjects(scene.stream, objects, deps_.expressions);
  if (!mapped.ok()) return mapped.error();
  std::set<std::size_t> rejected;
  for (const auto& each : mapped->rejected) {
    rejected.insert(each.index);
    const Json& object = objects[each.index];
    fetched.page.keys.push_back(each.key.empty() ? StandIn(object) : each.key);
    fetched.rejects.push_back({each.key, each.code, each.reason, instants[each.index]});
  }
  std::size_t row = 0;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (rejected.contains(i)) continue;
    core::sync::MappedRow& each = mapped->rows[row++];
    const std::string key = core::sync::KeyOf(scene.stream, each.cells);
    // The one object of a stream without a key counts, too.
    fetched.page.keys.push_back(key.empty() ? scene.stream.name : key);
    fetched.batch.rows.push_back({std::move(each), instants[i]});
  }
  if (!mapped->drift.empty()) {
    Log::Info("sync.drift",
              {{"stream", scene.stream.name},
               {"unknown", static_cast<std::int64_t>(mapped->drift.members.size())},
               {"mistyped", static_cast<std::int64_t>(mapped->drift.mistyped.size())}});
  }
  return {};
}

// ---- What events tell

Status StreamReader::Hear(const StreamScene& scene, const SyncStream& at, const std::string& type,
                          const Json& data, WallTime occurred_at) {
  const core::sync::LiveEvent* live = connector::FindLive(scene.stream, type);
  if (live == nullptr) return {};
  const auto object = connector::EventObject(scene.stream, data, deps_.expressions);
  if (!object.ok()) return object.error();
  Fetched heard;
  heard.batch.by = core::sync::Teller::kEvent;
  heard.batch.beside = scene.beside;
  heard.batch.deletes = scene.deletes;
  const WallTime instant = core::sync::EventInstant(occurred_at, live->rank);
  if (Status mapped = Map(scene, {*object}, {instant}, heard); !mapped.ok()) return mapped;
  if (!heard.rejects.empty()) return deps_.ledger.Reject(PlaceOf(at), heard.rejects);
  if (live->gone) {
    // Its last state may be a husk: only that it is gone counts.
    for (ports::SinkRow& each : heard.batch.rows)
      heard.batch.gone.push_back({std::move(each.row.cells), each.at});
    heard.batch.rows.clear();
  }
  const auto merged = scene.sink.Merge(scene.schema, scene.stream, heard.batch);
  return merged.ok() ? Status() : Status(merged.error());
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
  Fetched there;
  there.batch.beside = scene.beside;
  at.requests += static_cast<std::int64_t>(round.ask.size());
  if (Status asked = AskFor(scene, round.ask, gone, there); !asked.ok()) return asked;
  const bool braked = core::sync::IsBraked(scene.brake, static_cast<std::int64_t>(gone.size()),
                                           static_cast<std::int64_t>(stored->size()));
  if (braked) {
    at.error = kDeletesBraked;
    Log::Warn("sync.deletes_braked",
              {{"stream", scene.stream.name}, {"absent", static_cast<std::int64_t>(gone.size())}});
    gone.clear();
  }
  there.batch.deletes = scene.deletes;
  for (const std::string& key : gone) {
    there.batch.gone.push_back({core::sync::CellsOfKey(scene.stream, key), deps_.clock.Now()});
  }
  if (!there.batch.rows.empty() || !there.batch.gone.empty()) {
    const auto merged = scene.sink.Merge(scene.schema, scene.stream, there.batch);
    if (!merged.ok()) return merged.error();
  }
  round.clear.insert(round.clear.end(), gone.begin(), gone.end());
  round.clear.insert(round.clear.end(), there.page.keys.begin(), there.page.keys.end());
  return deps_.ledger.Suspect(PlaceOf(at), round.watch, round.clear);
}

Status StreamReader::AskFor(const StreamScene& scene, const std::vector<std::string>& keys,
                            std::vector<std::string>& gone, Fetched& there) {
  for (const std::string& key : keys) {
    const auto input = connector::StreamGetInput(*scene.stream.get, key, deps_.expressions);
    if (!input.ok()) return input.error();
    const WallTime now = deps_.clock.Now();
    auto output = scene.perform(scene.stream.get->action, *input);
    if (!output.ok() && output.error().kind == ErrorKind::kNotFound) {
      gone.push_back(key);
      continue;
    }
    if (!output.ok()) return output.error();
    auto object =
        connector::ReadStreamObject(*scene.stream.get, *std::move(output), deps_.expressions);
    if (!object.ok()) return object.error();
    if (Status mapped = Map(scene, {*std::move(object)}, {now}, there); !mapped.ok()) return mapped;
  }
  return {};
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
