#pragma once

#include <string>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct ListEventsOptions {
  std::string account;
  std::string type;
  std::string filter;
  int limit = 0;
  std::string page_token;
};

struct PublishOptions {
  std::string account;
  std::string id;
  std::string type;
  std::string subject;
  std::string data = "{}";  ///< JSON, "@file" or "-".
};

struct WatchEventsOptions {
  std::string filter;
  bool lifecycle = false;
  std::string resume_token;
  int count = 0;  ///< Stop after so many; 0: never.
};

struct ReplayOptions {
  std::string workflow;
  std::string filter;
  bool dry_run = false;
  std::string replay_id;
  int max_events = 0;
  bool yes = false;
};

struct ListDeadLettersOptions {
  std::string filter;
  int limit = 0;
  std::string page_token;
};

// Each runs one command and returns its exit code.
int PublishEvent(Session& session, const PublishOptions& options);
int ListEvents(Session& session, const ListEventsOptions& options);
int GetEvent(Session& session, const std::string& event);
int WatchEvents(Session& session, const WatchEventsOptions& options);
int ReplayEvents(Session& session,
                 const ReplayOptions& options);  ///< kRefused when an event could not be replayed.
int ListDeadLetters(Session& session, const ListDeadLettersOptions& options);
int GetDeadLetter(Session& session, const std::string& event);
int ReplayDeadLetter(Session& session, const std::string& event);
int DiscardDeadLetter(Session& session, const std::string& event);

}  // namespace sb::app::cli
