#include "engine/accounts/key_road.h"

#include "engine/accounts/provider.h"
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

}  // namespace

Result<Account> KeyRoad::Connect(const std::string& tenant, const std::string& connector_name,
                                 const std::map<std::string, Secret>& fields,
                                 const std::string& by) {
  const auto connector = FindConnector(deps_.connectors, connector_name);
  if (!connector.ok()) return connector.error();
  if (tenant.empty())
    return Invalid("TENANT_MISSING", "say for which tenant the account is to be connected");
  const auto credential = CredentialFrom(**connector, fields);
  if (!credential.ok()) return credential.error();
  const auto perform =
      WithCredential(deps_.http, **connector, *credential, deps_.expressions, deps_.clock);
  if (const auto answer = perform((*connector)->check_action, Json::object()); !answer.ok()) {
    if (answer.error().kind != ErrorKind::kUnauthorized) return answer.error();
    return Unauthorized("CREDENTIAL_REFUSED",
                        (*connector)->title +
                            " refused this key; check that every part was copied "
                            "whole, and that the key was not deleted");
  }
  // A key does not say whose it is: its public parts tell it from others.
  std::string identity;
  for (const connector::KeyField& field : (*connector)->key_fields) {
    if (!field.secret)
      identity += field.name + "=" + credential->values.at(field.name).Reveal() + "\n";
  }
  return adoption_.Adopt(**connector, {tenant,
                                       ports::AuthMethod::kApiKey,
                                       "key:" + ToHex(Sha256(identity)),
                                       {*credential, {}},
                                       by});
}

Result<Account> KeyRoad::Finish(const std::string& token,
                                const std::map<std::string, Secret>& fields) {
  const auto session = links_.Find(token);
  if (!session.ok()) return session.error();
  if (session->state == SessionState::kSucceeded) {
    return Conflict("SESSION_FINISHED", "this connect link was used; the account is connected");
  }
  auto account = Connect(session->tenant, session->connector, fields, "customer");
  links_.Close(*session, account);
  return account;
}

}  // namespace sb::accounts
