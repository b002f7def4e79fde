#pragma once

#include <variant>

#include "engine/api/dependencies.h"
#include "engine/api/error_mapping.h"
#include "engine/ports/account_store.h"
#include "engine/ports/inbox_store.h"
#include "switchboard/v1/event.pb.h"

namespace sb::api {

/// The inbox item that a published event becomes. FIELD_INVALID, EVENT_TOO_LARGE.
std::variant<ports::InboxItem, Failure> ToInboxItem(const Dependencies& deps,
                                                    const ports::Account& account,
                                                    const switchboard::v1::CloudEvent& event);

}  // namespace sb::api
