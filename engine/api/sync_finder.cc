#include "engine/api/sync_finder.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "engine/accounts/replications.h"
#include "engine/api/account_reach.h"
#include "engine/api/link_mapping.h"
#include "engine/api/sync_mapping.h"
#include "engine/api/two_way_calls.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

constexpr std::size_t kLongestSyncName = 127;  ///< Two names and a stroke.
constexpr std::size_t kLongestStreamName = 63;

bool IsCalled(const ports::Sync& sync, const std::string& name) {
  return sync.name == name || SyncTitle(sync) == name;
}

Failure NoSuchSync(const std::string& name) {
  return Failure(NotFound("SYNC_NOT_FOUND", "the account has no sync '" + name +
                                                "': list its syncs to see which there are"));
}

Failure NoStreams() {
  return WrongField("sync",
                    "is a two-way sync, which has no streams: what is about its records is in "
                    "LinkService",
                    "SYNC_TWO_WAY");
}

/// Rows that its brake may hold back; nothing else of it is asked for.
Result<std::int64_t> HeldOf(const Dependencies& deps, const ports::SyncStream& at) {
  if (at.error != accounts::kDeletesBraked) return std::int64_t{0};
  const auto suspects = deps.sync_ledger.Suspects({at.slot, at.account, at.sync, at.stream});
  if (!suspects.ok()) return suspects.error();
  return static_cast<std::int64_t>(suspects->size());
}

}  // namespace

std::variant<FoundSync, Failure> FindSync(const Dependencies& deps, const Caller& caller,
                                          const std::string& account, const std::string& name) {
  auto owner = AccountReach(deps.accounts, caller).Find("account", account);
  if (auto* failure = std::get_if<Failure>(&owner)) return std::move(*failure);
  if (name.empty() || name.size() > kLongestSyncName)
    return WrongField("sync", "must name a sync, such as acme/warehouse");
  auto syncs = deps.syncs.List(std::get<ports::Account>(owner).id);
  if (!syncs.ok()) return Failure(syncs.error());
  std::vector<ports::Sync> found;
  std::ranges::copy_if(*syncs, std::back_inserter(found),
                       [&](const ports::Sync& each) { return IsCalled(each, name); });
  if (found.empty()) return NoSuchSync(name);
  if (found.size() > 1) {
    return WrongField("sync",
                      "the account has several syncs of this name: write namespace/name, "
                      "such as " +
                          SyncTitle(found.front()));
  }
  return FoundSync{std::get<ports::Account>(std::move(owner)), std::move(found.front())};
}

std::variant<FoundSync, Failure> FindReplication(const Dependencies& deps, const Caller& caller,
                                                 const std::string& account,
                                                 const std::string& name) {
  auto found = FindSync(deps, caller, account, name);
  const auto* sync = std::get_if<FoundSync>(&found);
  if (sync != nullptr && sync->sync.kind == ports::SyncKind::kTwoWay) return NoStreams();
  return found;
}

std::variant<ports::SyncPlace, Failure> FindSyncStream(const Dependencies& deps,
                                                       const ports::Sync& sync,
                                                       const std::string& stream) {
  if (sync.kind == ports::SyncKind::kTwoWay) return NoStreams();
  if (stream.empty() || stream.size() > kLongestStreamName)
    return WrongField("stream", "must name a stream of the sync, such as calls");
  const auto streams = deps.syncs.Streams(sync.slot, sync.account, sync.id);
  if (!streams.ok()) return Failure(streams.error());
  std::string known;
  for (const ports::SyncStream& each : *streams) {
    if (each.stream == stream)
      return ports::SyncPlace{sync.slot, sync.account, sync.id, each.stream};
    known += (known.empty() ? "" : ", ") + each.stream;
  }
  return Failure(NotFound("SYNC_STREAM_NOT_CHOSEN",
                          "the sync has no stream '" + stream + "'; it has " + known));
}

Result<v1::Sync> SyncWithProgress(const Dependencies& deps, const ports::Sync& sync) {
  if (sync.kind == ports::SyncKind::kTwoWay) {
    auto progress = TwoWayProgressOf(deps, sync);
    if (!progress.ok()) return progress.error();
    v1::Sync proto = ToProto(sync);
    *proto.mutable_two_way() = *std::move(progress);
    return proto;
  }
  const auto standings = deps.replications.Standing(sync);
  if (!standings.ok()) return standings.error();
  v1::Sync proto = ToProto(sync);
  for (const accounts::StreamStanding& standing : *standings) {
    const auto held = HeldOf(deps, standing.at);
    if (!held.ok()) return held.error();
    *proto.add_streams() = ToProto(standing, sync.state, *held);
  }
  return proto;
}

bool IsLive(const v1::Sync& sync) {
  if (sync.kind() == v1::Sync::KIND_TWO_WAY) return IsSettled(sync.two_way());
  using Progress = v1::SyncStreamProgress;
  return sync.streams_size() > 0 &&
         std::all_of(sync.streams().begin(), sync.streams().end(), [](const Progress& stream) {
           return stream.state() == Progress::STATE_LIVE || stream.state() == Progress::STATE_HELD;
         });
}

}  // namespace sb::api
