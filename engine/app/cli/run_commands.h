#pragma once

#include <string>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct StartOptions {
  std::string workflow;
  std::string account;
  std::string input = "{}";  ///< JSON, "@file" or "-".
  std::string inputs;        ///< A file with an input on each line, or "-": many runs.
  std::string request_id;
  bool watch = false;
};

struct ListRunsOptions {
  std::string account;
  std::string workflow;
  std::string state;  ///< "running", in any case; empty: any.
  std::string filter;
  int limit = 0;
  std::string page_token;
};

struct RetryOptions {
  std::string run;
  bool from_failed_task = false;
  std::string request_id;
  bool watch = false;
};

struct BulkOptions {
  std::string action;  ///< "cancel", "retry" or "resume".
  std::string filter;
  std::string reason;
  std::string request_id;
  bool from_failed_task = false;
  bool validate_only = false;
  bool yes = false;
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
int SuspendRun(Session& session, const std::string& run, const std::string& reason);
int ResumeRun(Session& session, const std::string& run);
int RetryRun(Session& session, const RetryOptions& options);
int BulkRuns(Session& session,
             const BulkOptions& options);  ///< kRefused when a run refused, or the user said no.
int ShowTimeline(Session& session, const std::string& run);
int CallAction(Session& session, const CallOptions& options);

}  // namespace sb::app::cli
