#include "connectors/aircall/sandbox/door/router.h"

#include "connectors/aircall/sandbox/world/text.h"
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

/// A route with its pattern cut into segments, once.
struct Cut {
  const Route* route;
  std::vector<std::string_view> segments;
};

std::vector<Cut> CutRoutes() {
  std::vector<Cut> cut;
  for (const std::span<const Route> table : AllRoutes()) {
    for (const Route& route : table) cut.push_back({&route, Segments(route.pattern)});
  }
  return cut;
}

}  // namespace

std::int64_t Visit::Id(std::size_t n) const {
  return ParseInteger(args.at(n)).value_or(0);
}

std::vector<std::span<const Route>> AllRoutes() {
  std::vector<std::span<const Route>> tables = {
      CompanyRoutes(),    UserRoutes(),    TeamRoutes(),         NumberRoutes(),
      MessageRoutes(),    CallRoutes(),    IntelligenceRoutes(), ContactRoutes(),
      TagRoutes(),        WebhookRoutes(), DialerRoutes(),       ExportRoutes(),
      VoiceAgentRoutes(), OauthRoutes(),   PageRoutes(),         MediaRoutes()};
  const auto control = ControlTables();
  tables.insert(tables.end(), control.begin(), control.end());
  return tables;
}

std::vector<std::span<const Route>> ControlTables() {
  return {ControlRoutes(),    ControlCallRoutes(),    ControlPeopleRoutes(), ControlMediaRoutes(),
          ControlLogRoutes(), ControlTrafficRoutes(), ControlPageRoutes()};
}

std::optional<RouteMatch> FindRoute(std::string_view method, std::string_view path) {
  static const std::vector<Cut> kRoutes = CutRoutes();
  const std::vector<std::string_view> wanted = Segments(path);
  for (const Cut& each : kRoutes) {
    if (each.route->method != method) continue;
    if (auto args = MatchSegments(each.segments, wanted)) {
      return RouteMatch{each.route, std::move(*args)};
    }
  }
  return {};
}

}  // namespace sb::aircall::sandbox
