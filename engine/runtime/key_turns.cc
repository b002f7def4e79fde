#include "engine/runtime/key_turns.h"

#include <algorithm>
#include <utility>

namespace sb::runtime {

KeyTurns::Place KeyTurns::Enter(const std::vector<std::string>& keys) {
  const Place place = ++last_;
  std::vector<std::string> once = keys;
  std::sort(once.begin(), once.end());
  once.erase(std::unique(once.begin(), once.end()), once.end());
  for (const std::string& key : once) lines_[key].push_back(place);
  keys_.emplace(place, std::move(once));
  return place;
}

bool KeyTurns::IsNext(Place place) const {
  const auto found = keys_.find(place);
  return found != keys_.end() && std::ranges::all_of(found->second, [&](const std::string& key) {
           return lines_.at(key).front() == place;
         });
}

std::vector<KeyTurns::Place> KeyTurns::Leave(Place place) {
  const auto found = keys_.find(place);
  if (found == keys_.end()) return {};
  const std::vector<std::string> keys = std::move(found->second);
  keys_.erase(found);
  std::vector<Place> next;
  for (const std::string& key : keys) {
    auto& line = lines_.at(key);
    const bool was_first = line.front() == place;
    line.erase(std::ranges::find(line, place));
    if (was_first && !line.empty()) next.push_back(line.front());
    if (line.empty()) lines_.erase(key);
  }
  std::sort(next.begin(), next.end());
  next.erase(std::unique(next.begin(), next.end()), next.end());
  std::erase_if(next, [&](Place each) { return !IsNext(each); });
  return next;
}

}  // namespace sb::runtime
