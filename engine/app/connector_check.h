#pragma once

#include <string>

#include "engine/base/result.h"

namespace switchboard::v1 {
class Connector;
}

namespace sb::app {

/// Checks one connector folder as `serve --connectors` does. Fits cli::Environment. Fails as
/// ConnectorFolders::ReadOne and Library::Load.
Status CheckConnectorFolder(const std::string& folder, switchboard::v1::Connector& connector);

}  // namespace sb::app
