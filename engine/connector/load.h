#pragma once

#include "engine/base/json_schema.h"
#include "engine/base/result.h"
#include "engine/connector/check_use.h"
#include "engine/connector/connector.h"
#include "engine/connector/folder.h"

namespace sb::connector {

/// The formats that connector files must have.
struct Formats {
  JsonSchema connector;
  JsonSchema action;
  JsonSchema events;
  JsonSchema object;
  JsonSchema stream;
  JsonSchema tables;   ///< analytics/tables.yaml
  JsonSchema reports;  ///< analytics/reports.yaml
  JsonSchema sink;
  JsonSchema record;

  static Result<Formats> Load();
};

/// A connector from its folder, checked whole. Fails with kInvalid CONNECTOR_INVALID at file and
/// line.
Result<Connector> LoadConnector(const Folder& folder, const Formats& formats,
                                const core::workflow::Expressions& expressions);

/// A sink from its folder. Likewise.
Result<Sink> LoadSink(const Folder& folder, const Formats& formats,
                      const core::workflow::Expressions& expressions);

// The parts of a connector. Expressions are added to `list`, to be compiled at the end.
Status LoadManifest(const Folder& folder, const Formats& formats, Connector& connector);
Status LoadEvents(const Folder& folder, const Formats& formats, Connector& connector);
/// Of a connector whose events are loaded.
Status LoadRecovery(const Folder& folder, Connector& connector);
/// Of a connector whose events are loaded, to which it adds those that we tell ourselves.
Status LoadSettling(const Folder& folder, Connector& connector);
/// Likewise.
Status LoadRecordings(const Folder& folder, Connector& connector);
Status LoadObjects(const Folder& folder, const Formats& formats, Connector& connector);
/// Of a connector whose events and objects are loaded.
Status LoadStreams(const Folder& folder, const Formats& formats, Connector& connector);
/// Of a connector whose streams are loaded.
Status LoadRecords(const Folder& folder, const Formats& formats, Connector& connector);
/// Likewise.
Status LoadAnalytics(const Folder& folder, const Formats& formats, Connector& connector);
Status LoadActions(const Folder& folder, const Formats& formats, Connector& connector,
                   ExpressionList& list);

// What only the whole can tell: that the actions which other parts name are there, and accept what
// they are given.
Status CheckCredentialProbe(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckReadBacks(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckLookups(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckUpserts(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckObjects(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckAccounts(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckRecovery(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckSettling(const Folder& folder, const Connector& connector, ExpressionList& list);
/// That what its `onward` says of events compiles.
Status CheckOnward(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckStreams(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckRecords(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckAnalytics(const Folder& folder, const Connector& connector, ExpressionList& list);
Status CheckRecordings(const Folder& folder, const Connector& connector, ExpressionList& list);

/// The rules of an `errors` list that fits its format.
std::vector<ErrorRule> ReadErrorRules(const Json& rules);

}  // namespace sb::connector
