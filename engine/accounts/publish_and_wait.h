#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/ports/inbox_store.h"

namespace sb::accounts {

/// Stores an event and answers, on any thread, once it is durable: true when it was new.
using PublishEvent = std::function<void(ports::InboxItem, std::optional<Json> data,
                                        std::function<void(Result<bool>)> stored)>;

/// Stores all of them and waits until each is answered; one of their errors where there are some.
/// Not for a thread that `publish` needs.
Status PublishAndWait(const PublishEvent& publish,
                      std::vector<std::pair<ports::InboxItem, std::optional<Json>>> items);

}  // namespace sb::accounts
