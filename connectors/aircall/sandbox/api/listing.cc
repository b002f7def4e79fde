#include "connectors/aircall/sandbox/api/listing.h"

#include <algorithm>

#include "connectors/aircall/sandbox/world/text.h"
#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

std::int64_t NumberOf(const Visit& visit, const char* name, std::int64_t fallback) {
  return std::max<std::int64_t>(1, ParseInteger(visit.query.GetOr(name, "")).value_or(fallback));
}

void ReadBound(const Visit& visit, const char* name, std::optional<std::int64_t>& bound,
               bool& unreadable) {
  const auto text = visit.query.Get(name);
  if (!text || text->empty()) return;
  bound = ParseInteger(*text);
  if (!bound) unreadable = true;
}

// The caller's own parameters, then the defaults the server adds, then the page (live).
std::string PageLink(const Visit& visit, const ListShape& shape, const ListQuery& query,
                     std::int64_t page) {
  std::vector<std::pair<std::string, std::string>> pairs = visit.query.pairs();
  std::erase_if(pairs, [](const auto& each) { return each.first == "page"; });
  const auto add_default = [&](const char* name, const std::string& value) {
    if (!visit.query.Get(name)) pairs.emplace_back(name, value);
  };
  add_default("order", "asc");
  if (shape.order_by) add_default("order_by", "created_at");
  add_default("per_page", std::to_string(query.per_page));
  pairs.emplace_back("page", std::to_string(page));
  std::string link = visit.world().settings().base_url + visit.request.path;
  char joint = '?';
  for (const auto& [name, value] : pairs) {
    link += joint + UrlEncode(name) + "=" + UrlEncode(value);
    joint = '&';
  }
  return link;
}

}  // namespace

Result<ListQuery> ListQueryOf(const Visit& visit, std::int64_t most_per_page) {
  ListQuery query;
  query.page = NumberOf(visit, "page", query.page);
  query.per_page = std::min(NumberOf(visit, "per_page", query.per_page), most_per_page);
  query.descending = visit.query.GetOr("order", "asc") == "desc";
  query.by_update = visit.query.GetOr("order_by", "created_at") == "updated_at";
  ReadBound(visit, "from", query.from, query.unreadable_window);
  ReadBound(visit, "to", query.to, query.unreadable_window);
  if (Status status = CheckDepth(query); !status.ok()) return status.error();
  return query;
}

Doc MetaOf(const Visit& visit, const ListShape& shape, const ListQuery& query, std::int64_t count,
           std::int64_t total) {
  const bool echo =
      shape.echo && visit.world().settings().switches.Is(Switch::kContactsPerPage, "echo");
  Doc meta = {{"count", count},
              {"total", total},
              {"current_page", query.page},
              {"per_page", echo ? NumberOf(visit, "per_page", query.per_page) : query.per_page}};
  if (!shape.links) return meta;
  const bool more = query.page * query.per_page < total;
  meta["next_page_link"] = more ? Doc(PageLink(visit, shape, query, query.page + 1)) : Doc(nullptr);
  meta["previous_page_link"] =
      query.page > 1 ? Doc(PageLink(visit, shape, query, query.page - 1)) : Doc(nullptr);
  return meta;
}

}  // namespace sb::aircall::sandbox
