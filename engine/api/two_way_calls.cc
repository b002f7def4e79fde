#include "engine/api/two_way_calls.h"

#include <string>
#include <utility>

#include "engine/api/link_mapping.h"
#include "engine/api/request_id.h"
#include "engine/api/sync_mapping.h"
#include "engine/api/workflow_mapping.h"
#include "engine/ports/clock.h"
#include "engine/syncs/two_way_syncs.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using core::twoway::Definition;
using core::twoway::DefinitionOutcome;
using core::twoway::SideSpec;

DefinitionOutcome ReadTwoWay(const Dependencies& deps, const std::string& source) {
  return core::twoway::ParseDefinition(source, deps.two_way.catalog(), &deps.expressions);
}

/// The sync as it would be stored.
v1::Sync TwoWaySyncToBe(const ports::Account& account, const Definition& definition) {
  v1::Sync proto;
  proto.set_account(ToText(account.id));
  proto.set_kind(v1::Sync::KIND_TWO_WAY);
  proto.set_namespace_(definition.head.workspace);
  proto.set_name(definition.head.name);
  proto.set_version(definition.head.version);
  return proto;
}

/// A table in a schema without the account in its name may hold another tenant's records.
Status MayUseTables(const Caller& caller, const ports::Account& account,
                    const Definition& definition) {
  if (caller.ReachesAllTenants()) return {};
  for (const SideSpec* side : {&definition.a, &definition.b}) {
    if (side->table.empty()) continue;
    const auto dot = side->table.find('.');
    const std::string schema = dot == std::string::npos ? "" : side->table.substr(0, dot);
    if (schema.find(ToText(account.id)) != std::string::npos) continue;
    return Forbidden("SYNC_SCHEMA_NOT_OWN",
                     "an API key of some tenants only can use a table in a schema that has the "
                     "account in its name, such as tables_" +
                         ToText(account.id));
  }
  return {};
}

}  // namespace

Outcome PlanTwoWayInto(const Dependencies& deps, const Caller& caller,
                       const ports::Account& account, const v1::PlanSyncRequest& request,
                       const std::function<bool()>& abandoned, v1::PlanSyncResponse& response) {
  // It costs requests of the account, and shows records that the server may read.
  if (Status may = RequireRole(caller, ports::Role::kOperator); !may.ok()) return may.error();
  const DefinitionOutcome outcome = ReadTwoWay(deps, request.source());
  for (const Diagnostic& error : outcome.errors)
    *response.add_diagnostics() = ToProto(error, v1::Diagnostic::SEVERITY_ERROR);
  if (!outcome.definition) return {};
  if (Status may = MayUseTables(caller, account, *outcome.definition); !may.ok())
    return may.error();
  const auto plan = deps.two_way.Plan(account, *outcome.definition, abandoned);
  if (!plan.ok()) return plan.error();
  *response.mutable_sync() = TwoWaySyncToBe(account, *outcome.definition);
  *response.mutable_two_way() = ToProto(*plan, NamesOf(*outcome.definition));
  return {};
}

Outcome DeployTwoWayInto(const Dependencies& deps, const Caller& caller,
                         const ports::Account& account, const v1::DeploySyncRequest& request,
                         v1::DeploySyncResponse& response) {
  if (auto wrong = CheckRequestId(request.request_id())) return wrong;
  const DefinitionOutcome outcome = ReadTwoWay(deps, request.source());
  if (!outcome.definition) return WrongSync(outcome.errors);
  const Definition& definition = *outcome.definition;
  if (Status may = MayUseTables(caller, account, definition); !may.ok()) return may.error();
  if (request.validate_only()) {
    const auto problems = deps.two_way.Check(account, definition, request.source());
    if (!problems.ok()) return problems.error();
    const Status fits = syncs::TwoWaySyncs::Fits(definition, *problems);
    if (!fits.ok()) return fits.error();
    *response.mutable_sync() = TwoWaySyncToBe(account, definition);
    return {};
  }
  auto sync = deps.two_way.Deploy(account, definition, request.source());
  if (!sync.ok()) return sync.error();
  if (request.start()) {
    sync = deps.two_way.SetState(account.id, sync->id, ports::SyncState::kRunning);
    if (!sync.ok()) return sync.error();
  }
  *response.mutable_sync() = ToProto(*sync);
  response.mutable_sync()->set_source(sync->definition);
  return {};
}

Result<v1::TwoWayProgress> TwoWayProgressOf(const Dependencies& deps, const ports::Sync& sync) {
  const auto definition = deps.two_way.DefinitionOf(sync);
  if (!definition.ok()) return HinderedProgress(definition.error(), sync.state, {});
  const SideNames names = NamesOf(*definition);
  const auto standing = deps.two_way.Standing(sync);
  if (!standing.ok()) return standing.error();
  return ToProto(*standing, sync.state, names, deps.clock.Now());
}

}  // namespace sb::api
