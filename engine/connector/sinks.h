#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/json_schema.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/time.h"
#include "engine/core/event/event.h"
#include "engine/core/onward/batch.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/http_client.h"

namespace sb::connector {

struct Connector;

/// A secret that a sink needs, as a person is asked for it.
struct SinkSecret {
  std::string name;   ///< "write_key"
  std::string label;  ///< "Write key"
  std::string help;   ///< Where to find it.
  bool required = false;
};

/// Where events can go onward to, read from connectors/<name>/sink.yaml.
struct Sink {
  std::string name;  ///< "segment"
  std::string title;
  std::string docs;
  Json settings;  ///< The JSON Schema of a destination's settings.
  std::vector<SinkSecret> secrets;
  core::onward::BatchLimits limits;
  std::string message_program;  ///< jq over a CloudEvent; empty: the event as it is.
  Json request;                 ///< The request, as the file has it.
  std::string basic;            ///< The secret that is a user name; empty: none.
  std::string bearer;           ///< The secret that is a token; empty: none.
  std::string signature;        ///< The secret that signs; empty: none.
};

/// What the connector of an event's account knows of it.
struct AboutEvent {
  std::optional<std::string> number;  ///< The provider's id of the number that it is about.
  std::optional<std::string> user;    ///< ... of the user.
  std::string name;                   ///< The provider's name of the event; empty: it has none.
};

/// Of an event's data. `connector` may be null: nothing is known then. Fails as Expressions do.
Result<AboutEvent> ReadAbout(const Connector* connector, const core::event::CloudEvent& event,
                             const core::workflow::Expressions& expressions);

/// The settings with the defaults of the sink. kInvalid ONWARD_SETTINGS_INVALID says which is
/// wrong.
Result<Json> FillInSettings(const Sink& sink, const Json& settings);

/// What a request carries of the event. Fails as Expressions do.
Result<Json> SinkMessage(const Sink& sink, const core::event::CloudEvent& event,
                         const AboutEvent& about, const Json& settings,
                         const core::workflow::Expressions& expressions);

/// A request for these messages. `id` is the same for each try of them. `secrets` by the names of
/// the sink: for the moment of sending. Fails as Expressions do, and with kInvalid
/// ONWARD_SECRET_INVALID or ONWARD_REQUEST_INVALID.
Result<ports::HttpRequest> SinkRequest(const Sink& sink, const std::vector<Json>& messages,
                                       const std::string& id, const Json& settings,
                                       const std::map<std::string, Secret>& secrets, WallTime now,
                                       const core::workflow::Expressions& expressions);

/// Retry-After, in seconds or as a date; nothing where the answer has none.
std::optional<Millis> AskedToWait(const ports::HttpResponse& response, WallTime now);

}  // namespace sb::connector
