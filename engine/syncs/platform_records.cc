#include "engine/syncs/platform_records.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::syncs {
namespace {

using ports::PlatformPlace;
using ports::PlatformRecord;
using ports::RecordChange;
using ports::RecordChangeKind;
using ports::RecordChangeState;

constexpr int kRecordTries = 8;
constexpr const char* kRecordMoved = "RECORD_MOVED";

bool IsRecordRace(const Error& error) {
  return error.code == kRecordMoved;
}

/// The records that pushes name, as they are worked on.
class RecordShelf {
 public:
  /// Fails as PlatformRecordStore.
  static Result<RecordShelf> Load(ports::PlatformRecordStore& store, const PlatformPlace& place,
                                  const std::vector<std::string>& keys) {
    RecordShelf shelf;
    auto named = store.Named(place, keys);
    if (!named.ok()) return named.error();
    std::vector<std::string> known;
    for (PlatformRecord& record : *named) {
      known.push_back(record.key);
      shelf.files_[record.key].record = std::move(record);
    }
    auto waiting = store.Waiting(place, known);
    if (!waiting.ok()) return waiting.error();
    for (RecordChange& change : *waiting)
      shelf.files_[change.key].waiting.push_back(std::move(change));
    shelf.stored_ = shelf.files_;
    // What the platform calls its own goes before what is a key of ours by chance.
    for (const auto& [key, file] : shelf.files_) shelf.names_.emplace(key, key);
    for (const auto& [key, file] : shelf.files_) {
      if (!file.record.own_key.empty()) shelf.names_[file.record.own_key] = key;
    }
    return shelf;
  }

  /// As if those before it were stored: nobody can expect a version that only they will make.
  PushOutcome Take(const RecordPush& push, WallTime now) {
    RecordFile& file = FileOf(push.key, now);
    if (push.expected_version && pushed_.contains(file.record.key)) return PushOutcome::kMoved;
    const PushOutcome outcome = TakePush(file, push, now);
    if (outcome == PushOutcome::kStored) pushed_.insert(file.record.key);
    return outcome;
  }

  /// One that was not there is made.
  RecordFile& FileOf(const std::string& name, WallTime now) {
    const auto [at, fresh] = names_.emplace(name, name);
    RecordFile& file = files_[at->second];
    if (fresh) {
      file.record.key = name;
      file.record.own_key = name;
      file.record.standing = ports::RecordStanding::kDeleted;  // until it is pushed
      file.record.created_at = now;
    }
    return file;
  }

  /// What has changed since it was loaded.
  ports::PlatformCommit Changes(const PlatformPlace& place) const {
    ports::PlatformCommit commit;
    commit.place = place;
    for (const auto& [key, file] : files_) {
      const auto before = stored_.find(key);
      const bool was_there = before != stored_.end();
      // Also that one which nobody knows was deleted is kept: the push that it overtook is STALE.
      const bool is_told = file.IsPresent() || file.record.told_at;
      if (was_there ? file == before->second : !is_told) continue;
      commit.records.push_back(file.record);
      for (std::size_t i = 0; was_there && i < file.waiting.size(); ++i) {
        if (file.waiting[i] != before->second.waiting[i]) commit.changes.push_back(file.waiting[i]);
      }
    }
    return commit;
  }

 private:
  std::map<std::string, RecordFile> files_;  ///< By PlatformRecord::key.
  std::map<std::string, RecordFile> stored_;
  std::map<std::string, std::string> names_;  ///< Of files, by what pushes call them.
  std::set<std::string> pushed_;              ///< Files that a push has changed by now.
};

Json OutcomesOf(const std::vector<PlatformRecords::Pushed>& pushed) {
  Json outcomes = Json::array();
  for (const auto& each : pushed) outcomes.push_back(static_cast<int>(each.outcome));
  return outcomes;
}

Result<PlatformRecords::PushAnswer> AnswerAgain(const ports::RecordPushReceipt& receipt,
                                                const std::string& digest) {
  if (receipt.digest != digest) {
    return Invalid("REQUEST_ID_REUSED",
                   "another request had this request_id; give each its own, and the same only to "
                   "repeat it as it was");
  }
  PlatformRecords::PushAnswer answer;
  answer.repeated = true;
  for (const Json& outcome : receipt.answers)
    answer.records.push_back({static_cast<PushOutcome>(outcome.get<int>()), 0});
  return answer;
}

Error ChangeIsSettled() {
  return Conflict("RECORD_CHANGE_SETTLED",
                  "the change has another answer already, or was withdrawn because the platform "
                  "changed the record itself; push the record as it is now");
}

}  // namespace

// ---- Pushes

Result<PlatformRecords::PushAnswer> PlatformRecords::Push(const PlatformPlace& place,
                                                          const std::vector<RecordPush>& pushes,
                                                          const std::string& request_id,
                                                          const std::string& digest) {
  auto answer = TryPush(place, pushes, request_id, digest);
  for (int i = 1; i < kRecordTries && !answer.ok() && IsRecordRace(answer.error()); ++i)
    answer = TryPush(place, pushes, request_id, digest);
  return answer;
}

Result<PlatformRecords::PushAnswer> PlatformRecords::TryPush(const PlatformPlace& place,
                                                             const std::vector<RecordPush>& pushes,
                                                             const std::string& request_id,
                                                             const std::string& digest) {
  if (!request_id.empty()) {
    const auto receipt = deps_.store.Receipt(place, request_id);
    if (!receipt.ok()) return receipt.error();
    if (*receipt) return AnswerAgain(**receipt, digest);
  }
  std::vector<std::string> keys;
  for (const RecordPush& push : pushes) keys.push_back(push.key);
  auto shelf = RecordShelf::Load(deps_.store, place, keys);
  if (!shelf.ok()) return shelf.error();
  const WallTime now = deps_.clock.Now();
  PushAnswer answer;
  for (const RecordPush& push : pushes) answer.records.push_back({shelf->Take(push, now), 0});
  ports::PlatformCommit commit = shelf->Changes(place);
  if (!request_id.empty())
    commit.receipt = ports::RecordPushReceipt{request_id, digest, OutcomesOf(answer.records), now};
  std::map<std::string, std::int64_t> versions;
  if (!commit.records.empty() || commit.receipt) {
    const auto stored = deps_.store.Commit(commit);
    if (!stored.ok()) return stored.error();
    for (const PlatformRecord& record : *stored) versions[record.key] = record.version;
  }
  for (std::size_t i = 0; i < pushes.size(); ++i) {
    const RecordFile& file = shelf->FileOf(pushes[i].key, now);
    const auto fresh = versions.find(file.record.key);
    const bool there = file.record.standing == ports::RecordStanding::kPresent;
    if (there)
      answer.records[i].version = fresh == versions.end() ? file.record.version : fresh->second;
  }
  return answer;
}

// ---- Acknowledgements

Result<PlatformRecords::Acknowledged> PlatformRecords::Acknowledge(const PlatformPlace& place,
                                                                   ports::RecordChangeId id,
                                                                   const Answer& answer) {
  auto acknowledged = TryAcknowledge(place, id, answer);
  for (int i = 1; i < kRecordTries && !acknowledged.ok() && IsRecordRace(acknowledged.error()); ++i)
    acknowledged = TryAcknowledge(place, id, answer);
  return acknowledged;
}

Result<PlatformRecords::Acknowledged> PlatformRecords::TryAcknowledge(const PlatformPlace& place,
                                                                      ports::RecordChangeId id,
                                                                      const Answer& answer) {
  auto change = deps_.store.Change(place, id);
  if (!change.ok()) return change.error();
  const auto record = deps_.store.Get(place, change->key);
  if (!record.ok()) return record.error();
  // A record that was erased has nothing to be acknowledged.
  if (!*record) return ChangeIsSettled();
  const bool creates = change->kind == RecordChangeKind::kCreate;
  const bool made_after_all =
      creates && answer.done && change->state == RecordChangeState::kRefused;
  if (change->state != RecordChangeState::kWaiting && !made_after_all) {
    const bool was_done = change->state == RecordChangeState::kDone;
    const bool other_key =
        creates && !answer.own_key.empty() && (*record)->own_key != answer.own_key;
    const bool same =
        answer.done ? was_done && !other_key : change->state == RecordChangeState::kRefused;
    if (!same) return ChangeIsSettled();
    return Acknowledged{*std::move(change), **record};
  }
  RecordFile file{**record, {}};
  auto waiting = deps_.store.Waiting(place, {file.record.key});
  if (!waiting.ok()) return waiting.error();
  file.waiting = *std::move(waiting);
  std::erase_if(file.waiting, [&](const RecordChange& each) { return each.id == id; });
  const std::vector<RecordChange> before = file.waiting;
  ports::PlatformCommit commit;
  commit.place = place;
  const WallTime now = deps_.clock.Now();
  if (answer.done) {
    const auto twin = TwinOf(place, file, creates ? answer.own_key : "");
    if (!twin.ok()) return twin.error();
    if (Status done = TakeDone(file, *change, answer.own_key, *twin, now); !done.ok())
      return done.error();
    if (*twin) commit.removed.push_back(**twin);
  } else {
    TakeRefusal(file, *change, answer.reason, now);
  }
  commit.records.push_back(file.record);
  for (const PlatformRecord& twin : commit.removed) commit.records.push_back(TraceOf(twin));
  commit.changes.push_back(*change);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (file.waiting[i] != before[i]) commit.changes.push_back(file.waiting[i]);
  }
  auto stored = deps_.store.Commit(commit);
  if (!stored.ok()) return stored.error();
  return Acknowledged{*std::move(change), stored->front()};
}

Result<std::optional<PlatformRecord>> PlatformRecords::TwinOf(const PlatformPlace& place,
                                                              const RecordFile& file,
                                                              const std::string& own_key) {
  std::optional<PlatformRecord> twin;
  if (own_key.empty()) return twin;
  auto named = deps_.store.Named(place, {own_key});
  if (!named.ok()) return named.error();
  for (PlatformRecord& each : *named) {
    const bool is_trace = each.standing == ports::RecordStanding::kTakenOver;
    if (each.key != file.record.key && !is_trace) twin = std::move(each);
  }
  return twin;
}

// ---- Reading

Result<std::optional<RecordFile>> PlatformRecords::Find(const PlatformPlace& place,
                                                        const std::string& key) {
  auto named = deps_.store.Named(place, {key});
  if (!named.ok()) return named.error();
  std::optional<RecordFile> found;
  for (PlatformRecord& each : *named) {
    if (!found || each.own_key == key) found = RecordFile{std::move(each), {}};
  }
  if (!found || !found->IsPresent()) return std::optional<RecordFile>();
  auto waiting = deps_.store.Waiting(place, {found->record.key});
  if (!waiting.ok()) return waiting.error();
  found->waiting = *std::move(waiting);
  return found;
}

}  // namespace sb::syncs
