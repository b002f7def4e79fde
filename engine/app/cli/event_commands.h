#pragma once

#include <string>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct ListEventsOptions {
  std::string account;
  std::string type;
  int limit = 0;
  std::string page_token;
};

// Each runs one command and returns its exit code.
int ListEvents(Session& session, const ListEventsOptions& options);
int GetEvent(Session& session, const std::string& event);

}  // namespace sb::app::cli
