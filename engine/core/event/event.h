#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
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
  /// What whoever made the event said besides, or instead: its own `source` and `id`, extension
  /// attributes.
  Json attributes = Json::object();
};

/// The event as expressions see it: id, source "/accounts/<id>", type, subject, time, data,
/// specversion, datacontenttype, and its own attributes.
Json ToJson(const CloudEvent& event);

/// Reads a CloudEvent in its JSON form that a client or a workflow made. `id` is ours; `now` stands
/// in for a missing time. Fails with kInvalid EVENT_INVALID, which names the attribute.
Result<CloudEvent> ReadCloudEvent(const Json& json, EventId id, AccountId account, WallTime now);

}  // namespace sb::core::event
