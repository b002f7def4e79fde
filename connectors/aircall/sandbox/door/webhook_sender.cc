#include "connectors/aircall/sandbox/door/webhook_sender.h"

#include <functional>
#include <httplib.h>

#include "connectors/aircall/sandbox/door/emulator.h"
#include "connectors/aircall/sandbox/world/text.h"
#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

constexpr int kThreads = 4;

// The headers of a delivery seen in September 2026 (live). There is no signature.
httplib::Headers HeadersOf(const Outgoing& message) {
  const std::string trace = std::to_string(std::hash<std::string>{}(message.body));
  return {{"User-Agent", "axios/1.7.9"},
          {"aircall-origin", "webhooks"},
          {"x-datadog-trace-id", trace},
          {"x-datadog-parent-id", std::to_string(message.delivery_id)},
          {"tracestate", "dd=s:1"}};
}

}  // namespace

WebhookSender::~WebhookSender() {
  Stop();
}

void WebhookSender::Start() {
  for (int i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { Work(stop); });
  }
}

void WebhookSender::Stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

void WebhookSender::Work(const std::stop_token& stop) {
  while (auto message = emulator_.AwaitDelivery(stop)) {
    const Millis timeout = emulator_.WebhookTimeout(*message);
    emulator_.FinishDelivery(*message, PostWebhook(*message, timeout, emulator_.clock()));
  }
}

Attempt PostWebhook(const Outgoing& message, Millis timeout, const Clock& clock) {
  Attempt attempt{.at = clock.Now()};
  const auto url = ParseHookUrl(message.url);
  if (!url) {
    attempt.problem = "the address is not usable";
    return attempt;
  }
  httplib::Client client(url->origin);
  client.set_connection_timeout(timeout);
  client.set_read_timeout(timeout);
  client.set_write_timeout(timeout);
  client.set_url_encode(false);  // It is encoded already.
  const auto answer =
      client.Post(url->target, HeadersOf(message), message.body, "application/json");
  attempt.took = std::chrono::duration_cast<Millis>(clock.Now() - attempt.at);
  if (answer) attempt.status = answer->status;
  if (!answer) attempt.problem = httplib::to_string(answer.error());
  return attempt;
}

}  // namespace sb::aircall::sandbox
