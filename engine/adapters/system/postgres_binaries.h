#pragma once

#include <filesystem>
#include <string>

#include "engine/base/result.h"

namespace sb::adapters::system {

/// The folder with `postgres` and `initdb`, which is seldom on the PATH: the environment's
/// SWITCHBOARD_POSTGRES_BIN, then what pg_config says, then /usr/lib/postgresql/<newest>/bin.
/// `major` (from a cluster's PG_VERSION) asks for that major version; empty: any. kUnavailable
/// POSTGRES_NOT_FOUND, POSTGRES_VERSION_MISMATCH.
Result<std::filesystem::path> FindPostgresBinaries(const std::string& major);

}  // namespace sb::adapters::system
