#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/aircall/sandbox/http.h"
#include "connectors/aircall/sandbox/stage.h"

namespace sb::aircall::sandbox {

/// One request on its way through a handler. The stage is locked for as long as it lasts.
struct Visit {
  const Request& request;
  Stage& stage;
  CallerKind caller = CallerKind::kNobody;
  Fields query{};
  std::vector<std::string> args{};  ///< What stood for the ":names" of the pattern, decoded.

  World& world() const { return stage.world(); }

  /// The n-th argument as an id; one that is no number gives 0, which nothing has.
  std::int64_t Id(std::size_t n) const;
};

enum class Access {
  kOpen,     ///< Anyone.
  kCompany,  ///< The API key or the app's token.
  kApp,      ///< The app's token only.
};

/// One endpoint. A new endpoint is a handler and a row.
struct Route {
  std::string_view method;
  std::string_view pattern;  ///< "/v1/calls/:id"
  Access access;
  Reply (*handle)(Visit&);
  std::string_view what;  ///< One line for people.
};

// The tables, one per family. Within a table the first fitting row wins.
std::span<const Route> CompanyRoutes();
std::span<const Route> DirectoryRoutes();
std::span<const Route> CallRoutes();
std::span<const Route> ContactRoutes();
std::span<const Route> TagRoutes();
std::span<const Route> WebhookRoutes();
std::span<const Route> OauthRoutes();
std::span<const Route> ControlRoutes();

struct RouteMatch {
  const Route* route = nullptr;
  std::vector<std::string> args{};
};

/// The route of a request, or nothing.
std::optional<RouteMatch> FindRoute(std::string_view method, std::string_view path);

}  // namespace sb::aircall::sandbox
