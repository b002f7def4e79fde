#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/sync/analytics.h"
#include "engine/core/sync/streams.h"
#include "engine/ports/account_store.h"
#include "engine/ports/row_sink.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

/// A report that was asked for.
struct ReportAnswer {
  ports::SyncId sync;
  core::sync::Report report;
  std::string by;          ///< The dimension that was taken.
  ports::SinkTable table;  ///< The dimension, then the measures. The first row has no dimension and
                           ///< stands for all.
};

/// Reads the views that replications of accounts have. Thread-safe; blocks.
class Reports {
 public:
  struct Dependencies {
    const core::sync::AnalyticsCatalog& connectors;
    ports::SyncStore& syncs;
    /// As that of Replications.
    std::function<ports::RowSink*(const std::string& connection)> sink_of;
  };

  explicit Reports(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// Those of the account's connector, by name. Empty: it has none.
  std::vector<core::sync::Report> List(const ports::Account& account) const;

  /// What is asked for.
  struct Request {
    std::string name;
    std::string sync;  ///< The name of the sync; empty: the first that has the views.
    core::sync::ReportChoice choice;
    int most_rows = 1000;
  };

  /// kNotFound REPORT_NOT_FOUND, REPORT_SYNC_NOT_FOUND (the account has no such sync, or none with
  /// views), REPORT_VIEWS_MISSING, SYNC_CONNECTION_NOT_FOUND; kInvalid REPORT_ZONE_UNKNOWN; besides
  /// as QueryOf and RowSink::Ask.
  Result<ReportAnswer> Run(const ports::Account& account, const Request& request);

 private:
  Result<ports::Sync> FindSync(const ports::Account& account, const std::string& name);

  Dependencies deps_;
};

}  // namespace sb::accounts
