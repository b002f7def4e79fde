#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/sync/scan.h"
#include "engine/core/sync/streams.h"
#include "engine/core/workflow/expressions.h"

namespace sb::connector {

/// The input of a list's action. Fails as Expressions do.
Result<Json> StreamInput(const core::sync::Reading& reading, const core::sync::Window& window,
                         int page, const core::workflow::Expressions& expressions);

/// One page of a list, understood.
struct StreamPage {
  std::vector<Json> objects;
  std::optional<std::int64_t> total;  ///< Objects of the window, where the provider counts them.
  bool more = false;
};

/// Understands the output of the list's action. Fails as Expressions do, and with kUnavailable
/// STREAM_UNREADABLE when it is not what the connector describes.
Result<StreamPage> ReadStreamPage(const core::sync::Reading& reading, Json output, int page,
                                  const core::workflow::Expressions& expressions);

/// The input of the action that reads one object by itself. Fails as Expressions do.
Result<Json> StreamGetInput(const core::sync::Reading& get, const std::string& id,
                            const core::workflow::Expressions& expressions);
/// The object in the output of reading `id`. Fails as ReadStreamPage.
Result<Json> ReadStreamObject(const core::sync::Reading& get, const std::string& id, Json output,
                              const core::workflow::Expressions& expressions);

/// The rule by which events of this type ("io.aircall.call.ended") tell of the stream; null: they
/// do not.
const core::sync::LiveEvent* FindLive(const core::sync::Stream& stream, const std::string& type);
/// What an event's data tells, as lists have it. Fails as Expressions do.
Result<Json> EventObject(const core::sync::Stream& stream, const Json& data,
                         const core::workflow::Expressions& expressions);

/// The instant at which a list's window or order looks; nothing where the object has none. Fails as
/// Expressions do.
Result<std::optional<WallTime>> InstantIn(const core::sync::Source& source, const Json& object,
                                          const core::workflow::Expressions& expressions);

}  // namespace sb::connector
