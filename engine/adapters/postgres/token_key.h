#pragma once

#include <string>

#include "engine/adapters/postgres/database.h"

namespace sb::adapters::postgres {

/// The sealed key by which the tenant tokens of this database are signed: `sealed` where it has
/// none yet, else the one that the first instance left. Blocking. Fails as Database does.
Result<std::string> SealedTokenKey(Database& database, const std::string& sealed);

}  // namespace sb::adapters::postgres
