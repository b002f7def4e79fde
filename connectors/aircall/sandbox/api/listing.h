#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/page.h"

namespace sb::aircall::sandbox {

/// How one resource's list looks around its items.
struct ListShape {
  std::string key;  ///< "contacts"
  bool meta_first =
      false;          ///< Contacts and webhooks begin with `meta`, the others end with it (live).
  bool links = true;  ///< Webhooks have no link keys in `meta` (live).
  bool order_by = false;  ///< Contacts may be ordered by update.
  bool echo = false;      ///< Contacts repeat a per_page above 50 in `meta` (live).
};

/// Reads page, per_page, order, order_by, from and to. Fails with kInvalid SANDBOX_PAGE_TOO_DEEP.
Result<ListQuery> ListQueryOf(const Visit& visit, std::int64_t most_per_page = kMaxPerPage);

Doc MetaOf(const Visit& visit, const ListShape& shape, const ListQuery& query, std::int64_t count,
           std::int64_t total);

/// The answer of a list: the items of the page, each drawn by `draw`, and `meta`.
template <typename T, typename Draw>
Reply ListReply(const Visit& visit, const ListShape& shape, const ListQuery& query,
                const Page<T>& page, const Draw& draw) {
  Doc items = Doc::array();
  for (const T* item : page.items) items.push_back(draw(*item));
  Doc meta = MetaOf(visit, shape, query, static_cast<std::int64_t>(items.size()), page.total);
  Doc doc = Doc::object();
  if (shape.meta_first) doc["meta"] = meta;
  doc[shape.key] = std::move(items);
  if (!shape.meta_first) doc["meta"] = std::move(meta);
  return JsonReply(200, doc);
}

/// How a list is cut that is kept as plain items with an id and a created_at.
struct ListCut {
  bool window = true;  ///< Whether it heeds from and to; teams do not (doc).
  std::int64_t most_per_page = kMaxPerPage;
};

/// The answer of such a list.
template <typename T, typename Draw>
Reply ListItems(Visit& visit, const ListShape& shape, std::vector<const T*> all, const ListCut& cut,
                const Draw& draw) {
  auto query = ListQueryOf(visit, cut.most_per_page);
  if (!query.ok()) return RefusalReply(query.error());
  if (!cut.window) {
    query->from.reset();
    query->to.reset();
    query->unreadable_window = false;
  }
  const TimeOf<T> created = [](const T& each) { return each.created_at; };
  const Page<T> page = TakePage<T>(std::move(all), *query, WindowRule::kFromOn, created, created);
  return ListReply(visit, shape, *query, page, draw);
}

template <typename T>
std::vector<const T*> PointersTo(const std::vector<T>& items) {
  std::vector<const T*> pointers;
  pointers.reserve(items.size());
  for (const T& item : items) pointers.push_back(&item);
  return pointers;
}

/// The answer holding one object in its envelope: {"contact": {...}}.
inline Reply ObjectReply(int status, const char* key, Doc object) {
  Doc doc = Doc::object();
  doc[key] = std::move(object);
  return JsonReply(status, doc);
}

}  // namespace sb::aircall::sandbox
