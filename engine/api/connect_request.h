#pragma once

#include <string>
#include <variant>

#include "engine/accounts/connect_links.h"
#include "engine/api/caller.h"
#include "engine/api/gate.h"
#include "switchboard/v1/account.pb.h"

namespace sb::api {

constexpr std::size_t kTenantBytes = 200;

/// The connector that a request names, or the one that is meant where it names none.
std::string ConnectorOf(const std::string& requested);

/// The tenant whose account will be connected.
std::variant<std::string, Failure> ReadTenant(const Caller& caller, const std::string& requested);

/// "acc_..." of an account to connect again; none for an empty text.
std::variant<AccountId, Failure> ReadReconnected(const std::string& text);

/// A whole request for a connect session.
std::variant<accounts::SessionRequest, Failure> ReadSessionRequest(
    const Caller& caller, const switchboard::v1::CreateConnectSessionRequest& request);

}  // namespace sb::api
