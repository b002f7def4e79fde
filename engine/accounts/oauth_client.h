#pragma once

#include <string>

#include "engine/base/secret.h"

namespace sb::accounts {

/// An OAuth application at a provider: the server's own, or a tenant's.
struct OAuthClient {
  std::string client_id;
  Secret client_secret;
  std::string tenant = {};  ///< Whose it is; empty: the server's own.
};

}  // namespace sb::accounts
