#include "connectors/aircall/sandbox/stage/stage.h"

#include <algorithm>
#include <utility>

#include "connectors/aircall/sandbox/render/render.h"

namespace sb::aircall::sandbox {

Stage::Stage(WorldSettings settings, const Clock& clock)
    : traffic(settings.seed),
      settings_(std::move(settings)),
      clock_(clock),
      weather_(settings_.seed) {
  // A reset brings back the company of the start, however late it is.
  if (!settings_.history_end) settings_.history_end = clock_.Now();
  Reset();
}

void Stage::Reset() {
  rate.Clear();
  faults.Clear();
  requests.Clear();
  effects.Clear();
  deliveries.Clear();
  weather_.seed(settings_.seed);
  world_ = std::make_unique<World>(
      settings_, clock_, [this](const Event& event) { Address(event); },
      [this](const Effect& effect) { effects.Add(effect); });
  traffic = Traffic(settings_.seed);
  const std::int64_t calls = settings_.calls_per_hour;
  traffic.SetRules({.calls_per_hour = calls,
                    .contact_edits_per_hour = calls / 4,
                    .user_changes_per_hour = calls / 10},
                   clock_.Now());
}

void Stage::SetBaseUrl(std::string base_url) {
  settings_.base_url = std::move(base_url);
  world_->SetBaseUrl(settings_.base_url);
}

bool Stage::RunDue(int most) {
  for (int i = 0; i < most; ++i) {
    const auto next = NextDue();
    if (!next || *next > Now()) return false;
    world_->SetMoment(next);
    if (traffic.NextDue() == next) {
      traffic.RunNext(*world_);
    } else {
      world_->RunDueSteps();
    }
    world_->SetMoment({});
  }
  return true;
}

std::optional<WallTime> Stage::NextDue() const {
  const auto step = world_->NextStepDue();
  const auto happening = traffic.NextDue();
  if (!step || !happening) return step ? step : happening;
  return std::min(*step, *happening);
}

void Stage::TakeSnapshot(const std::string& name) {
  snapshots_.insert_or_assign(name, *world_);
}

Status Stage::RestoreSnapshot(const std::string& name) {
  const auto found = snapshots_.find(name);
  if (found == snapshots_.end()) {
    return NotFound("SANDBOX_NOT_FOUND",
                    "There is no snapshot '" + name + "': see GET /_sandbox/snapshots.");
  }
  *world_ = found->second;
  return {};
}

std::vector<std::string> Stage::SnapshotNames() const {
  std::vector<std::string> names;
  for (const auto& [name, world] : snapshots_) names.push_back(name);
  return names;
}

void Stage::Address(const Event& event) {
  if (!event.callback_url.empty()) {
    Send({.company_id = company_id(),
          .webhook_id = "number-callback",
          .url = event.callback_url,
          .event = event.name,
          .body = event.data,
          .once = true});
    return;
  }
  for (const Webhook& webhook : world_->SubscribersOf(event)) {
    const Outgoing message{.company_id = company_id(),
                           .webhook_id = webhook.uuid,
                           .url = webhook.url,
                           .event = event.name,
                           .body = EnvelopeText(event, webhook.token)};
    Send(message);
    if (Happens(Switch::kWebhookDuplicates)) Send(message);
  }
}

void Stage::Send(const Outgoing& message) {
  if (Happens(Switch::kWebhookLoss)) {
    deliveries.AddLost(message, Now());
    return;
  }
  WallTime due = Now() + Millis(switches().GetNumber(Switch::kWebhookDelay));
  if (Happens(Switch::kWebhookReorder)) due += Millis(1000 + weather_() % 4000);
  deliveries.Add(message, Now(), due);
}

bool Stage::Happens(Switch percent) {
  const int chance = switches().GetNumber(percent);
  return chance > 0 && static_cast<int>(weather_() % 100) < chance;
}

}  // namespace sb::aircall::sandbox
