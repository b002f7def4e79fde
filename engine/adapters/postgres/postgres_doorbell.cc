#include "engine/adapters/postgres/postgres_doorbell.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <pqxx/nontransaction>
#include <pqxx/notification>

#include "engine/adapters/postgres/connection.h"
#include "engine/base/log.h"

namespace sb::adapters::postgres {
namespace {

constexpr const char* kChannel = "eng_wake";
constexpr std::chrono::milliseconds kBetweenRings(50);
constexpr std::chrono::milliseconds kLongestSleep(5'000);
constexpr std::chrono::milliseconds kBeforeReconnect(1'000);

/// Hears what other sessions say; our own rings are none of our business.
class Ear : public pqxx::notification_receiver {
 public:
  explicit Ear(pqxx::connection& connection)
      : notification_receiver(connection, kChannel), own_(connection.backendpid()) {}

  void operator()(const std::string& /*payload*/, int backend) override {
    heard = heard || backend != own_;
  }

  bool heard = false;

 private:
  const int own_;
};

}  // namespace

PostgresDoorbell::PostgresDoorbell(DatabaseSettings settings, const ports::Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

PostgresDoorbell::~PostgresDoorbell() {
  Stop();
  close(wake_);
}

void PostgresDoorbell::Listen(std::function<void()> rung) {
  rung_ = std::move(rung);
  thread_ = std::thread([this] { Work(); });
}

void PostgresDoorbell::Ring() {
  if (!ring_.exchange(true)) Wake();
}

void PostgresDoorbell::Stop() {
  stopping_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
}

void PostgresDoorbell::Wake() const {
  const std::uint64_t one = 1;
  (void)!write(wake_, &one, sizeof one);
}

void PostgresDoorbell::SleepUntilWoken(int connection, std::chrono::milliseconds at_most) const {
  pollfd descriptors[] = {{wake_, POLLIN, 0}, {connection, POLLIN, 0}};
  poll(descriptors, connection < 0 ? 1 : 2, static_cast<int>(at_most.count()));
  std::uint64_t woken = 0;
  (void)!read(wake_, &woken, sizeof woken);
}

void PostgresDoorbell::Work() {
  while (!stopping_) {
    try {
      Serve();
    } catch (const std::exception&) {
      Log::Debug("doorbell.disconnected");
      if (!stopping_) SleepUntilWoken(-1, kBeforeReconnect);
    }
  }
}

void PostgresDoorbell::Serve() {
  Connection connection(settings_);
  Ear ear(connection.raw());
  auto next_ring = clock_.SinceBoot();
  while (!stopping_) {
    connection.raw().get_notifs();
    if (std::exchange(ear.heard, false)) rung_();
    const auto now = clock_.SinceBoot();
    if (ring_ && now >= next_ring) {
      ring_ = false;
      next_ring = now + kBetweenRings;
      pqxx::nontransaction(connection.raw()).exec(std::string("notify ") + kChannel);
      continue;
    }
    const auto until_ring = std::chrono::ceil<std::chrono::milliseconds>(next_ring - now);
    SleepUntilWoken(connection.raw().sock(), ring_ ? until_ring : kLongestSleep);
  }
}

}  // namespace sb::adapters::postgres
