#include "engine/api/application_service.h"

#include <optional>
#include <utility>

#include "engine/accounts/connections.h"
#include "engine/api/connect_request.h"
#include "engine/api/json_mapping.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;

/// Whose application a request is about: empty is the server's own, which admins of all tenants
/// alone may touch.
Result<std::string> OwnerOf(const Caller& caller, const std::string& requested) {
  auto tenant = TenantOf(caller, requested);
  if (!tenant.ok() || !tenant->empty()) return tenant;
  if (Status role = RequireRole(caller, Role::kAdmin); !role.ok()) return role.error();
  return tenant;
}

void Describe(const Dependencies& deps, const accounts::KnownApplication& known,
              v1::Application& proto) {
  proto.set_tenant(known.key.tenant);
  proto.set_connector(known.connector);
  proto.set_client_id(known.key.client_id);
  proto.set_accounts(static_cast<std::int32_t>(known.accounts));
  if (known.retired_at) *proto.mutable_retire_time() = ToTimestamp(*known.retired_at);
  if (!known.present) return;
  const accounts::OAuthApplications& applications = deps.connections.applications();
  proto.set_redirect_url(applications.RedirectUrlOf(*known.present));
  proto.set_claim_url(known.present->claim_url);
  proto.set_install_url(applications.InstallUrlOf(*known.present));
  *proto.mutable_update_time() = ToTimestamp(known.present->updated_at);
}

Outcome Set(const Dependencies& deps, const Caller& caller,
            const v1::SetApplicationRequest& request, v1::SetApplicationResponse& response) {
  if (request.tenant().size() > kTenantBytes)
    return WrongField("tenant", "must be at most 200 bytes");
  const auto tenant = OwnerOf(caller, request.tenant());
  if (!tenant.ok()) return tenant.error();
  const auto stored =
      deps.connections.applications().Set({.tenant = *tenant,
                                           .connector = ConnectorOf(request.connector()),
                                           .client_id = request.client_id(),
                                           .client_secret = Secret(request.client_secret()),
                                           .redirect_url = request.redirect_url(),
                                           .claim_url = request.claim_url()});
  if (!stored.ok()) return stored.error();
  Describe(deps, {{stored->tenant, stored->client_id}, stored->connector, 0, *stored, {}},
           *response.mutable_application());
  const auto known = deps.connections.applications().List(stored->tenant);
  if (!known.ok()) return known.error();
  for (const accounts::KnownApplication& each : *known) {
    if (each.connector != stored->connector) continue;
    if (each.key.client_id == stored->client_id) {
      response.mutable_application()->set_accounts(static_cast<std::int32_t>(each.accounts));
    } else if (!each.present) {
      Describe(deps, each, *response.add_former());
    }
  }
  return {};
}

Outcome ListInto(const Dependencies& deps, const Caller& caller,
                 const v1::ListApplicationsRequest& request,
                 v1::ListApplicationsResponse& response) {
  const auto tenant = TenantOf(caller, request.tenant());
  if (!tenant.ok()) return tenant.error();
  const auto found = deps.connections.applications().List(
      tenant->empty() ? std::nullopt : std::optional<std::string>(*tenant));
  if (!found.ok()) return found.error();
  for (const auto& application : *found) Describe(deps, application, *response.add_applications());
  return {};
}

Outcome Delete(const Dependencies& deps, const Caller& caller,
               const v1::DeleteApplicationRequest& request,
               v1::DeleteApplicationResponse& response) {
  const auto tenant = OwnerOf(caller, request.tenant());
  if (!tenant.ok()) return tenant.error();
  const auto left =
      deps.connections.applications().Delete(*tenant, ConnectorOf(request.connector()));
  if (!left.ok()) return left.error();
  response.set_accounts(static_cast<std::int32_t>(*left));
  return {};
}

}  // namespace

grpc::ServerUnaryReactor* ApplicationService::SetApplication(
    grpc::CallbackServerContext* context, const v1::SetApplicationRequest* request,
    v1::SetApplicationResponse* response) {
  return gate_.Answer(context, {"ApplicationService/SetApplication", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return Set(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* ApplicationService::ListApplications(
    grpc::CallbackServerContext* context, const v1::ListApplicationsRequest* request,
    v1::ListApplicationsResponse* response) {
  return gate_.Answer(context, {"ApplicationService/ListApplications", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* ApplicationService::DeleteApplication(
    grpc::CallbackServerContext* context, const v1::DeleteApplicationRequest* request,
    v1::DeleteApplicationResponse* response) {
  return gate_.Answer(context, {"ApplicationService/DeleteApplication", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return Delete(deps_, caller, *request, *response);
                      });
}

}  // namespace sb::api
