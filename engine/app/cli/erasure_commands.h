#pragma once

#include <string>

#include "engine/app/cli/session.h"
#include "switchboard/v1/erasure.pb.h"

namespace sb::app::cli {

struct ErasePersonOptions {
  std::string tenant;
  std::string account;
  std::string phone;
  std::string email;
  bool dry_run = false;
  bool yes = false;
  bool no_wait = false;
};

struct ListErasuresOptions {
  std::string tenant;
  int limit = 0;
  std::string page_token;
};

// Each runs one command and returns its exit code.
int ErasePerson(Session& session, const ErasePersonOptions& options);
int GetErasure(Session& session, const std::string& erasure);
int ListErasures(Session& session, const ListErasuresOptions& options);

/// Waits until it is done, or waits itself for live runs, and shows it; kRefused when it waits.
int FollowErasure(Session& session, switchboard::v1::Erasure erasure);

}  // namespace sb::app::cli
