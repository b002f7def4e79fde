#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <vector>

#include "engine/base/ids.h"
#include "engine/connector/connector.h"
#include "engine/core/quota/limiter.h"
#include "engine/ports/account_store.h"
#include "engine/ports/action_performer.h"

namespace sb::runtime {

/// A request that waits in a lane.
struct LaneJob {
  ports::ActionCall call;
  const connector::Connector* connector = nullptr;
  const connector::Action* action = nullptr;
  ports::HttpRequest request;
  ports::ActionPerformer::Done done;
  WallTime queued_at;
  std::int64_t generation = 0;  ///< Of the credential in `request`.
  std::int64_t grant = 0;       ///< By which it left its lane (Limiter::newest_grant).
  bool refused_before = false;  ///< An older credential was: this is its second try.
};

/// The four lanes of one account: what of it waits for the quota of its company, and how many of
/// its requests are under way. Used on the engine's thread only.
class AccountLanes {
 public:
  /// `generation` is the credential's.
  AccountLanes(ports::Account account, connector::Credential credential, std::int64_t generation);

  void Push(LaneJob job);
  /// Puts a refused job back at the head of its lane.
  void PushBack(LaneJob job);
  /// The next job of the lane, which is not empty; it is under way from now on.
  LaneJob Take(core::quota::Lane lane);
  /// Empties the lanes, most urgent first.
  std::vector<LaneJob> TakeAll();

  /// One slow account must not hold every connection, and its own slow imports must not hold up its
  /// people: a place more is kept for what is interactive.
  bool HasRoom(core::quota::Lane lane) const;

  /// One request came to its end. It may be one of an earlier ownership of the slot, which these
  /// lanes have not counted.
  void Finished() { in_flight_ = std::max(0, in_flight_ - 1); }

  /// Goes on with the requests under way of the lanes that these replace.
  void Inherit(const AccountLanes& former) { in_flight_ = former.in_flight_; }

  int in_flight() const { return in_flight_; }

  const std::deque<LaneJob>& Waiting(core::quota::Lane lane) const;
  core::quota::Backlog Backlog() const;

  const ports::Account& account() const { return account_; }

  const connector::Credential& credential() const { return credential_; }

  std::int64_t generation() const { return generation_; }

 private:
  static constexpr int kMostInFlight = 4;

  ports::Account account_;
  connector::Credential credential_;
  std::int64_t generation_;
  std::array<std::deque<LaneJob>, core::quota::kLaneCount> lanes_;
  int in_flight_ = 0;
};

}  // namespace sb::runtime
