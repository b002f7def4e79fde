#include "engine/runtime/named_secrets.h"

#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/scope.h"

namespace sb::runtime {

namespace wf = core::workflow;

namespace {

/// `$secrets.name` in expressions.
void FindInExpressions(const Json& value, std::set<std::string>& names) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!wf::IsExpression(text)) return;
    if (const auto read = wf::MembersRead(wf::ExpressionSource(text), "secrets"))
      names.insert(read->begin(), read->end());
  }
  if (!value.is_structured()) return;
  for (const Json& part : value) FindInExpressions(part, names);
}

/// Also `basic: { use: name }`.
std::set<std::string> NamesIn(const Json& policy) {
  std::set<std::string> names;
  FindInExpressions(policy, names);
  for (const Json& scheme : policy) {
    if (Member(scheme, "use").is_string()) names.insert(scheme["use"].get<std::string>());
  }
  return names;
}

}  // namespace

Result<Json> NamedSecrets::FillIn(AccountId account, const Json& policy) const {
  const std::set<std::string> names = NamesIn(policy);
  if (names.empty()) return policy;
  const auto owner = deps_.accounts.Get(account);
  if (!owner.ok()) return owner.error();
  Json secrets = Json::object();
  for (const std::string& name : names) {
    auto secret = Read(owner->tenant, name);
    if (!secret.ok()) return secret.error();
    secrets[name] = std::move(secret).value();
  }
  auto filled = wf::EvaluateTemplate(deps_.expressions, policy, Json(), {{"secrets", secrets}});
  if (!filled.ok()) return filled;
  // Last, since a secret is data: nothing in it is an expression, whatever it looks like.
  for (Json& scheme : *filled) {
    if (Member(scheme, "use").is_string()) scheme = secrets[scheme["use"].get<std::string>()];
  }
  return filled;
}

Result<Json> NamedSecrets::FillIn(const Json& headers, const std::string& scheme,
                                  const std::string& parameter) const {
  const Json authorization = {{"scheme", scheme}, {"parameter", parameter}};
  return wf::EvaluateTemplate(deps_.expressions, headers, Json(),
                              {{"authorization", authorization}});
}

Result<Json> NamedSecrets::Read(const std::string& tenant, const std::string& name) const {
  const auto stored = deps_.secrets.Find(tenant, name);
  if (!stored.ok()) return stored.error();
  if (!*stored) {
    return Forbidden("SECRET_NOT_FOUND", "tenant " + tenant + " has no secret `" + name +
                                             "`; set it with `switchboard secret set`");
  }
  const auto opened = deps_.vault.Open((*stored)->sealed, ports::SecretContext(tenant, name));
  if (!opened.ok()) return opened.error();
  // A mapping such as {"username", "password"} is written as JSON; all else is one text.
  auto parsed = ParseJson(opened->Reveal());
  return parsed.ok() && parsed->is_object() ? *parsed : Json(opened->Reveal());
}

}  // namespace sb::runtime
