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

}  // namespace

Status CheckAccounts(const Folder& folder, const Connector& connector, ExpressionList& list) {
  const CheckedFile at{folder, "connector.yaml", list};
  const Json& block = Member(connector.data, "accounts");
  for (const char* name : {"external_id", "company", "users"}) {
    const std::string pointer = std::string("/accounts/") + name;
    if (Status fine = CheckAccountUse(at, connector, pointer, Member(block, name)); !fine.ok())
      return fine;
  }
  AddBareExpressions(at, "/accounts", block, {"kin"});
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
