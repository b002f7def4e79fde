#include <utility>

#include <nlohmann/json.hpp>

#include "engine/connector/connector.h"

namespace sb::connector {

Secret Credential::ToSecret() const {
  Json json = {{"method", method}};
  for (const auto& [name, value] : values) json[name] = value.Reveal();
  return Secret(DumpJson(json));
}

Result<Credential> Credential::FromSecret(const Secret& json) {
  const auto parsed = ParseJson(json.Reveal());
  Credential credential;
  if (parsed.ok()) credential.method = TextMember(*parsed, "method");
  if (credential.method.empty()) {
    return Internal("CREDENTIAL_UNREADABLE",
                    "the stored credential does not decode: connect the account again");
  }
  for (const auto& [name, value] : parsed->items()) {
    if (name != "method" && value.is_string())
      credential.values.emplace(name, value.get<std::string>());
  }
  return credential;
}

ports::SealContext CredentialContext(AccountId account, const std::string& connector,
                                     std::int64_t generation) {
  return {"account/" + ToText(account),
          "credential/" + ToText(account) + "/" + connector + "/" + std::to_string(generation)};
}

}  // namespace sb::connector
