#pragma once

#include <string>
#include <vector>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct AddDestinationOptions {
  std::string account;
  std::string name;
  std::string sink;
  std::vector<std::string> settings;  ///< "url=https://..."
  std::vector<std::string> secrets;   ///< "write_key=segment-production"
  std::vector<std::string> events;    ///< "io.aircall.call.*"
  std::vector<std::string> numbers;
  bool no_input = false;  ///< Ask nothing.
};

struct UpdateDestinationOptions {
  std::string destination;
  std::string name;
  std::vector<std::string> settings;
  std::vector<std::string> secrets;
  std::vector<std::string> events;
  bool all_events = false;
  std::vector<std::string> numbers;
  bool all_numbers = false;
};

struct ListDeliveriesOptions {
  std::string destination;
  std::string state;  ///< "dead"; empty: all.
  int limit = 0;
  std::string page_token;
};

struct ReplayDeliveriesOptions {
  std::string destination;
  std::string from;    ///< RFC 3339; empty: all that are kept.
  std::string before;  ///< Likewise; empty: until now.
  std::vector<std::string> events;
  bool dead = false;
  int most = 0;
  bool dry_run = false;
};

// Each runs one command and returns its exit code.
int ListSinks(Session& session);
/// Asks for what the options leave out, where a person sits at a terminal.
int AddDestination(Session& session, const AddDestinationOptions& options);
/// Changes what the options name; all else stays.
int UpdateDestination(Session& session, const UpdateDestinationOptions& options);
int ListDestinations(Session& session, const std::string& account);
int GetDestination(Session& session, const std::string& destination);
int PauseDestination(Session& session, const std::string& destination);
int ResumeDestination(Session& session, const std::string& destination);
int DeleteDestination(Session& session, const std::string& destination);
int TestDestination(Session& session, const std::string& destination);
int ListDeliveries(Session& session, const ListDeliveriesOptions& options);
int ReplayDeliveries(Session& session, const ReplayDeliveriesOptions& options);

}  // namespace sb::app::cli
