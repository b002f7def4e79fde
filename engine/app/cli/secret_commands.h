#pragma once

#include <string>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct SecretOptions {
  std::string tenant = "default";
  std::string name;
};

struct ListSecretsOptions {
  std::string tenant = "default";
  int limit = 0;
  std::string page_token;
};

// Each runs one command and returns its exit code. A value comes from standard input, or is asked
// for where that is a terminal; it is never shown.
int SetSecret(Session& session, const SecretOptions& options);
int ListSecrets(Session& session, const ListSecretsOptions& options);
int DeleteSecret(Session& session, const SecretOptions& options);

}  // namespace sb::app::cli
