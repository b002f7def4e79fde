#include "connectors/aircall/sandbox/router.h"

#include <array>

#include "connectors/aircall/sandbox/text.h"
#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // The slash.
    segments.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

std::optional<std::vector<std::string>> MatchSegments(const std::vector<std::string_view>& pattern,
                                                      const std::vector<std::string_view>& path) {
  if (pattern.size() != path.size()) return {};
  std::vector<std::string> args;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (pattern[i].starts_with(':') && !path[i].empty()) {
      args.push_back(UrlDecode(path[i]).value_or(std::string(path[i])));
    } else if (pattern[i] != path[i]) {
      return {};
    }
  }
  return args;
}

}  // namespace

std::int64_t Visit::Id(std::size_t n) const {
  return ParseInteger(args.at(n)).value_or(0);
}

std::optional<RouteMatch> FindRoute(std::string_view method, std::string_view path) {
  static const std::array kTables = {CompanyRoutes(), DirectoryRoutes(), CallRoutes(),
                                     ContactRoutes(), TagRoutes(),       WebhookRoutes(),
                                     OauthRoutes(),   ControlRoutes()};
  const std::vector<std::string_view> wanted = Segments(path);
  for (const std::span<const Route> table : kTables) {
    for (const Route& route : table) {
      if (route.method != method) continue;
      if (auto args = MatchSegments(Segments(route.pattern), wanted)) {
        return RouteMatch{&route, std::move(*args)};
      }
    }
  }
  return {};
}

}  // namespace sb::aircall::sandbox
