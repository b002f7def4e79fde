#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "engine/adapters/postgres/database.h"
#include "engine/ports/clock.h"
#include "engine/ports/doorbell.h"

namespace sb::adapters::postgres {

class Connection;

/// LISTEN and NOTIFY on a connection of its own, never within a transaction that writes data:
/// commits that notify wait for each other in the whole cluster. At most one NOTIFY in 50 ms.
/// Behind a pooler that does not pass notifications on it stays silent.
class PostgresDoorbell : public ports::Doorbell {
 public:
  PostgresDoorbell(DatabaseSettings settings, const ports::Clock& clock);
  ~PostgresDoorbell() override;  ///< Stops.
  PostgresDoorbell(const PostgresDoorbell&) = delete;
  PostgresDoorbell& operator=(const PostgresDoorbell&) = delete;

  void Ring() override;
  void Listen(std::function<void()> rung) override;

  /// Ends the thread. Safe to repeat.
  void Stop();

 private:
  void Work();
  void Serve();  ///< Until stopped, or the connection breaks: then it throws what libpqxx throws.
  void Wake() const;
  void SleepUntilWoken(int connection, std::chrono::milliseconds at_most) const;

  const DatabaseSettings settings_;
  const ports::Clock& clock_;
  const int wake_;  ///< An eventfd.
  std::function<void()> rung_;
  std::atomic<bool> ring_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace sb::adapters::postgres
