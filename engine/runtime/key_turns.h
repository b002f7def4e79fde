#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace sb::runtime {

/// Turns by keys: who shares a key with somebody who came before waits until that one has left.
/// Whoever comes stands in line for all of its keys at once, so that nobody waits in a circle.
class KeyTurns {
 public:
  using Place = std::int64_t;

  /// Stands in line for these keys.
  Place Enter(const std::vector<std::string>& keys);
  /// Whether nobody who came before shares a key.
  bool IsNext(Place place) const;
  /// Makes room; who is next on account of that.
  std::vector<Place> Leave(Place place);

  bool empty() const { return keys_.empty(); }

 private:
  std::map<Place, std::vector<std::string>> keys_;  ///< Of everybody, each once.
  std::map<std::string, std::deque<Place>> lines_;  ///< In the order of coming.
  Place last_ = 0;
};

}  // namespace sb::runtime
