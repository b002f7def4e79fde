#include "connectors/aircall/sandbox/world/page.h"

namespace sb::aircall::sandbox {

Status CheckDepth(const ListQuery& query) {
  if (query.page <= kMaxDepth / query.per_page) return {};
  return Invalid("SANDBOX_PAGE_TOO_DEEP",
                 "Lists reach no deeper than 10k results: narrow the window with from and to");
}

bool InWindow(const ListQuery& query, WindowRule rule, WallTime when) {
  if (query.unreadable_window) return false;
  const std::int64_t second = UnixSeconds(when);
  if (query.to && second > *query.to) return false;
  if (!query.from) return true;
  return rule == WindowRule::kAfterFrom ? second > *query.from : second >= *query.from;
}

}  // namespace sb::aircall::sandbox
