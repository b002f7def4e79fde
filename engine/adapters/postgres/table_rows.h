#pragma once

#include <pqxx/row>

#include "engine/base/result.h"
#include "engine/ports/record_side.h"

namespace sb::adapters::postgres {

/// A record out of `key`, `changed_at` and `native`.
Result<ports::SideRecord> TableRowOf(const pqxx::row& row);

}  // namespace sb::adapters::postgres
