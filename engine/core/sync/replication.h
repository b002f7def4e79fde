#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/base/yaml.h"
#include "engine/core/sync/absence.h"
#include "engine/core/sync/import_rules.h"
#include "engine/core/sync/streams.h"

namespace sb::core::sync {

/// What a definition is, and which version of it. A deployed version never changes.
struct SyncHead {
  std::string workspace;  ///< `namespace` in the file.
  std::string name;
  std::string version;
  std::string title;
  std::string summary;

  bool operator==(const SyncHead&) const = default;
};

struct StreamChoice {
  std::string stream;
  std::optional<WallTime> start;  ///< Its own; nothing: that of the definition.
  ImportFilter only = {};         ///< What of it is imported; empty: everything.

  bool operator==(const StreamChoice&) const = default;
};

/// Where tables are kept.
struct Destination {
  std::string connector;   ///< "postgres"
  std::string connection;  ///< Its name; empty: the database of the engine.
  std::string schema;      ///< "{account}" in it stands for the account's id.

  bool operator==(const Destination&) const = default;
};

/// Collections of a provider, kept as tables.
struct Replication {
  SyncHead head;
  std::string from;  ///< The connector.
  std::vector<StreamChoice> streams;
  Destination into;
  std::optional<WallTime> start;            ///< Nothing: as far back as the provider tells.
  Millis every = std::chrono::minutes(15);  ///< How often it is asked what events have not told.
  Millis rescan = std::chrono::hours(24);   ///< How often everything is read again.
  DeletePolicy deletes = DeletePolicy::kMark;
  DeleteBrake brake;
  /// Whether the connector's views stand beside the tables, as far as what they read is replicated.
  bool analytics = true;
  Json definition;  ///< As it was written.
};

struct ReplicationOutcome {
  std::optional<Replication> replication;  ///< Absent when there are errors.
  std::vector<Diagnostic> errors;          ///< By place in the file; at most 50.
};

/// Reads and checks a definition whole: YAML, shape, connector, streams, rules, destination, times.
/// `now`: a start that lies after it is refused. `expressions`: with them the jq of `when` is
/// compiled, too; without them that is left to CheckWhen.
///
/// Codes: YAML_*; SYNC_FIELD_MISSING, SYNC_FIELD_UNKNOWN, SYNC_FIELD_INVALID, SYNC_SOURCE_UNKNOWN,
/// SYNC_STREAM_UNKNOWN, SYNC_STREAM_DUPLICATE, SYNC_RULE_UNKNOWN, SYNC_RULE_DUPLICATE,
/// SYNC_WHEN_INVALID, SYNC_DESTINATION_UNKNOWN, SYNC_SCHEMA_RESERVED, SYNC_START_IN_FUTURE.
ReplicationOutcome ParseReplication(std::string_view yaml, const StreamCatalog& catalog,
                                    WallTime now,
                                    const workflow::Expressions* expressions = nullptr);

/// The form as one JSON Schema (2020-12) with the connectors and streams that exist, for editors.
/// Every definition that ParseReplication accepts fits it.
Json ReplicationSchema(const StreamCatalog& catalog);

/// The schema of an account: "{account}" put in. Lower case and underscores for whatever a name of
/// a schema cannot have.
std::string SchemaFor(const Destination& into, const std::string& account);

}  // namespace sb::core::sync
