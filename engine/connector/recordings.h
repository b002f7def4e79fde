#pragma once

#include <optional>
#include <string>

#include "engine/connector/connector.h"

namespace sb::connector {

/// What an event says of a recording.
struct RecordingNews {
  std::string link;     ///< http or https; empty: the event carries none.
  std::string party;    ///< The number of the other side; may be empty.
  bool erased = false;  ///< There was a link, which an erasure has taken out.
};

/// Reads what an event's data says by the rule. Fails as Expressions do.
Result<RecordingNews> ReadRecordingNews(const RecordingRule& rule, const Json& data,
                                        const core::workflow::Expressions& expressions);

/// The input of the action that gives another link. Fails as Expressions do.
Result<Json> FreshLinkInput(const RecordingRule& rule, const std::string& id,
                            const core::workflow::Expressions& expressions);

/// The link in that action's output; empty: there is none. Fails as Expressions do.
Result<std::string> FreshLinkIn(const RecordingRule& rule, const Json& output,
                                const core::workflow::Expressions& expressions);

/// The rule of that kind of file; null: the provider has none.
const RecordingRule* FindRecordingRule(const Connector& connector, core::recordings::Kind kind);

}  // namespace sb::connector
