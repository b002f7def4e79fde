#include "engine/core/onward/cloud_event_http.h"

#include <nlohmann/json.hpp>

namespace sb::core::onward {
namespace {

/// What a header may not hold as it is, in percent-encoded UTF-8: all but visible ASCII, and the
/// quote and the percent sign.
std::string HeaderText(const std::string& text) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '"' && c != '%') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4U];
      encoded += kDigits[byte & 0xFU];
    }
  }
  return encoded;
}

}  // namespace

EncodedEvent EncodeCloudEvent(const Json& event, CloudEventMode mode) {
  if (mode == CloudEventMode::kStructured)
    return {{{"content-type", "application/cloudevents+json; charset=utf-8"}}, DumpJson(event)};
  EncodedEvent encoded;
  std::string type = "application/json";
  for (const auto& [name, value] : event.items()) {
    if (name == "data" || value.is_null()) continue;
    if (name == "datacontenttype") {
      type = HeaderText(PlainText(value));
    } else {
      encoded.headers.emplace_back("ce-" + name, HeaderText(PlainText(value)));
    }
  }
  encoded.headers.emplace_back("content-type", type);
  encoded.body = DumpJson(Member(event, "data"));
  return encoded;
}

}  // namespace sb::core::onward
