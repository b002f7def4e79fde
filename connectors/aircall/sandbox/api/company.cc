#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"

namespace sb::aircall::sandbox {
namespace {

Reply GetRoot(Visit&) {
  return JsonReply(200, {{"resource", "Aircall Public API (sandbox)"},
                         {"contact", "https://developers.aircall.io"}});
}

Reply Ping(Visit&) {
  return ObjectReply(200, "ping", "pong");
}

Reply GetCompany(Visit& visit) {
  return ObjectReply(200, "company", CompanyDoc(visit.world()));
}

Reply IntegrationReply(Visit& visit) {
  return ObjectReply(200, "integration",
                     IntegrationDoc(visit.world(), *visit.world().app().integration()));
}

Reply EnableIntegration(Visit& visit) {
  visit.world().SwitchApp(true);
  if (visit.query.GetOr("install", "") == "true") visit.world().CompleteAppInstall();
  return IntegrationReply(visit);
}

Reply DisableIntegration(Visit& visit) {
  visit.world().SwitchApp(false);
  return IntegrationReply(visit);
}

constexpr Route kCompanyRoutes[] = {
    {"GET", "/", Access::kOpen, GetRoot, "what this is"},
    {"GET", "/v1/ping", Access::kCompany, Ping, "does the credential work?"},
    {"GET", "/v1/company", Access::kCompany, GetCompany, "name and counts"},
    {"GET", "/v1/integrations/me", Access::kApp, IntegrationReply, "the app in this company"},
    {"POST", "/v1/integrations/enable", Access::kApp, EnableIntegration, "switch the app on"},
    {"POST", "/v1/integrations/disable", Access::kApp, DisableIntegration, "switch the app off"},
};

}  // namespace

std::span<const Route> CompanyRoutes() {
  return kCompanyRoutes;
}

}  // namespace sb::aircall::sandbox
