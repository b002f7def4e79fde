#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "connectors/aircall/sandbox/world/clock.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// Which ends a `from`/`to` window includes; the two differ on the wire (live).
enum class WindowRule { kAfterFrom, kFromOn };

/// What a list request asks for, after clamping.
struct ListQuery {
  std::int64_t page = 1;
  std::int64_t per_page = 20;
  bool descending = false;
  bool by_update = false;              ///< Order by `updated_at` instead of creation.
  std::optional<std::int64_t> from{};  ///< Unix seconds.
  std::optional<std::int64_t> to{};
  bool unreadable_window =
      false;  ///< `from` or `to` was no number: Aircall answers an empty list (live).
};

inline constexpr std::int64_t kMaxPerPage = 50;
inline constexpr std::int64_t kMaxDepth = 10'000;

/// Fails with kInvalid SANDBOX_PAGE_TOO_DEEP when the page ends past item 10,000, however few there
/// are (live).
Status CheckDepth(const ListQuery& query);

template <typename T>
struct Page {
  std::vector<const T*> items;
  std::int64_t total = 0;
};

template <typename T>
using TimeOf = std::function<WallTime(const T&)>;

bool InWindow(const ListQuery& query, WindowRule rule, WallTime when);

/// The asked-for page of `matching`. The window looks at `created` only, never at `ordered` (live).
template <typename T>
Page<T> TakePage(std::vector<const T*> matching, const ListQuery& query, WindowRule rule,
                 const TimeOf<T>& created, const TimeOf<T>& ordered) {
  std::erase_if(matching, [&](const T* each) { return !InWindow(query, rule, created(*each)); });
  std::stable_sort(matching.begin(), matching.end(), [&](const T* left, const T* right) {
    const auto key = [&](const T* each) { return std::pair(ordered(*each), each->id); };
    return query.descending ? key(right) < key(left) : key(left) < key(right);
  });
  Page<T> page;
  page.total = static_cast<std::int64_t>(matching.size());
  const std::int64_t first = std::min((query.page - 1) * query.per_page, page.total);
  const std::int64_t last = std::min(first + query.per_page, page.total);
  page.items.assign(matching.begin() + first, matching.begin() + last);
  return page;
}

}  // namespace sb::aircall::sandbox
