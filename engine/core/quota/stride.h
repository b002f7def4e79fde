#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace sb::core::quota {

/// Whose turn it is among many that want the same thing: each serving moves one a stride on, and
/// whoever has come least far is next. So all that wait get equal shares, however much work each
/// brings along. Pure; one owner, one thread.
template <typename Key>
class Stride {
 public:
  /// Work of `key` waits from now on. Idleness earns nothing: it joins where the others are.
  void Wake(const Key& key) {
    Place& place = places_[key];
    if (std::exchange(place.waits, true)) return;
    place.pass = std::max(place.pass, waiting_.empty() ? passed_ : waiting_.begin()->first);
    waiting_.emplace(place.pass, key);
  }

  /// Nothing of it waits any more. How far it has come stays known, else an account with one
  /// request at a time would be the newcomer, and next, each time.
  void Rest(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end() || !std::exchange(found->second.waits, false)) return;
    waiting_.erase({found->second.pass, key});
  }

  /// It had its turn.
  void Serve(const Key& key) {
    Place& place = places_[key];
    passed_ = std::max(passed_, place.pass);
    if (place.waits) waiting_.erase({place.pass, key});
    ++place.pass;
    if (place.waits) waiting_.emplace(place.pass, key);
  }

  /// It will not come back.
  void Forget(const Key& key) {
    Rest(key);
    places_.erase(key);
  }

  /// Of those that wait and that `fits` likes, the one whose turn it is.
  template <typename Fits>
  std::optional<Key> Next(const Fits& fits) const {
    const auto found =
        std::find_if(waiting_.begin(), waiting_.end(),
                     [&](const std::pair<std::uint64_t, Key>& each) { return fits(each.second); });
    return found == waiting_.end() ? std::nullopt : std::optional<Key>(found->second);
  }

  /// How many wait.
  std::size_t size() const { return waiting_.size(); }

 private:
  struct Place {
    std::uint64_t pass = 0;  ///< How far it has come.
    bool waits = false;
  };

  std::map<Key, Place> places_;
  std::set<std::pair<std::uint64_t, Key>> waiting_;
  std::uint64_t passed_ = 0;  ///< Where the one that was served last had been.
};

}  // namespace sb::core::quota
