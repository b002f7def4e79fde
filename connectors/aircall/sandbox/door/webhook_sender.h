#pragma once

#include <thread>
#include <vector>

#include "connectors/aircall/sandbox/stage/delivery_book.h"
#include "connectors/aircall/sandbox/world/clock.h"

namespace sb::aircall::sandbox {

class Emulator;

/// Sends the emulator's deliveries over HTTP, from a few threads of its own.
class WebhookSender {
 public:
  explicit WebhookSender(Emulator& emulator) : emulator_(emulator) {}

  ~WebhookSender();  ///< Stops.

  void Start();
  /// Waits for attempts under way, at most for their timeout. Safe twice, and unstarted.
  void Stop();

 private:
  void Work(const std::stop_token& stop);

  Emulator& emulator_;
  std::vector<std::jthread> threads_;
};

/// One attempt, as Aircall makes it: a POST that counts as received when a 2xx comes in time (doc).
Attempt PostWebhook(const Outgoing& message, Millis timeout, const Clock& clock);

}  // namespace sb::aircall::sandbox
