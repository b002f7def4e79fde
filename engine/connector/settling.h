#pragma once

#include <optional>
#include <string>

#include "engine/connector/connector.h"

namespace sb::connector {

/// A rule of the connector, and what the event says by it.
struct SettlingFound {
  const SettlingRule* rule = nullptr;
  const SettlingEvent* event = nullptr;
};

/// The rule that an event of this type ("io.aircall.call.ended") is about; nulls where there is
/// none.
SettlingFound FindSettling(const Connector& connector, const std::string& type);
/// By the entity that it is about; null where the connector has none.
const SettlingRule* FindSettlingOf(const Connector& connector, const std::string& entity);

/// The input of the action that reads a record again. Fails as Expressions do.
Result<Json> SettlingInput(const SettlingRule& rule, const std::string& id,
                           const core::workflow::Expressions& expressions);

/// The output of that action, as a webhook carries the record. Fails as Expressions do, and with
/// kUnavailable SETTLING_UNREADABLE when that is no object.
Result<Json> SettlingData(const SettlingRule& rule, const Json& output,
                          const core::workflow::Expressions& expressions);

/// What the rule knows of a record.
struct RecordFacts {
  std::optional<WallTime> ended_at;
  core::settling::Seen seen;
};

/// `data` is a record as webhooks carry it, as it was at `at`. Fails as Expressions do.
Result<RecordFacts> ReadRecordFacts(const SettlingRule& rule, const Json& data, WallTime at,
                                    const core::workflow::Expressions& expressions);

}  // namespace sb::connector
