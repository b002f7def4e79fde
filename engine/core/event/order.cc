#include "engine/core/event/order.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <unordered_map>

namespace sb::core::event {

std::vector<std::size_t> InOrder(const std::vector<Telling>& tellings) {
  std::vector<std::size_t> order(tellings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::unordered_map<std::string, std::vector<std::size_t>> by_thing;
  for (std::size_t i = 0; i < tellings.size(); ++i) {
    if (!tellings[i].about.empty()) by_thing[tellings[i].about].push_back(i);
  }
  for (auto& [about, places] : by_thing) {
    std::vector<std::size_t> sorted = places;
    std::ranges::stable_sort(sorted, [&](std::size_t left, std::size_t right) {
      return std::tie(tellings[left].at, tellings[left].rank) <
             std::tie(tellings[right].at, tellings[right].rank);
    });
    for (std::size_t i = 0; i < places.size(); ++i) order[places[i]] = sorted[i];
  }
  return order;
}

}  // namespace sb::core::event
