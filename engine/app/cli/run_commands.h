#pragma once

#include <string>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct StartOptions {
  std::string workflow;
  std::string account;
  std::string input = "{}";  ///< JSON, "@file" or "-".
  std::string request_id;
  bool watch = false;
};

struct ListRunsOptions {
  std::string account;
  std::string workflow;
  std::string state;  ///< "running", in any case; empty: any.
  int limit = 0;
  std::string page_token;
};

struct CallOptions {
  std::string action;
  std::string account;
  std::string input = "{}";  ///< JSON, "@file" or "-".
  std::string request_id;
};

// Each runs one command and returns its exit code.
int StartRun(Session& session, const StartOptions& options);
int ListRuns(Session& session, const ListRunsOptions& options);
int GetRun(Session& session, const std::string& run);
int WatchRun(Session& session,
             const std::string& run);  ///< kRefused when the run failed or was cancelled.
int CancelRun(Session& session, const std::string& run, const std::string& reason);
int ResumeRun(Session& session, const std::string& run);
int CallAction(Session& session, const CallOptions& options);

}  // namespace sb::app::cli
