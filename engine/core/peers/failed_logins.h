#pragma once

#include <map>
#include <string>

#include "engine/base/time.h"

namespace sb::core {

/// Counts the failed logins of each peer, and says when one must wait before it may try again: each
/// has a few failures free, which come back one by one; whoever has used them up waits, and longer
/// each time. Remembers a bounded number of peers, the latest.
class FailedLogins {
 public:
  struct Settings {
    double free = 10;          ///< Failures in a row that cost nothing.
    Millis back_after{6'000};  ///< After so long one more of them is free again.
    Millis first_wait{6'000};  ///< Doubled each time, until the peer was quiet for a while.
    Millis longest_wait{900'000};
    std::size_t most_peers = 4096;
  };

  explicit FailedLogins(Settings settings) : settings_(settings) {}

  /// How long the peer must wait; zero: it may try.
  Millis WaitOf(const std::string& peer, WallTime now) const;
  void Failed(const std::string& peer, WallTime now);

  std::size_t size() const { return peers_.size(); }

 private:
  struct Peer {
    double free = 0;
    WallTime since;  ///< When `free` was right.
    WallTime wait_until;
    Millis next_wait{0};
  };

  bool IsForgiven(const Peer& peer, WallTime now) const;
  void MakeRoom(WallTime now);

  const Settings settings_;
  std::map<std::string, Peer> peers_;
};

}  // namespace sb::core
