#pragma once

#include <pqxx/row>

#include "engine/ports/account_store.h"

namespace sb::adapters::postgres {

/// A row of eng.credential with all columns of a StoredCredential.
ports::StoredCredential ReadCredential(const pqxx::row& row);

}  // namespace sb::adapters::postgres
