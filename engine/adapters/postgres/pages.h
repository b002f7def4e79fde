#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <pqxx/result>
#include <pqxx/row>

#include "engine/base/ids.h"
#include "engine/ports/page.h"

namespace sb::adapters::postgres {

inline int SizeOf(const ports::PageRequest& page) {
  return std::clamp(page.size, 1, 1000);
}

inline std::int64_t BoundOf(const ports::PageRequest& page) {
  return page.before > 0 ? page.before : std::numeric_limits<std::int64_t>::max();
}

/// Ids are time-ordered: the bounds of a page of what was made within `range`.
inline std::int64_t UpperBoundOf(const ports::PageRequest& page, const ports::TimeRange& range) {
  return range.before ? std::min(BoundOf(page), LowestIdNumberAt(*range.before)) : BoundOf(page);
}

inline std::int64_t LowerBoundOf(const ports::TimeRange& range) {
  return range.from ? LowestIdNumberAt(*range.from) : 0;
}

/// A page from rows that were asked for with one row more than the page holds, which tells whether
/// another follows. `read` makes an item of a row, `id_of` gives the number that the next page
/// starts below.
template <typename Item, typename Read, typename IdOf>
ports::Page<Item> PageOf(const pqxx::result& rows, const ports::PageRequest& request, Read read,
                         IdOf id_of) {
  ports::Page<Item> page;
  const auto size = static_cast<std::size_t>(SizeOf(request));
  for (const pqxx::row& row : rows) {
    if (page.items.size() == size) {
      page.next_before = id_of(page.items.back());
      break;
    }
    page.items.push_back(read(row));
  }
  return page;
}

}  // namespace sb::adapters::postgres
