#pragma once

#include <string>
#include <vector>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct CreateApiKeyOptions {
  std::string name;
  std::string role;
  std::vector<std::string> tenants;
  bool all_tenants = false;
  double lifetime_seconds = 0;  ///< 0: until it is revoked.
};

struct ListApiKeysOptions {
  int limit = 0;
  std::string page_token;
};

struct RotateApiKeyOptions {
  std::string key;
  double overlap_seconds = -1;   ///< Below 0: as the server has it.
  double lifetime_seconds = -1;  ///< Likewise.
};

struct CreateTokenOptions {
  std::string tenant;
  std::string scope = "viewer";
  double lifetime_seconds = 600;
};

// Each runs one command and returns its exit code. A key and a token go to standard output, once.
int CreateApiKey(Session& session, const CreateApiKeyOptions& options);
int ListApiKeys(Session& session, const ListApiKeysOptions& options);
int GetApiKey(Session& session, const std::string& key);
int RotateApiKey(Session& session, const RotateApiKeyOptions& options);
int RevokeApiKey(Session& session, const std::string& key);
int CreateToken(Session& session, const CreateTokenOptions& options);

}  // namespace sb::app::cli
