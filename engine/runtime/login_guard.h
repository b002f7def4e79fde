#pragma once

#include <mutex>
#include <string>

#include "engine/base/metrics.h"
#include "engine/base/time.h"
#include "engine/core/peers/failed_logins.h"
#include "engine/ports/clock.h"

namespace sb::runtime {

/// Slows down, at one of the doors, whoever tries one wrong key or token after the other. Judges by
/// address and never by what was tried, so the answer tells nothing about it. Thread-safe.
class LoginGuard {
 public:
  /// `door` is a label of the metric: "grpc", "http".
  LoginGuard(std::string door, const ports::Clock& clock, Metrics& metrics);

  /// How long the address must wait before anything of it is looked up; zero: not at all. Counts
  /// one that must wait as refused.
  Millis Refuses(const std::string& address);
  /// What it tried was wrong.
  void Failed(const std::string& address);

 private:
  void Count(const char* outcome);

  const std::string door_;
  const ports::Clock& clock_;
  Metrics& metrics_;
  std::mutex mutex_;
  core::FailedLogins failed_{core::FailedLogins::Settings{}};
};

}  // namespace sb::runtime
