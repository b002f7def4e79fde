#pragma once

#include "engine/base/json.h"
#include "engine/connector/connector.h"
#include "engine/core/sync/streams.h"
#include "engine/ports/inbox_store.h"

namespace sb::connector {

/// The stream whose objects are the connector's events themselves, with a view for each type of
/// event that the provider sends. Its table is called kEventsStream.
core::sync::Stream EventsStream(const Connector& connector);

inline constexpr const char* kEventsStream = "events";

/// An event as an object of that stream. `data` is what it carries; what the connector's streams
/// leave out is left out of it, too.
Json EventRowObject(const Connector& connector, const ports::InboxItem& item, Json data);

}  // namespace sb::connector
