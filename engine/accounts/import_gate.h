#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/sync/import_rules.h"
#include "engine/core/sync/streams.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/clock.h"
#include "engine/ports/row_sink.h"
#include "engine/ports/skip_ledger.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

/// The table that a gate stands before, and its rules.
struct ImportScene {
  const core::sync::Stream& stream;
  const core::sync::ImportFilter& filter;
  const std::string& schema;
  ports::RowSink& sink;
  ports::SyncPlace place;
  /// The first reading of a stream with a cap is under way: what is older than this waits until it
  /// has come to its end. Nothing: it has.
  std::optional<WallTime> survey_until;
};

/// Lets objects into a table, or writes down why not. Thread-safe; blocks.
class ImportGate {
 public:
  ImportGate(ports::SkipLedger& skips, const core::workflow::Expressions& expressions,
             const ports::Clock& clock)
      : skips_(skips), expressions_(expressions), clock_(clock) {}

  /// Takes out of `rows` what is to stay outside, and gives the entries for the ledger. What the
  /// table has is let in whatever the rules say. `object_of`: for each row, its place in `objects`.
  /// Fails as Expressions, SkipLedger and RowSink do.
  Result<std::vector<ports::Skip>> Sift(const ImportScene& scene, const std::vector<Json>& objects,
                                        const std::vector<std::size_t>& object_of,
                                        std::vector<ports::SinkRow>& rows);

  /// Leaves only the rows that the table has. Fails as RowSink.
  Status KeepKnown(const ImportScene& scene, std::vector<ports::SinkRow>& rows);

  /// Writes down what stays outside, and that `rows` are let in. To be done before they are
  /// written: where that fails, the objects are told again, and the ledger is put right. Fails as
  /// SkipLedger.
  Status Note(const ImportScene& scene, const std::vector<ports::Skip>& skips,
              const std::vector<ports::SinkRow>& rows);

 private:
  Result<std::optional<core::sync::ImportLine>> LineOf(const ImportScene& scene);

  ports::SkipLedger& skips_;
  const core::workflow::Expressions& expressions_;
  const ports::Clock& clock_;
};

}  // namespace sb::accounts
