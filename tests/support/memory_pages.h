#pragma once

#include <algorithm>
#include <cstddef>

#include "engine/ports/page.h"

namespace sb::testing {

/// A page of a map by id, newest first. `matches` picks entries, `read` makes an item of one.
template <typename Item, typename Map, typename Matches, typename Read>
ports::Page<Item> PageOf(const Map& map, const ports::PageRequest& request, Matches matches,
                         Read read) {
  ports::Page<Item> page;
  const auto size = static_cast<std::size_t>(std::clamp(request.size, 1, 1000));
  std::int64_t last = 0;
  for (auto entry = map.rbegin(); entry != map.rend(); ++entry) {
    const std::int64_t number = entry->first.number();
    if ((request.before > 0 && number >= request.before) || !matches(entry->second)) continue;
    if (page.items.size() == size) {
      page.next_before = last;
      break;
    }
    page.items.push_back(read(entry->second));
    last = number;
  }
  return page;
}

}  // namespace sb::testing
