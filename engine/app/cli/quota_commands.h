#pragma once

#include <string>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct QuotaOptions {
  std::string account;  ///< Empty: all.
  std::string tenant;
  int limit = 0;
  std::string page_token;
};

/// Shows one quota, or a list of them; the exit code.
int ShowQuota(Session& session, const QuotaOptions& options);

}  // namespace sb::app::cli
