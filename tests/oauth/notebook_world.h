#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/faults/fleet.h"
#include "tests/oauth/strict_provider.h"
#include "tests/support/live/visitor.h"

namespace sb::live {

/// Instances that serve a connector folder of their operator's own, before a strict provider: all
/// real processes on one PostgreSQL.
class NotebookWorld {
 public:
  /// Starts all of it.
  explicit NotebookWorld(int instances, std::vector<std::string> more_words = {});
  ~NotebookWorld();

  /// Walks a connect link as that user of the provider: the page at the end.
  Visitor::Page Walk(const std::string& user);
  /// The same; the account's id. A test failure unless it is connected at the end.
  std::string Connect(const std::string& user);

  /// Performs notebook.me for an account at one instance: what is wrong, or "". Any thread.
  std::string Use(int instance, const std::string& account);
  /// "STATE_ACTIVE" and the like, with the reason behind it.
  std::string StateOf(const std::string& account);
  /// Of the stored credential.
  std::int64_t GenerationOf(const std::string& user) const;
  /// Starts what does not run, and opens the doors of the API anew.
  void StartAll();

  StrictProvider provider;
  Fleet fleet;

 private:
  struct Doors;

  std::unique_ptr<Doors> doors_;
  std::string key_;
};

}  // namespace sb::live
