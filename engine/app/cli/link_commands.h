#pragma once

#include <string>

#include "engine/app/cli/session.h"

// Commands about the links and conflicts of two-way syncs. `sync` may be left empty where the
// account has one two-way sync.
namespace sb::app::cli {

struct LinksOptions {
  std::string account;
  std::string sync;
  std::string state;  ///< "active", "parked", "paused"; empty: all.
  int limit = 0;
  std::string page_token;
};

struct LinkOptions {
  std::string account;
  std::string sync;
  std::string link;  ///< "lnk_..."
};

struct CompareOptions {
  std::string account;
  std::string sync;
};

struct ExplainOptions {
  std::string account;
  std::string sync;
  std::string record;  ///< A key of either side, a phone number, an e-mail address, "lnk_...".
  int limit = 0;       ///< Lines of history.
};

struct ConflictsOptions {
  std::string account;
  std::string sync;
  bool open = false;
  bool overwritten = false;
  std::string code;
  std::string field;
  std::string link;
  int limit = 0;
  std::string page_token;
};

struct ConflictOptions {
  std::string account;
  std::string sync;
  std::string conflict;  ///< "cfl_..."
};

struct ResolveOptions {
  std::string account;
  std::string sync;
  std::string conflict;  ///< "cfl_..."; empty with `all`.
  bool all = false;
  std::string field;  ///< With `all`: only of this field.
  std::string code;   ///< With `all`: only with this code.
  std::string take;   ///< A side's name, "newest" or "fill-blank".
  std::string value;  ///< JSON.
  bool put_back = false;
  std::string link;  ///< The key of a record across.
  bool create = false;
  bool ignore = false;
  bool yes = false;  ///< Do not ask.
};

// Each runs one command and returns its exit code.
int CompareSides(Session& session, const CompareOptions& options);
int ListLinks(Session& session, const LinksOptions& options);
int PauseLink(Session& session, const LinkOptions& options);
int ResumeLink(Session& session, const LinkOptions& options);
int ExplainLink(Session& session, const ExplainOptions& options);
int ListConflicts(Session& session, const ConflictsOptions& options);
int ShowConflict(Session& session, const ConflictOptions& options);
/// One conflict, or all that the options choose; of these it says how many first.
int ResolveConflicts(Session& session, const ResolveOptions& options);

}  // namespace sb::app::cli
