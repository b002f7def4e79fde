#include "engine/accounts/key_road.h"

#include "engine/accounts/provider.h"
#include "engine/accounts/provider_spec.h"
#include "engine/accounts/reconnection.h"
#include "engine/base/encoding.h"

namespace sb::accounts {
namespace {

using ports::Account;
using ports::SessionState;

std::string Trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

Result<connector::Credential> CredentialFrom(const connector::Connector& connector,
                                             const std::map<std::string, Secret>& fields) {
  if (connector.key_fields.empty()) {
    return Invalid("CREDENTIAL_METHOD_UNSUPPORTED",
                   connector.title + " cannot be connected with an API key");
  }
  connector::Credential credential{.method = "api_key", .values = {}};
  for (const connector::KeyField& field : connector.key_fields) {
    const auto given = fields.find(field.name);
    const std::string value = given == fields.end() ? "" : Trimmed(given->second.Reveal());
    if (value.empty()) {
      return Invalid("CREDENTIAL_FIELD_MISSING",
                     "'" + field.label + "' (" + field.name + ") is missing; " + field.help);
    }
    credential.values.emplace(field.name, Secret(value));
  }
  return credential;
}

/// Refuses a key of which the provider says that no administrator made it. Most providers do not
/// say whose a key is; then it passes.
Status CheckCreator(const connector::Connector& connector, const ProviderSpec& spec,
                    const Provider& provider) {
  if (!spec.key_creator) return {};
  const auto administrator = provider.Use(*spec.key_creator);
  if (!administrator.ok() || *administrator != false) return {};
  return Unauthorized("CREDENTIAL_NOT_ADMINISTRATOR",
                      "this key's creator is not an administrator of " + connector.title +
                          "; have an administrator make a key, and use that one");
}

/// A key's public parts tell it from others. Of one that is all secret the provider is asked whose
/// it is: nothing may be derived from a secret that is stored in the clear.
Result<std::string> IdentityOf(const connector::Connector& connector,
                               const connector::Credential& credential, const ProviderSpec& spec,
                               const Provider& provider) {
  std::string identity;
  for (const connector::KeyField& field : connector.key_fields) {
    if (!field.secret)
      identity += field.name + "=" + credential.values.at(field.name).Reveal() + "\n";
  }
  if (!identity.empty()) return kKeyIdentity + ToHex(Sha256(identity));
  if (!spec.external_id)
    return Invalid("CONNECTOR_INVALID", connector.title + ": nothing tells two keys apart");
  const auto owner = provider.Use(*spec.external_id);
  if (!owner.ok()) return owner.error();
  if (AsText(*owner).empty())
    return Invalid("CONNECTOR_INVALID", connector.title + " does not say whose this key is");
  return AsText(*owner);
}

}  // namespace

Result<Account> KeyRoad::Connect(const KeyRequest& request) {
  const auto connector = FindConnector(deps_.connectors, request.connector);
  if (!connector.ok()) return connector.error();
  if (request.tenant.empty())
    return Invalid("TENANT_MISSING", "say for which tenant the account is to be connected");
  const Status may = links_.MayReconnect(request.reconnects, request.tenant, request.connector);
  if (!may.ok()) return may.error();  // before the provider is asked anything
  const auto credential = CredentialFrom(**connector, request.fields);
  if (!credential.ok()) return credential.error();
  const auto spec = ReadProviderSpec(**connector);
  if (!spec.ok()) return spec.error();
  const auto perform =
      WithCredential(deps_.http, **connector, *credential, deps_.expressions, deps_.clock);
  if (const auto answer = perform((*connector)->check_action, Json::object()); !answer.ok()) {
    if (answer.error().kind != ErrorKind::kUnauthorized) return answer.error();
    return Unauthorized("CREDENTIAL_REFUSED",
                        (*connector)->title +
                            " refused this key; check that every part was copied "
                            "whole, and that the key was not deleted");
  }
  const Provider provider(deps_.expressions, perform);
  const Status creator = CheckCreator(**connector, *spec, provider);
  if (!creator.ok()) return creator.error();
  const auto identity = IdentityOf(**connector, *credential, *spec, provider);
  if (!identity.ok()) return identity.error();
  return adoption_.Adopt(**connector, {request.tenant,
                                       ports::AuthMethod::kApiKey,
                                       *identity,
                                       {*credential, {}},
                                       request.by,
                                       request.reconnects});
}

Result<Account> KeyRoad::Finish(const std::string& token,
                                const std::map<std::string, Secret>& fields) {
  const auto session = links_.Find(token);
  if (!session.ok()) return session.error();
  if (session->state == SessionState::kSucceeded) return SessionFinished();
  if (!session->offers_key) return MethodNotOffered();
  auto account = Connect({session->tenant, session->connector, fields, session->reconnects});
  links_.Close(*session, account);
  return account;
}

}  // namespace sb::accounts
