#pragma once

#include <functional>
#include <utility>

#include "engine/accounts/webhook_witness.h"
#include "engine/base/ids.h"
#include "engine/base/metrics.h"
#include "engine/ports/clock.h"
#include "engine/ports/delivery_history.h"

namespace sb::accounts {

/// Writes down gaps when webhooks are found wrong, and since when which events are asked for.
/// Thread-safe; blocks.
class GapBook : public WebhookWitness {
 public:
  struct Dependencies {
    ports::GapStore& gaps;
    ports::DeliveryHistory& deliveries;
    const ports::Clock& clock;
    IdGenerator& ids;
    Metrics& metrics;
    Millis memory;                ///< So long the inbox knows what it had.
    std::function<void()> begun;  ///< Told when there is a gap to see to.
  };

  explicit GapBook(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  Status FoundWrong(const ports::Account& account, ports::GapReason reason) override;
  void Subscribed(const ports::Account& account, const std::vector<std::string>& events,
                  WallTime asked_at) override;

 private:
  Result<WallTime> BlindSince(const ports::Account& account, ports::GapReason reason) const;

  Dependencies deps_;
};

}  // namespace sb::accounts
