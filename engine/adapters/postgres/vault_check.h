#pragma once

#include <string>

#include "engine/adapters/postgres/database.h"

namespace sb::adapters::postgres {

/// The sealed text of this database that only the right vault key opens: `sealed` where it has none
/// yet, else the one that the first instance left. Blocking. Fails as Database does.
Result<std::string> SealedVaultCheck(Database& database, const std::string& sealed);

}  // namespace sb::adapters::postgres
