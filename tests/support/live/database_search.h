#pragma once

#include <string>

#include "tests/support/live/secret_search.h"

namespace sb::live {

/// A test failure for each secret that stands in a row of any table of ours, said with the table.
/// A database that cannot be reached (any more) has nothing to say.
void ExpectNoSecretInDatabase(const std::string& url, const Secrets& secrets);

}  // namespace sb::live
