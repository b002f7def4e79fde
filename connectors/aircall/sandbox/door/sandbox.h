#pragma once

#include <memory>
#include <string>
#include <thread>

#include "connectors/aircall/sandbox/door/emulator.h"
#include "connectors/aircall/sandbox/door/http_server.h"
#include "connectors/aircall/sandbox/door/webhook_sender.h"
#include "connectors/aircall/sandbox/world/clock.h"

namespace sb::aircall::sandbox {

struct SandboxSettings {
  std::string host = "127.0.0.1";
  int port = 0;  ///< 0 picks a free one.
  int companies = 1;
  WorldSettings world{};
};

/// A running Aircall on this machine: the emulator with its HTTP door, its webhook sender and its
/// call player.
class Sandbox {
 public:
  Sandbox(SandboxSettings settings, const Clock& clock);
  ~Sandbox();  ///< Stops.

  /// Fails with kUnavailable SANDBOX_LISTEN_FAILED.
  Status Start();
  /// Safe twice, and unstarted.
  void Stop();

  const std::string& base_url() const { return base_url_; }

  Emulator& emulator() { return emulator_; }

  /// What a client needs to know, as JSON: addresses, seeded credentials, process id.
  std::string EndpointsText();

 private:
  SandboxSettings settings_;
  Emulator emulator_;
  HttpServer server_;
  WebhookSender sender_;
  std::jthread player_;
  std::string base_url_;
};

}  // namespace sb::aircall::sandbox
