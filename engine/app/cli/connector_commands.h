#pragma once

#include <string>

#include "engine/app/cli/command_line.h"
#include "engine/app/cli/session.h"

namespace sb::app::cli {

// Each runs one command and returns its exit code.
int ListConnectors(Session& session);
/// A connector ("aircall") or one of its actions ("aircall.contacts.search").
int ShowConnector(Session& session, const std::string& name);
/// A folder on this machine, without a server.
int ValidateConnector(Session& session, const std::string& folder, const CheckConnector& check);

}  // namespace sb::app::cli
