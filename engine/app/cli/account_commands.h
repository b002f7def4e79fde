#pragma once

#include <string>
#include <vector>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct ConnectOptions {
  std::string tenant = "default";
  std::string connector = "aircall";
  std::string return_url;
  bool wait = false;
  std::string api_id;  ///< Set: connect with a key instead of in a browser.
  bool api_token_stdin = false;
  std::string api_token_file;
  std::string credential;  ///< File with the fields of any connector's key; "-": standard input.
  std::vector<std::string> methods;  ///< "oauth", "api-key"; empty: all.
  std::string account;               ///< To connect again.
  std::string opener_origin;
  std::string brand_name;
  std::string brand_logo;
  std::string brand_accent;
  std::string brand_background;
  std::string brand_text;
};

struct ListAccountsOptions {
  std::string tenant;
  std::string connector;
  bool disconnected = false;
  int limit = 0;
  std::string page_token;
};

struct AccountHistoryOptions {
  std::string account;
  int limit = 0;
  std::string page_token;
};

struct ListGapsOptions {
  std::string account;
  int limit = 0;
  std::string page_token;
};

struct CheckOptions {
  std::string account;
  std::string known_emails;  ///< A file with an address a line; "-": standard input.
};

struct DisconnectOptions {
  std::string account;
  bool erase = false;
  bool yes = false;
};

// Each runs one command and returns its exit code.
int ConnectAccount(Session& session, const ConnectOptions& options);
int ListAccounts(Session& session, const ListAccountsOptions& options);
int GetAccount(Session& session, const std::string& account);
/// kRefused when anything needs somebody: a problem or a warning.
int CheckAccount(Session& session, const CheckOptions& options);
int ShowAccountHistory(Session& session, const AccountHistoryOptions& options);
int ListGaps(Session& session, const ListGapsOptions& options);
int DisconnectAccount(Session& session, const DisconnectOptions& options);

}  // namespace sb::app::cli
