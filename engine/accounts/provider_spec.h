#pragma once

#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/ports/account_store.h"

namespace sb::accounts {

/// One use of a connector action, as data.
struct ActionUse {
  std::string action;          ///< Without connector: "webhooks.create".
  Json with = Json::object();  ///< Its input; "${ jq }" inside sees the arguments of the use.
  std::string pick;            ///< jq over the action's output; empty: all of it.
};

/// An action that gives a list in pages.
struct Listing {
  ActionUse use;  ///< `with` sees $page, counting from 1; `pick` gives an array.
  std::string
      more;  ///< jq over the output, with $page: whether another page follows; empty: never.
};

/// How the provider's webhooks are kept. Expressions see $url, $name, $events and $id.
struct WebhookSpec {
  Listing list;
  ActionUse create;
  ActionUse update;
  ActionUse remove;
  // jq over one webhook, as `list` and `create` pick it.
  std::string id;
  std::string url;
  std::string token;
  std::string events;
  std::string active;
};

/// What a check asks the provider, and what people are told where it cannot be known. By way of
/// connecting ("oauth", "api_key"), because some providers tell one more than the other.
struct CheckSpec {
  /// Picks {id, name, email} of who made the credential, and `administrator` where it is known.
  std::map<std::string, ActionUse> creator;
  std::string creator_unknown;        ///< What to do, in words of the provider.
  std::string administrator_unknown;  ///< Likewise.
  /// Picks the ids of the numbers whose calls we are told of. Absent: all.
  std::map<std::string, ActionUse> attached_numbers;
  std::optional<Listing> numbers;  ///< Gives {id, name} of every number.
  std::string numbers_advice;
};

/// The `accounts:` block of connector.yaml: which actions connect a company, and how their outputs
/// are read.
struct ProviderSpec {
  /// What tells companies apart: with OAuth, and with API keys that are all secret.
  std::optional<ActionUse> external_id;
  std::optional<ActionUse> key_creator;  ///< API keys: picks true when an administrator made the
                                         ///< key, false when somebody else did, null when unknown.
  ActionUse company;
  std::string company_name;  ///< jq over the picked company.
  std::optional<Listing> users;
  /// Picks the country (ISO 3166) in which people write phone numbers without one, or null.
  std::optional<ActionUse> region;
  std::string kin;  ///< jq over a profile: ids that no other company has; empty: there are none.
  std::optional<WebhookSpec> webhook;  ///< Absent: the provider sends no webhooks.
  CheckSpec check;
  /// Tells the provider that we go, where it has a way to be told; by way of connecting.
  std::map<std::string, ActionUse> farewell;
};

/// As connector.yaml names it: "oauth", "api_key".
std::string NameOf(ports::AuthMethod method);

/// Fails with kInvalid CONNECTOR_INVALID when the block is missing or names an action that is not
/// there.
Result<ProviderSpec> ReadProviderSpec(const connector::Connector& connector);

}  // namespace sb::accounts
