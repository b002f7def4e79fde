#include "engine/api/api_key_service.h"

#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "engine/api/api_key_mapping.h"
#include "engine/api/connect_request.h"
#include "engine/api/json_mapping.h"
#include "engine/api/new_api_key.h"
#include "engine/api/page_token.h"
#include "engine/api/tenant_token.h"
#include "engine/base/encoding.h"
#include "engine/ports/clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using google::protobuf::Duration;
using ports::Role;
using ports::TenantScope;

constexpr std::size_t kNameBytes = 100;
constexpr int kMostTenants = 100;
constexpr Millis kShortestLife = std::chrono::minutes(1);
constexpr Millis kLongestLife = std::chrono::days(3653);
constexpr Millis kUsualOverlap = std::chrono::hours(24);
constexpr Millis kLongestOverlap = std::chrono::days(90);
constexpr Millis kUsualTokenLife = std::chrono::minutes(10);
constexpr Millis kLongestTokenLife = std::chrono::minutes(60);

std::optional<Role> ReadRole(v1::ApiKey::Role role) {
  switch (role) {
    case v1::ApiKey::ROLE_ADMIN:
      return Role::kAdmin;
    case v1::ApiKey::ROLE_OPERATOR:
      return Role::kOperator;
    case v1::ApiKey::ROLE_VIEWER:
      return Role::kViewer;
    default:
      return std::nullopt;
  }
}

Outcome CheckName(const std::string& name) {
  if (!name.empty() && name.size() <= kNameBytes && IsUtf8(name)) return {};
  return WrongField("name", "must be 1 to 100 bytes: what people call the key",
                    "API_KEY_NAME_INVALID");
}

std::variant<TenantScope, Failure> ReadScope(const Caller& caller,
                                             const v1::CreateApiKeyRequest& request) {
  if (request.all_tenants() != request.tenants().empty()) {
    return WrongField("tenants",
                      "say which customers the key is for: their ids in `tenants`, or "
                      "`all_tenants` and none",
                      "TENANT_MISSING");
  }
  if (request.tenants_size() > kMostTenants)
    return WrongField("tenants", "must be at most 100; make a key of all tenants, or several keys");
  std::set<std::string> tenants;
  for (const std::string& tenant : request.tenants()) {
    if (tenant.empty() || tenant.size() > kTenantBytes)
      return WrongField("tenants", "must be 1 to 200 bytes each");
    tenants.insert(tenant);
  }
  auto scope = request.all_tenants() ? TenantScope::All() : TenantScope::Of(std::move(tenants));
  if (caller.scope.Includes(scope)) return scope;
  return Failure(Forbidden("TENANT_FORBIDDEN", "this API key is for " + ToText(caller.scope) +
                                                   " only: it cannot make a wider one"));
}

/// A span of time that a request may leave out.
std::variant<Millis, Failure> ReadSpan(const char* field, bool given, const Duration& span,
                                       Millis usual, Millis shortest, Millis longest) {
  if (!given) return usual;
  const Millis wanted = ToMillis(span);
  if (wanted >= shortest && wanted <= longest) return wanted;
  return WrongField(field, "must be " + ToHumanText(shortest) + " to " + ToHumanText(longest));
}

/// Zero: without an end.
std::variant<Millis, Failure> ReadLifetime(bool given, const Duration& lifetime, Millis usual) {
  return ReadSpan("lifetime", given, lifetime, usual, kShortestLife, kLongestLife);
}

Millis LifetimeOf(const ports::ApiKey& key) {
  if (!key.expires_at) return Millis(0);
  return std::chrono::ceil<Millis>(*key.expires_at - key.created_at);
}

Outcome Create(const Dependencies& deps, const Caller& caller,
               const v1::CreateApiKeyRequest& request, v1::CreateApiKeyResponse& response) {
  if (auto wrong = CheckName(request.name())) return wrong;
  const auto role = ReadRole(request.role());
  if (!role) return WrongField("role", "say what the key may do: viewer, operator or admin");
  auto scope = ReadScope(caller, request);
  if (auto* failure = std::get_if<Failure>(&scope)) return std::move(*failure);
  auto lifetime = ReadLifetime(request.has_lifetime(), request.lifetime(), Millis(0));
  if (auto* failure = std::get_if<Failure>(&lifetime)) return std::move(*failure);
  const NewApiKey made = MakeApiKey(deps.ids, deps.random, deps.clock.Now(), request.name(), *role,
                                    std::get<TenantScope>(scope), std::get<Millis>(lifetime));
  if (const Status stored = deps.api_keys.Insert(made.row); !stored.ok()) return stored.error();
  *response.mutable_api_key() = ToProto(made.row, deps.clock.Now());
  response.set_key(made.text.Reveal());
  return {};
}

Outcome ListInto(const Dependencies& deps, const Caller& caller,
                 const v1::ListApiKeysRequest& request, v1::ListApiKeysResponse& response) {
  const std::string scope = "api_keys\n" + ToText(caller.scope);
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto found = deps.api_keys.List(caller.scope, std::get<ports::PageRequest>(page));
  if (!found.ok()) return found.error();
  for (const ports::ApiKey& key : found->items)
    *response.add_api_keys() = ToProto(key, deps.clock.Now());
  response.set_next_page_token(MakePageToken(found->next_before, scope));
  return {};
}

/// The key that a request names; one that reaches beyond the caller looks like none.
std::variant<ports::ApiKey, Failure> FindKey(const Dependencies& deps, const Caller& caller,
                                             const std::string& text) {
  const auto id = ParseApiKeyId(text);
  if (!id) return WrongField("api_key", "must be the id of an API key, such as key_01hv3k7q8s0g");
  auto key = deps.api_keys.Get(*id);
  if (!key.ok() && key.error().kind != ErrorKind::kNotFound) return Failure(key.error());
  if (key.ok() && caller.scope.Includes(key->scope)) return *std::move(key);
  return Failure(NotFound("API_KEY_NOT_FOUND", "there is no API key " + text +
                                                   ": list the keys to see which there are"));
}

/// The key as it stands after something was done to it.
Outcome ShowKey(const Dependencies& deps, ApiKeyId id, v1::ApiKey& proto) {
  const auto key = deps.api_keys.Get(id);
  if (!key.ok()) return key.error();
  proto = ToProto(*key, deps.clock.Now());
  return {};
}

Outcome Rotate(const Dependencies& deps, const Caller& caller,
               const v1::RotateApiKeyRequest& request, v1::RotateApiKeyResponse& response) {
  auto found = FindKey(deps, caller, request.api_key());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& old = std::get<ports::ApiKey>(found);
  auto overlap = ReadSpan("overlap", request.has_overlap(), request.overlap(), kUsualOverlap,
                          Millis(0), kLongestOverlap);
  if (auto* failure = std::get_if<Failure>(&overlap)) return std::move(*failure);
  auto lifetime = ReadLifetime(request.has_lifetime(), request.lifetime(), LifetimeOf(old));
  if (auto* failure = std::get_if<Failure>(&lifetime)) return std::move(*failure);
  const WallTime now = deps.clock.Now();
  const NewApiKey made = MakeApiKey(deps.ids, deps.random, now, old.name, old.role, old.scope,
                                    std::get<Millis>(lifetime));
  const Status replaced =
      deps.api_keys.Replace(old.id, made.row, now + std::get<Millis>(overlap), now);
  if (!replaced.ok()) return replaced.error();
  *response.mutable_api_key() = ToProto(made.row, now);
  response.set_key(made.text.Reveal());
  return ShowKey(deps, old.id, *response.mutable_old_api_key());
}

Outcome Revoke(const Dependencies& deps, const Caller& caller, const std::string& text,
               v1::ApiKey& proto) {
  auto found = FindKey(deps, caller, text);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const ApiKeyId id = std::get<ports::ApiKey>(found).id;
  if (const Status ended = deps.api_keys.Revoke(id, deps.clock.Now()); !ended.ok())
    return ended.error();
  return ShowKey(deps, id, proto);
}

Outcome MakeToken(const Dependencies& deps, const Caller& caller,
                  const v1::CreateTenantTokenRequest& request,
                  v1::CreateTenantTokenResponse& response) {
  if (request.tenant().size() > kTenantBytes)
    return WrongField("tenant", "must be at most 200 bytes");
  const auto tenant = TenantOf(caller, request.tenant());
  if (!tenant.ok()) return tenant.error();
  if (tenant->empty())
    return WrongField("tenant", "say which customer the token is for", "TENANT_MISSING");
  auto lifetime = ReadSpan("lifetime", request.has_lifetime(), request.lifetime(), kUsualTokenLife,
                           kShortestLife, kLongestTokenLife);
  if (auto* failure = std::get_if<Failure>(&lifetime)) return std::move(*failure);
  const bool connect_only = request.scope() == v1::CreateTenantTokenRequest::SCOPE_CONNECT;
  const TenantToken token{*tenant, connect_only, deps.clock.Now() + std::get<Millis>(lifetime),
                          caller.key_name};
  response.set_token(deps.tenant_tokens.Sign(token));
  *response.mutable_expire_time() = ToTimestamp(token.expires_at);
  return {};
}

}  // namespace

grpc::ServerUnaryReactor* ApiKeyService::CreateApiKey(grpc::CallbackServerContext* context,
                                                      const v1::CreateApiKeyRequest* request,
                                                      v1::CreateApiKeyResponse* response) {
  return gate_.Answer(context, {"ApiKeyService/CreateApiKey", Role::kAdmin},
                      [this, request, response](const Caller& caller) {
                        return Create(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* ApiKeyService::ListApiKeys(grpc::CallbackServerContext* context,
                                                     const v1::ListApiKeysRequest* request,
                                                     v1::ListApiKeysResponse* response) {
  return gate_.Answer(context, {"ApiKeyService/ListApiKeys", Role::kAdmin},
                      [this, request, response](const Caller& caller) {
                        return ListInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* ApiKeyService::GetApiKey(grpc::CallbackServerContext* context,
                                                   const v1::GetApiKeyRequest* request,
                                                   v1::GetApiKeyResponse* response) {
  return gate_.Answer(context, {"ApiKeyService/GetApiKey", Role::kAdmin},
                      [this, request, response](const Caller& caller) -> Outcome {
                        auto found = FindKey(deps_, caller, request->api_key());
                        if (auto* failure = std::get_if<Failure>(&found))
                          return std::move(*failure);
                        *response->mutable_api_key() =
                            ToProto(std::get<ports::ApiKey>(found), deps_.clock.Now());
                        return {};
                      });
}

grpc::ServerUnaryReactor* ApiKeyService::RotateApiKey(grpc::CallbackServerContext* context,
                                                      const v1::RotateApiKeyRequest* request,
                                                      v1::RotateApiKeyResponse* response) {
  return gate_.Answer(context, {"ApiKeyService/RotateApiKey", Role::kAdmin},
                      [this, request, response](const Caller& caller) {
                        return Rotate(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* ApiKeyService::RevokeApiKey(grpc::CallbackServerContext* context,
                                                      const v1::RevokeApiKeyRequest* request,
                                                      v1::RevokeApiKeyResponse* response) {
  return gate_.Answer(context, {"ApiKeyService/RevokeApiKey", Role::kAdmin},
                      [this, request, response](const Caller& caller) {
                        return Revoke(deps_, caller, request->api_key(),
                                      *response->mutable_api_key());
                      });
}

grpc::ServerUnaryReactor* ApiKeyService::CreateTenantToken(
    grpc::CallbackServerContext* context, const v1::CreateTenantTokenRequest* request,
    v1::CreateTenantTokenResponse* response) {
  return gate_.Answer(context, {"ApiKeyService/CreateTenantToken", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return MakeToken(deps_, caller, *request, *response);
                      });
}

}  // namespace sb::api
