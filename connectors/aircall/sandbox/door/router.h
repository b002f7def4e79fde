#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/aircall/sandbox/door/http.h"
#include "connectors/aircall/sandbox/stage/companies.h"

namespace sb::aircall::sandbox {

/// One request on its way through a handler. Everything is locked for as long as it lasts.
struct Visit {
  const Request& request;
  Companies& companies;
  ShiftedClock& clock;
  Stage& stage;  ///< Of the company that the credential, or the control request, is about.
  CallerKind caller = CallerKind::kNobody;
  Fields query{};
  std::vector<std::string> args{};  ///< What stood for the ":names" of the pattern, decoded.

  World& world() const { return stage.world(); }

  const Switches& switches() const { return stage.world().switches(); }

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
  std::string_view what;              ///< One line for people.
  std::string_view command{};         ///< Of a control route: what `aircall-sandbox ctl` calls it.
  std::optional<Switch> ends_with{};  ///< Unknown like any other path once this switch is off.
};

// The tables, one per family. Within a table the first fitting row wins.
std::span<const Route> CompanyRoutes();
std::span<const Route> UserRoutes();
std::span<const Route> TeamRoutes();
std::span<const Route> NumberRoutes();
std::span<const Route> MessageRoutes();
std::span<const Route> IntelligenceRoutes();
std::span<const Route> DialerRoutes();
std::span<const Route> ExportRoutes();
std::span<const Route> VoiceAgentRoutes();
std::span<const Route> CallRoutes();
std::span<const Route> ContactRoutes();
std::span<const Route> TagRoutes();
std::span<const Route> WebhookRoutes();
std::span<const Route> OauthRoutes();
std::span<const Route> MediaRoutes();
std::span<const Route> ControlRoutes();
std::span<const Route> ControlCallRoutes();
std::span<const Route> ControlLogRoutes();
std::span<const Route> ControlTrafficRoutes();
std::span<const Route> ControlPageRoutes();
std::span<const Route> PageRoutes();
std::span<const Route> ControlPeopleRoutes();
std::span<const Route> ControlMediaRoutes();

/// The tables of the control API, in the order in which they are shown.
std::vector<std::span<const Route>> ControlTables();

struct RouteMatch {
  const Route* route = nullptr;
  std::vector<std::string> args{};
};

/// Every route, table after table.
std::vector<std::span<const Route>> AllRoutes();

/// The route of a request, or nothing.
std::optional<RouteMatch> FindRoute(std::string_view method, std::string_view path);

}  // namespace sb::aircall::sandbox
