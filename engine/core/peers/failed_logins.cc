#include "engine/core/peers/failed_logins.h"

#include <algorithm>

namespace sb::core {

Millis FailedLogins::WaitOf(const std::string& peer, WallTime now) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end() || found->second.wait_until <= now) return Millis(0);
  return std::chrono::ceil<Millis>(found->second.wait_until - now);
}

bool FailedLogins::IsForgiven(const Peer& peer, WallTime now) const {
  const auto quiet = std::chrono::duration<double>(now - peer.since) /
                     std::chrono::duration<double>(settings_.back_after);
  return peer.free + quiet >= settings_.free;
}

void FailedLogins::Failed(const std::string& name, WallTime now) {
  if (!peers_.contains(name)) MakeRoom(now);
  Peer& peer =
      peers_.try_emplace(name, Peer{settings_.free, now, now, settings_.first_wait}).first->second;
  if (IsForgiven(peer, now)) peer = {settings_.free, now, now, settings_.first_wait};
  if (peer.since < now) {
    peer.free += std::chrono::duration<double>(now - peer.since) /
                 std::chrono::duration<double>(settings_.back_after);
    peer.since = now;
  }
  peer.free = std::max(peer.free - 1, 0.0);
  if (peer.free >= 1) return;
  // Nothing comes back while it waits; then one try is free.
  peer.wait_until = now + peer.next_wait;
  peer.since = peer.wait_until;
  peer.next_wait = std::min(peer.next_wait * 2, settings_.longest_wait);
}

void FailedLogins::MakeRoom(WallTime now) {
  if (peers_.size() < settings_.most_peers) return;
  std::erase_if(peers_, [&](const auto& entry) { return IsForgiven(entry.second, now); });
  if (peers_.size() < settings_.most_peers) return;
  const auto oldest =
      std::ranges::min_element(peers_, {}, [](const auto& entry) { return entry.second.since; });
  peers_.erase(oldest);
}

}  // namespace sb::core
