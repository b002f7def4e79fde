#include "engine/api/secret_service.h"

#include <algorithm>
#include <regex>
#include <variant>

#include "engine/api/json_mapping.h"
#include "engine/api/page_token.h"
#include "engine/base/secret.h"
#include "engine/ports/clock.h"
#include "engine/ports/secret_store.h"
#include "engine/ports/vault.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;

constexpr std::size_t kMostValueBytes = 64UL * 1024;

Result<std::string> OwnerOf(const Caller& caller, const std::string& requested) {
  auto tenant = TenantOf(caller, requested);
  if (tenant.ok() && tenant->empty()) {
    return Invalid(
        "TENANT_MISSING",
        "a secret belongs to a tenant: say in `tenant` which of your customers it is of");
  }
  return tenant;
}

Outcome CheckSecret(const v1::SetSecretRequest& request) {
  static const std::regex kName("[A-Za-z0-9_.-]{1,100}");
  if (request.name().size() > 100 || !std::regex_match(request.name(), kName)) {
    return WrongField("name", "must be 1 to 100 letters, digits, `_`, `-` and `.`",
                      "SECRET_NAME_INVALID");
  }
  if (request.value().empty() || request.value().size() > kMostValueBytes)
    return WrongField("value", "must be 1 byte to 64 KiB long", "SECRET_VALUE_INVALID");
  return {};
}

void Describe(const std::string& tenant, const ports::SecretName& stored, v1::SecretEntry& entry) {
  entry.set_tenant(tenant);
  entry.set_name(stored.name);
  *entry.mutable_update_time() = ToTimestamp(stored.updated_at);
}

Outcome Set(const Dependencies& deps, const Caller& caller, const v1::SetSecretRequest& request,
            v1::SetSecretResponse& response) {
  const auto tenant = OwnerOf(caller, request.tenant());
  if (!tenant.ok()) return tenant.error();
  if (auto wrong = CheckSecret(request)) return wrong;
  const auto sealed =
      deps.vault.Seal(Secret(request.value()), ports::SecretContext(*tenant, request.name()));
  if (!sealed.ok()) return sealed.error();
  const ports::StoredSecret secret{*tenant, request.name(), *sealed, deps.clock.Now()};
  if (const Status stored = deps.secrets.Put(secret); !stored.ok()) return stored.error();
  Describe(*tenant, {secret.name, secret.updated_at}, *response.mutable_secret());
  return {};
}

// Secrets have names and no ids: `before` counts how many were shown already.
Outcome ListInto(const Dependencies& deps, const Caller& caller,
                 const v1::ListSecretsRequest& request, v1::ListSecretsResponse& response) {
  const auto tenant = OwnerOf(caller, request.tenant());
  if (!tenant.ok()) return tenant.error();
  const std::string scope = "secrets/" + *tenant;
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto names = deps.secrets.Names(*tenant);
  if (!names.ok()) return names.error();
  const auto& wanted = std::get<ports::PageRequest>(page);
  const auto begin = std::min(static_cast<std::size_t>(wanted.before), names->size());
  const auto end = std::min(begin + static_cast<std::size_t>(wanted.size), names->size());
  for (auto i = begin; i < end; ++i) Describe(*tenant, (*names)[i], *response.add_secrets());
  if (end < names->size())
    response.set_next_page_token(MakePageToken(static_cast<std::int64_t>(end), scope));
  return {};
}

Outcome Delete(const Dependencies& deps, const Caller& caller,
               const v1::DeleteSecretRequest& request) {
  const auto tenant = OwnerOf(caller, request.tenant());
  if (!tenant.ok()) return tenant.error();
  const auto gone = deps.secrets.Delete(*tenant, request.name());
  if (!gone.ok()) return gone.error();
  if (*gone) return {};
  return NotFound("SECRET_NOT_FOUND", "tenant " + *tenant +
                                          " has no secret of this name: list the "
                                          "secrets to see which there are");
}

}  // namespace

grpc::ServerUnaryReactor* SecretService::SetSecret(grpc::CallbackServerContext* context,
                                                   const v1::SetSecretRequest* request,
                                                   v1::SetSecretResponse* response) {
  return gate_.Answer(context, {"SecretService/SetSecret", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return Set(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SecretService::ListSecrets(grpc::CallbackServerContext* context,
                                                     const v1::ListSecretsRequest* request,
                                                     v1::ListSecretsResponse* response) {
  return gate_.Answer(context, {"SecretService/ListSecrets", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SecretService::DeleteSecret(grpc::CallbackServerContext* context,
                                                      const v1::DeleteSecretRequest* request,
                                                      v1::DeleteSecretResponse* /*response*/) {
  return gate_.Answer(
      context, {"SecretService/DeleteSecret", Role::kOperator},
      [this, request](const Caller& caller) { return Delete(deps_, caller, *request); });
}

}  // namespace sb::api
