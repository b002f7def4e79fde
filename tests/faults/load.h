#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/fleet.h"

namespace sb::live {

/// What customers and clients do all the time: calls are missed, and runs are started, at whichever
/// instance answers, with the same request id until one does.
class Load {
 public:
  /// `accounts` and the sandbox's companies are in the same order.
  Load(Fleet& fleet, std::vector<std::string> accounts, unsigned seed);
  ~Load();  ///< Stops.
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void Start();
  /// Nothing new is begun; what was begun is repeated until it is answered. Only while instances
  /// live.
  void Stop();

  /// Calls that were missed, by company: the sandbox's ids.
  std::map<int, std::vector<std::int64_t>> MissedCalls() const;
  /// Telephone numbers that a started run was to make a contact of, by company.
  std::map<int, std::vector<std::string>> WantedContacts() const;
  /// What was not as promised: a request id that was answered with two runs.
  std::vector<std::string> complaints() const;

 private:
  void MissCalls();
  void StartRuns();
  void StartPatientRuns();
  /// Repeats the request at instances of the caller's choice until one answers.
  std::string StartUntilAnswered(const std::string& workflow, std::size_t company,
                                 const std::string& phone,
                                 const std::function<int()>& choose_instance);
  std::string StartRun(const std::string& workflow, int instance, std::size_t company,
                       const std::string& phone);
  void Pause(std::chrono::milliseconds time);

  Fleet& fleet_;
  const std::vector<std::string> accounts_;
  const unsigned seed_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::map<int, std::vector<std::int64_t>> calls_;
  std::map<int, std::vector<std::string>> contacts_;
  std::vector<std::string> complaints_;
  std::vector<std::thread> threads_;
};

}  // namespace sb::live
