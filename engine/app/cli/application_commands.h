#pragma once

#include <string>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct ApplicationOptions {
  std::string tenant;
  std::string connector = "aircall";
  std::string client_id;
  std::string redirect_url;
  std::string claim_url;
};

struct ListApplicationsOptions {
  std::string tenant;
};

// Each runs one command and returns its exit code. A client secret comes from standard input, or is
// asked for where that is a terminal; it is never shown.
int SetApplication(Session& session, const ApplicationOptions& options);
int ListApplications(Session& session, const ListApplicationsOptions& options);
int DeleteApplication(Session& session, const ApplicationOptions& options);

}  // namespace sb::app::cli
