#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/time.h"

namespace sb::core::event {

/// Something that happened at an account, as a CloudEvent 1.0.
struct CloudEvent {
  EventId id;
  AccountId account;
  std::string type;     ///< "io.aircall.call.ended"
  std::string subject;  ///< "calls/4190000017"; empty when the event is about nothing single
  WallTime time;        ///< When it happened at the provider.
  Json data;            ///< The provider's object.
};

/// The event as expressions see it: id, source "/accounts/<id>", type, subject, time, data,
/// specversion, datacontenttype.
Json ToJson(const CloudEvent& event);

}  // namespace sb::core::event
