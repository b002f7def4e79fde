#include "engine/accounts/provider_spec.h"

#include <vector>

namespace sb::accounts {
namespace {

ActionUse ReadUse(const Json& value) {
  ActionUse use{.action = TextMember(value, "action"),
                .with = Json::object(),
                .pick = TextMember(value, "pick")};
  if (Member(value, "with").is_object()) use.with = Member(value, "with");
  return use;
}

Listing ReadListing(const Json& value) {
  return {ReadUse(value), TextMember(value, "more")};
}

WebhookSpec ReadWebhookSpec(const Json& value) {
  const Json& read = Member(value, "read");
  return {.list = ReadListing(Member(value, "list")),
          .create = ReadUse(Member(value, "create")),
          .update = ReadUse(Member(value, "update")),
          .remove = ReadUse(Member(value, "delete")),
          .id = TextMember(read, "id"),
          .url = TextMember(read, "url"),
          .token = TextMember(read, "token"),
          .events = TextMember(read, "events"),
          .active = TextMember(read, "active")};
}

/// One use for each way of connecting that has any.
std::map<std::string, ActionUse> ReadUses(const Json& value) {
  std::map<std::string, ActionUse> uses;
  for (const char* method : {"oauth", "api_key"}) {
    if (const Json& use = Member(value, method); use.is_object()) uses[method] = ReadUse(use);
  }
  return uses;
}

CheckSpec ReadCheckSpec(const Json& value) {
  CheckSpec check{.creator = ReadUses(Member(value, "creator")),
                  .creator_unknown = TextMember(value, "creator_unknown"),
                  .administrator_unknown = TextMember(value, "administrator_unknown"),
                  .attached_numbers = ReadUses(Member(value, "attached_numbers")),
                  .numbers = {},
                  .numbers_advice = TextMember(value, "numbers_advice")};
  if (Member(value, "numbers").is_object()) check.numbers = ReadListing(Member(value, "numbers"));
  return check;
}

std::vector<const ActionUse*> UsesOf(const ProviderSpec& spec) {
  std::vector<const ActionUse*> uses = {&spec.company};
  if (spec.external_id) uses.push_back(&*spec.external_id);
  if (spec.key_creator) uses.push_back(&*spec.key_creator);
  if (spec.users) uses.push_back(&spec.users->use);
  if (spec.region) uses.push_back(&*spec.region);
  if (spec.webhook) {
    uses.insert(uses.end(), {&spec.webhook->list.use, &spec.webhook->create, &spec.webhook->update,
                             &spec.webhook->remove});
  }
  for (const auto* each : {&spec.check.creator, &spec.check.attached_numbers, &spec.farewell}) {
    for (const auto& [method, use] : *each) uses.push_back(&use);
  }
  if (spec.check.numbers) uses.push_back(&spec.check.numbers->use);
  return uses;
}

}  // namespace

std::string NameOf(ports::AuthMethod method) {
  return method == ports::AuthMethod::kOAuth ? "oauth" : "api_key";
}

Result<ProviderSpec> ReadProviderSpec(const connector::Connector& connector) {
  const Json& block = Member(connector.data, "accounts");
  ProviderSpec spec;
  spec.company = ReadUse(Member(block, "company"));
  spec.company_name = TextMember(Member(block, "company"), "name");
  if (block.contains("external_id")) spec.external_id = ReadUse(block["external_id"]);
  if (block.contains("key_creator")) spec.key_creator = ReadUse(block["key_creator"]);
  if (block.contains("users")) spec.users = ReadListing(block["users"]);
  if (block.contains("region")) spec.region = ReadUse(block["region"]);
  spec.kin = TextMember(block, "kin");
  if (block.contains("webhook")) spec.webhook = ReadWebhookSpec(block["webhook"]);
  spec.check = ReadCheckSpec(Member(block, "check"));
  spec.farewell = ReadUses(Member(block, "farewell"));
  for (const ActionUse* use : UsesOf(spec)) {
    if (connector.actions.contains(use->action)) continue;
    return Invalid("CONNECTOR_INVALID",
                   connector.name + "/connector.yaml: `accounts` names the action '" + use->action +
                       "', which has no file in actions/; add it or name another");
  }
  return spec;
}

}  // namespace sb::accounts
