#include "connectors/aircall/sandbox/stage.h"

#include <utility>

#include "connectors/aircall/sandbox/render.h"

namespace sb::aircall::sandbox {

Stage::Stage(StageSettings settings, const Clock& clock)
    : rate(settings.rate_limit),
      deliveries(settings.retries),
      settings_(std::move(settings)),
      clock_(clock) {
  Reset();
}

void Stage::Reset() {
  rate.Clear();
  faults.Clear();
  requests.Clear();
  deliveries.Clear();
  world_ = std::make_unique<World>(settings_.world, clock_,
                                   [this](const Event& event) { Address(event); });
}

void Stage::SetBaseUrl(std::string base_url) {
  settings_.world.base_url = std::move(base_url);
  Reset();
}

void Stage::Address(const Event& event) {
  for (const Webhook& webhook : world_->SubscribersOf(event)) {
    deliveries.Add({.webhook_id = webhook.uuid,
                    .url = webhook.url,
                    .event = event.name,
                    .body = EnvelopeText(event, webhook.token)},
                   Now());
  }
}

}  // namespace sb::aircall::sandbox
