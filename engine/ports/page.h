#pragma once

#include <cstdint>
#include <vector>

namespace sb::ports {

/// Which part of a list to read: items older than `before` (an id; 0 starts at the newest), newest
/// first.
struct PageRequest {
  std::int64_t before = 0;
  int size = 50;  ///< 1 to 1000.
};

template <typename Item>
struct Page {
  std::vector<Item> items;
  std::int64_t next_before = 0;  ///< 0: this was the last page.
};

}  // namespace sb::ports
