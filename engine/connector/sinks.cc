#include "engine/connector/sinks.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/connector/connector.h"
#include "engine/connector/instant.h"
#include "engine/core/onward/cloud_event_http.h"
#include "engine/core/onward/standard_webhooks.h"

namespace sb::connector {
namespace {

using core::onward::CloudEventMode;
using core::workflow::EvaluateTemplate;

constexpr std::size_t kLongestAbout = 128;
constexpr std::size_t kMostAnswer =
    64UL * 1024;  ///< Of what a receiver says only the status counts.

/// A text or a number as text; nothing for anything else, or for what no id looks like.
std::optional<std::string> IdMember(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  if (!value.is_string() && !value.is_number_integer()) return {};
  std::string text = PlainText(value);
  if (text.empty() || text.size() > kLongestAbout) return {};
  return text;
}

Error NoRequest(const Sink& sink, const std::string& what) {
  return Invalid("ONWARD_REQUEST_INVALID", "the sink " + sink.name + " gave no request: " + what);
}

Result<std::string> TextOf(const Sink& sink, const char* what, const Json& value,
                           const Json& settings, const core::workflow::Expressions& expressions) {
  const auto made = EvaluateTemplate(expressions, value, Json::object(), {{"settings", settings}});
  if (!made.ok()) return made.error();
  if (!made->is_string()) return NoRequest(sink, std::string("its ") + what + " is no text");
  std::string text = made->get<std::string>();
  const bool plain = std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (!plain) return NoRequest(sink, std::string("its ") + what + " has control characters");
  return text;
}

Status AddCloudEvent(const Sink& sink, const std::vector<Json>& messages, const Json& settings,
                     const core::workflow::Expressions& expressions, ports::HttpRequest& request) {
  const auto mode = expressions.Evaluate(TextMember(sink.request, "cloudevents"), Json::object(),
                                         {{"settings", settings}});
  if (!mode.ok()) return mode.error();
  const bool known = *mode == Json("structured") || *mode == Json("binary");
  if (!known) return NoRequest(sink, "CloudEvents go structured or binary");
  if (messages.size() != 1) return NoRequest(sink, "CloudEvents go one by one");
  auto encoded = core::onward::EncodeCloudEvent(
      messages.front(),
      *mode == Json("binary") ? CloudEventMode::kBinary : CloudEventMode::kStructured);
  for (auto& header : encoded.headers) request.headers.push_back(std::move(header));
  request.body = std::move(encoded.body);
  return {};
}

Status AddBody(const Sink& sink, const std::vector<Json>& messages, const Json& settings,
               WallTime now, const core::workflow::Expressions& expressions,
               ports::HttpRequest& request) {
  if (sink.request.contains("cloudevents"))
    return AddCloudEvent(sink, messages, settings, expressions, request);
  const auto body = EvaluateTemplate(
      expressions, Member(sink.request, "body"), Json::object(),
      {{"messages", Json(messages)}, {"settings", settings}, {"now", ToRfc3339(now)}});
  if (!body.ok()) return body.error();
  request.body = DumpJson(*body);
  return {};
}

/// After the body, which the signature is of.
Status AddProof(const Sink& sink, const std::string& id,
                const std::map<std::string, Secret>& secrets, WallTime now,
                ports::HttpRequest& request) {
  if (const auto key = secrets.find(sink.basic); key != secrets.end())
    request.headers.emplace_back("authorization", "Basic " + ToBase64(key->second.Reveal() + ":"));
  if (const auto token = secrets.find(sink.bearer); token != secrets.end())
    request.headers.emplace_back("authorization", "Bearer " + token->second.Reveal());
  const auto secret = secrets.find(sink.signature);
  if (secret == secrets.end()) {
    request.headers.emplace_back("webhook-id", id);
    return {};
  }
  auto headers = core::onward::SignWebhook(secret->second, id, now, request.body);
  if (!headers.ok()) return headers.error();
  for (auto& header : *headers) request.headers.push_back(std::move(header));
  return {};
}

}  // namespace

Result<AboutEvent> ReadAbout(const Connector* connector, const core::event::CloudEvent& event,
                             const core::workflow::Expressions& expressions) {
  AboutEvent about;
  if (connector == nullptr) return about;
  const std::string& prefix = connector->envelope.type_prefix;
  const bool of_provider = !prefix.empty() && event.type.starts_with(prefix);
  if (!of_provider) return about;
  about.name = event.type.substr(prefix.size());
  if (connector->about_program.empty()) return about;
  const auto read =
      expressions.Evaluate(connector->about_program, event.data, {{"name", about.name}});
  if (!read.ok()) return read.error();
  about.number = IdMember(*read, "number");
  about.user = IdMember(*read, "user");
  return about;
}

Result<Json> FillInSettings(const Sink& sink, const Json& settings) {
  Json filled = settings.is_null() ? Json::object() : settings;
  if (filled.is_object()) {
    for (const auto& [name, property] : Member(sink.settings, "properties").items()) {
      if (property.contains("default") && !filled.contains(name))
        filled[name] = property["default"];
    }
  }
  const auto schema = JsonSchema::Compile(sink.settings);
  if (!schema.ok()) return schema.error();
  const auto faults = schema->Check(filled);
  if (faults.empty()) return filled;
  const std::string where = faults.front().pointer.empty() ? "they" : faults.front().pointer;
  return Invalid("ONWARD_SETTINGS_INVALID", "the settings do not fit the sink " + sink.name + ": " +
                                                where + " " + faults.front().message);
}

Result<Json> SinkMessage(const Sink& sink, const core::event::CloudEvent& event,
                         const AboutEvent& about, const Json& settings,
                         const core::workflow::Expressions& expressions) {
  Json json = core::event::ToJson(event);
  if (sink.message_program.empty()) return json;
  const Json known = {{"account", ToText(event.account)},
                      {"number", about.number ? Json(*about.number) : Json()},
                      {"user", about.user ? Json(*about.user) : Json()},
                      {"name", about.name.empty() ? Json() : Json(about.name)},
                      {"version", SB_VERSION}};
  return expressions.Evaluate(
      sink.message_program, json,
      {{"about", known}, {"settings", settings}, {"id", Json(ToText(event.id))}});
}

Result<ports::HttpRequest> SinkRequest(const Sink& sink, const std::vector<Json>& messages,
                                       const std::string& id, const Json& settings,
                                       const std::map<std::string, Secret>& secrets, WallTime now,
                                       const core::workflow::Expressions& expressions) {
  ports::HttpRequest request;
  request.method = sink.request.value("method", "POST");
  request.most_body = kMostAnswer;
  auto url = TextOf(sink, "address", Member(sink.request, "url"), settings, expressions);
  if (!url.ok()) return url.error();
  request.url = *std::move(url);
  request.headers.emplace_back("user-agent", std::string("switchboard/") + SB_VERSION);
  for (const auto& [name, value] : Member(sink.request, "headers").items()) {
    auto text = TextOf(sink, "header", value, settings, expressions);
    if (!text.ok()) return text.error();
    request.headers.emplace_back(name, *std::move(text));
  }
  Status added = AddBody(sink, messages, settings, now, expressions, request);
  if (added.ok()) added = AddProof(sink, id, secrets, now, request);
  if (!added.ok()) return added.error();
  return request;
}

std::optional<Millis> AskedToWait(const ports::HttpResponse& response, WallTime now) {
  constexpr std::int64_t kMostSeconds = 7L * 24 * 3600;
  const std::string told = HeaderOf(response, "retry-after");
  if (told.empty()) return {};
  if (const auto seconds = WholeNumberOf(told))
    return std::chrono::seconds(std::min(*seconds, kMostSeconds));
  const auto when = HttpDateOf(told);
  if (!when || *when <= now) return {};
  return std::chrono::ceil<Millis>(*when - now);
}

}  // namespace sb::connector
