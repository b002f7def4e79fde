#pragma once

#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/core/event/event.h"
#include "engine/ports/inbox_store.h"

namespace sb::runtime {

/// What an event says: the provider's object, or the data of a published event. `connector` is that
/// of its account; null: not known any more. kInvalid WEBHOOK_UNREADABLE, EVENT_INVALID,
/// JSON_MALFORMED; kInternal CONNECTOR_UNKNOWN.
Result<Json> DataOf(const ports::InboxItem& item, const connector::Connector* connector);

/// An event as workflows see it, with the data that was read of it.
core::event::CloudEvent ToCloudEvent(const ports::InboxItem& item, Json data);

/// Likewise, read from its body. Fails as DataOf.
Result<core::event::CloudEvent> ToCloudEvent(const ports::InboxItem& item,
                                             const connector::Connector* connector);

}  // namespace sb::runtime
