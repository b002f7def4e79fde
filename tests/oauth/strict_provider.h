#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "tests/support/live/process.h"
#include "tests/support/temp_dir.h"

namespace sb::live {

/// The provider of provider.mjs as a process: a strict OAuth server and a small API behind its
/// tokens. A failure to start is a test failure with the log in it.
class StrictProvider {
 public:
  /// Where browsers come back to: the public address of the instances.
  static constexpr const char* kPublicUrl = "http://switchboard.test";

  StrictProvider();
  ~StrictProvider();

  /// What `switchboard serve` needs to know of it.
  std::vector<std::string> ServeWords() const;
  std::map<std::string, std::string> ServeEnvironment() const;

  const std::string& url() const { return url_; }

  /// The secret of our application there, which must stand nowhere.
  const std::string& client_secret() const { return client_secret_; }

  /// Another application that is registered there, which a tenant may bring along.
  const std::string& other_client_id() const { return other_client_id_; }

  const std::string& other_client_secret() const { return other_client_secret_; }

  /// The control API: {"grace_seconds": 60}, ...
  void Set(const Json& switches);
  /// Takes the access tokens of a user away, as if they had expired.
  void ExpireAccessTokensOf(const std::string& user);

  /// A moment in a refresh; see token_door.mjs.
  enum class Moment { kReceived, kProcessed, kAnswered };

  /// Kills the process with SIGKILL at that moment of the next refresh (and for kAnswered, so much
  /// later).
  void KillAt(Moment moment, pid_t process, int delay_ms = 0);

  struct Refresh {
    std::string token;  ///< A digest of the refresh token that was presented.
    int status = 0;
    bool repeated = false;  ///< Answered from what was given before, within the window of grace.
  };

  /// All that were dealt with, oldest first.
  std::vector<Refresh> Refreshes();
  /// What came to the address that a redirect of the token endpoint leads to.
  Json WhatAStrangerHeard();

 private:
  Json Order(const std::string& method, const std::string& path, const Json& body = nullptr);

  testing::TempDir folder_;
  std::unique_ptr<Process> process_;
  std::string url_;
  std::string client_id_;
  std::string client_secret_;
  std::string other_client_id_;
  std::string other_client_secret_;
};

}  // namespace sb::live
