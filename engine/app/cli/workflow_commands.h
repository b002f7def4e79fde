#pragma once

#include <string>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct DeployOptions {
  std::string file;  ///< "-" is standard input.
  bool validate_only = false;
};

struct SwitchOptions {
  std::string workflow;
  std::string account;
  bool all_accounts = false;
};

struct ListWorkflowsOptions {
  int limit = 0;
  std::string page_token;
};

struct GetWorkflowOptions {
  std::string workflow;
  bool source = false;  ///< Print the YAML and nothing else.
};

// Each runs one command and returns its exit code.
int ValidateWorkflow(Session& session,
                     const std::string& file);  ///< kRefused when there are errors.
int DeployWorkflow(Session& session, const DeployOptions& options);
int EnableWorkflow(Session& session, const SwitchOptions& options);
int DisableWorkflow(Session& session, const SwitchOptions& options);
int ListWorkflows(Session& session, const ListWorkflowsOptions& options);
int GetWorkflow(Session& session, const GetWorkflowOptions& options);
int ShowWorkflowSchema(Session& session, const std::string& file);  ///< Empty: standard output.

}  // namespace sb::app::cli
