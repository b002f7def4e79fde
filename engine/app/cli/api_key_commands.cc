#include "engine/app/cli/api_key_commands.h"

#include <cctype>
#include <cmath>

#include "engine/app/cli/text.h"
#include "switchboard/v1/api_key.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Keys = v1::ApiKeyService;
using ApiKeyStub = v1::ApiKeyService::StubInterface;

std::string RoleOf(const v1::ApiKey& key) {
  return Word(v1::ApiKey::Role_Name(key.role()), "ROLE_");
}

std::string StateOf(const v1::ApiKey& key) {
  return Word(v1::ApiKey::State_Name(key.state()), "STATE_");
}

/// "OPERATOR" for "operator".
std::string UpperCase(std::string word) {
  for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return word;
}

std::string TenantsOf(const v1::ApiKey& key) {
  if (key.all_tenants()) return "all";
  std::string text;
  for (const std::string& tenant : key.tenants()) text += (text.empty() ? "" : ", ") + tenant;
  return text;
}

void SetSpan(double seconds, google::protobuf::Duration& span) {
  span.set_seconds(std::llround(seconds));
}

void Describe(const v1::ApiKey& key, WallTime now, Card& card) {
  card.Add("id", key.id());
  card.Add("name", key.name());
  card.Add("role", RoleOf(key));
  card.Add("tenants", TenantsOf(key));
  card.Add("state", {StateOf(key), ToneOf(StateOf(key))});
  card.Add("created", Dated(key.create_time(), now));
  card.Add("expires", Dated(key.expire_time(), now));
  card.Add("revoked", Dated(key.revoke_time(), now));
  card.Add("last used", Dated(key.last_use_time(), now));
  card.Add("successor", key.successor());
}

std::string PageOf(const Session& session, const v1::ApiKey& key) {
  Card card;
  Describe(key, session.now(), card);
  return card.Text(session.style());
}

/// A key that was just made, with its text.
std::string PageOf(const Session& session, const v1::ApiKey& key, const std::string& text) {
  Card card;
  Describe(key, session.now(), card);
  card.Add("key", text);
  return card.Text(session.style());
}

int ShowNew(Session& session, const google::protobuf::Message& response, const v1::ApiKey& key,
            const std::string& text) {
  const int shown = session.Show(response, [&] { return PageOf(session, key, text); });
  if (session.WantsTable())
    session.environment().err << "The key is shown this once: keep it now.\n";
  return shown;
}

}  // namespace

int CreateApiKey(Session& session, const CreateApiKeyOptions& options) {
  v1::CreateApiKeyRequest request;
  request.set_name(options.name);
  v1::ApiKey::Role role = v1::ApiKey::ROLE_UNSPECIFIED;
  v1::ApiKey::Role_Parse("ROLE_" + UpperCase(options.role), &role);
  request.set_role(role);
  for (const std::string& tenant : options.tenants) request.add_tenants(tenant);
  request.set_all_tenants(options.all_tenants);
  if (options.lifetime_seconds > 0) SetSpan(options.lifetime_seconds, *request.mutable_lifetime());
  v1::CreateApiKeyResponse response;
  if (auto trouble = session.client.Call<Keys>(&ApiKeyStub::CreateApiKey, request, response))
    return session.Fail(*trouble);
  return ShowNew(session, response, response.api_key(), response.key());
}

int ListApiKeys(Session& session, const ListApiKeysOptions& options) {
  v1::ListApiKeysRequest request;
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListApiKeysResponse response;
  if (auto trouble = session.client.Call<Keys>(&ApiKeyStub::ListApiKeys, request, response))
    return session.Fail(*trouble);
  session.MentionNextPage(response.next_page_token());
  return session.Show(response, [&] {
    Table table(
        {{"KEY", true}, {"NAME"}, {"ROLE"}, {"TENANTS"}, {"STATE"}, {"EXPIRES"}, {"LAST USED"}});
    for (const v1::ApiKey& key : response.api_keys()) {
      table.Add({key.id(),
                 key.name(),
                 RoleOf(key),
                 TenantsOf(key),
                 {StateOf(key), ToneOf(StateOf(key))},
                 Relative(key.expire_time(), session.now()),
                 Relative(key.last_use_time(), session.now())});
    }
    return table.Text(session.style());
  });
}

int GetApiKey(Session& session, const std::string& key) {
  v1::GetApiKeyRequest request;
  request.set_api_key(key);
  v1::GetApiKeyResponse response;
  if (auto trouble = session.client.Call<Keys>(&ApiKeyStub::GetApiKey, request, response))
    return session.Fail(*trouble);
  return session.Show(response.api_key(), [&] { return PageOf(session, response.api_key()); });
}

int RotateApiKey(Session& session, const RotateApiKeyOptions& options) {
  v1::RotateApiKeyRequest request;
  request.set_api_key(options.key);
  if (options.overlap_seconds >= 0) SetSpan(options.overlap_seconds, *request.mutable_overlap());
  if (options.lifetime_seconds >= 0) SetSpan(options.lifetime_seconds, *request.mutable_lifetime());
  v1::RotateApiKeyResponse response;
  if (auto trouble = session.client.Call<Keys>(&ApiKeyStub::RotateApiKey, request, response))
    return session.Fail(*trouble);
  const int shown = ShowNew(session, response, response.api_key(), response.key());
  if (session.WantsTable()) {
    session.environment().err << "The old key works until "
                              << Dated(response.old_api_key().expire_time(), session.now())
                              << ".\n";
  }
  return shown;
}

int RevokeApiKey(Session& session, const std::string& key) {
  v1::RevokeApiKeyRequest request;
  request.set_api_key(key);
  v1::RevokeApiKeyResponse response;
  if (auto trouble = session.client.Call<Keys>(&ApiKeyStub::RevokeApiKey, request, response))
    return session.Fail(*trouble);
  return session.Show(response.api_key(), [&] { return PageOf(session, response.api_key()); });
}

int CreateToken(Session& session, const CreateTokenOptions& options) {
  v1::CreateTenantTokenRequest request;
  request.set_tenant(options.tenant);
  request.set_scope(options.scope == "connect" ? v1::CreateTenantTokenRequest::SCOPE_CONNECT
                                               : v1::CreateTenantTokenRequest::SCOPE_VIEWER);
  SetSpan(options.lifetime_seconds, *request.mutable_lifetime());
  v1::CreateTenantTokenResponse response;
  if (auto trouble = session.client.Call<Keys>(&ApiKeyStub::CreateTenantToken, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] {
    Card card;
    card.Add("token", response.token());
    card.Add("expires", Dated(response.expire_time(), session.now()));
    return card.Text(session.style());
  });
}

}  // namespace sb::app::cli
