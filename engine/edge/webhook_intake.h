#pragma once

#include <memory>
#include <string>

#include "engine/base/ids.h"
#include "engine/connector/connector.h"
#include "engine/edge/hook_directory.h"
#include "engine/edge/http.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/login_guard.h"

namespace sb::edge {

/// Takes deliveries in: finds the account, proves the sender, hands the event to the engine, and
/// answers 200 once it is durable. What cannot be read is stored too: a provider that is answered
/// with errors stops sending to everybody.
class WebhookIntake {
 public:
  struct Dependencies {
    HookDirectory& hooks;
    runtime::Engine& engine;
    const connector::Library& connectors;
    ports::Executor& workers;
    const ports::Clock& clock;
    IdGenerator& ids;
    runtime::LoginGuard& guard;
    /// Aircall gives up after 5 s (doc): the sender must hear "try again" before that.
    Millis patience{4'000};
  };

  explicit WebhookIntake(Dependencies dependencies) : deps_(dependencies) {}

  /// On the listener's thread; does not block.
  void Take(const std::shared_ptr<Exchange>& exchange, const std::string& connector,
            const std::string& hook_id);

 private:
  void OnHook(const std::shared_ptr<Exchange>& exchange, const connector::Connector& connector,
              const std::string& hook_id, const Result<Hook>& hook, bool afresh);
  void Judge(const std::shared_ptr<Exchange>& exchange, const connector::Connector& connector,
             const std::string& hook_id, const Hook& hook, bool afresh);
  /// An answer to a delivery that proves nothing; slower to whoever sends one after the other.
  void Refuse(const std::shared_ptr<Exchange>& exchange, Reply reply);
  void Store(const std::shared_ptr<Exchange>& exchange, ports::InboxItem item,
             std::optional<Json> data);

  Dependencies deps_;
};

}  // namespace sb::edge
