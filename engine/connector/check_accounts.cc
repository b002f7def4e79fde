#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/connector/check_use.h"
#include "engine/connector/load.h"

// The `accounts` block of connector.yaml: engine/accounts applies it; that it can be applied is
// found here, at start.
namespace sb::connector {
namespace {

const std::vector<std::string>& AccountArguments() {
  static const std::vector<std::string> kNames = {"page", "url", "name", "events", "id"};
  return kNames;
}

void AddBareExpressions(const CheckedFile& at, const std::string& pointer, const Json& block,
                        const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string source = TextMember(block, name);
    if (!source.empty()) at.AddExpression(Below(pointer, name), source, AccountArguments());
  }
}

Status CheckAccountUse(const CheckedFile& at, const Connector& connector,
                       const std::string& pointer, const Json& use) {
  if (use.is_null()) return {};
  const Json& with = Member(use, "with");
  at.AddTemplate(pointer + "/with", with, AccountArguments());
  AddBareExpressions(at, pointer, use, {"pick", "more", "name"});
  return at.CheckUse(pointer + "/action", connector, TextMember(use, "action"), with);
}

/// Two accounts must not be taken for one: of a key without a public part nothing else tells them
/// apart.
Status CheckWhoseKey(const CheckedFile& at, const Connector& connector, const Json& accounts) {
  const auto& fields = connector.key_fields;
  const bool all_secret =
      !fields.empty() && std::ranges::all_of(fields, [](const auto& each) { return each.secret; });
  if (!all_secret || accounts.contains("external_id")) return {};
  return at.Fault("/accounts",
                  "`external_id` is missing: every field of the API key is secret, so it has to "
                  "name the action that says whose key it is");
}

}  // namespace

Status CheckAccounts(const Folder& folder, const Connector& connector, ExpressionList& list) {
  const CheckedFile at{folder, "connector.yaml", list};
  const Json& block = Member(connector.data, "accounts");
  if (block.is_null())
    return at.Fault("",
                    "`accounts` is missing: it says which action reads whom an account belongs to");
  for (const char* name : {"external_id", "key_creator", "company", "users", "region"}) {
    const std::string pointer = std::string("/accounts/") + name;
    if (Status fine = CheckAccountUse(at, connector, pointer, Member(block, name)); !fine.ok())
      return fine;
  }
  if (Status fine = CheckWhoseKey(at, connector, block); !fine.ok()) return fine;
  AddBareExpressions(at, "/accounts", block, {"kin"});
  const Json& check = Member(block, "check");
  for (const auto& [pointer, use] :
       {std::pair("/accounts/check/numbers", &Member(check, "numbers")),
        std::pair("/accounts/check/creator/oauth", &Member(Member(check, "creator"), "oauth")),
        std::pair("/accounts/check/creator/api_key", &Member(Member(check, "creator"), "api_key")),
        std::pair("/accounts/check/attached_numbers/oauth",
                  &Member(Member(check, "attached_numbers"), "oauth")),
        std::pair("/accounts/check/attached_numbers/api_key",
                  &Member(Member(check, "attached_numbers"), "api_key")),
        std::pair("/accounts/farewell/oauth", &Member(Member(block, "farewell"), "oauth")),
        std::pair("/accounts/farewell/api_key", &Member(Member(block, "farewell"), "api_key"))}) {
    if (Status fine = CheckAccountUse(at, connector, pointer, *use); !fine.ok()) return fine;
  }
  const Json& webhook = Member(block, "webhook");
  for (const char* name : {"list", "create", "update", "delete"}) {
    const std::string pointer = std::string("/accounts/webhook/") + name;
    if (Status fine = CheckAccountUse(at, connector, pointer, Member(webhook, name)); !fine.ok())
      return fine;
  }
  AddBareExpressions(at, "/accounts/webhook/read", Member(webhook, "read"),
                     {"id", "url", "token", "events", "active"});
  return {};
}

Status CheckCredentialProbe(const Folder& folder, const Connector& connector,
                            ExpressionList& list) {
  const CheckedFile at{folder, "connector.yaml", list};
  return at.CheckUse("/check/action", connector, connector.check_action, Json());
}

}  // namespace sb::connector
