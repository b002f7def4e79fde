#pragma once

#include <string>

#include "engine/base/secret.h"

namespace sb::accounts {

/// Our application at a provider.
struct OAuthClient {
  std::string client_id;
  Secret client_secret;
};

}  // namespace sb::accounts
