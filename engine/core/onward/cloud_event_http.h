#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/base/json.h"

namespace sb::core::onward {

/// How a CloudEvent travels in an HTTP request (CloudEvents 1.0, HTTP protocol binding).
enum class CloudEventMode {
  kStructured,  ///< The body is the whole event: application/cloudevents+json.
  kBinary       ///< The body is its data; attributes are headers: "ce-type".
};

/// Headers and body of a request.
struct EncodedEvent {
  std::vector<std::pair<std::string, std::string>> headers;  ///< Names in lower case.
  std::string body;
};

/// `event`: in its JSON form (core/event/event.h ToJson).
EncodedEvent EncodeCloudEvent(const Json& event, CloudEventMode mode);

}  // namespace sb::core::onward
