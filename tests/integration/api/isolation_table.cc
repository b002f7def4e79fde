#include "tests/integration/api/isolation_table.h"

namespace sb::testing {

// A new method: add a row beside its service's others. Ask for what belongs to globex in every way
// that its request knows. Words that stand for ids are made by IsolationWorld (isolation_test.cc):
// where your method is about a new sort of thing, let the world make one for globex and name it
// there. Which `Meets` is right: what names something of globex is refused; what lists, follows, or
// is about nobody, answers without anything of globex.
const std::vector<IsolationRow>& IsolationTable() {
  using enum ports::Role;
  using enum Meets;
  static const std::vector<IsolationRow> kTable = {
      {"AccountService/CreateConnectSession", kOperator, R"({"tenant": "$tenant"})"},
      {"AccountService/CreateConnectSession", kOperator, R"({"account": "$account"})"},
      {"AccountService/GetConnectSession", kViewer, R"({"session": "$session"})"},
      {"AccountService/CreateAccount", kOperator,
       R"({"tenant": "$tenant", "credential": {"api_id": "x", "api_token": "y"}})"},
      {"AccountService/CreateAccount", kOperator,
       R"({"account": "$account", "credential": {"api_id": "x", "api_token": "y"}})"},
      {"AccountService/GetAccount", kViewer, R"({"account": "$account"})"},
      {"AccountService/ListAccounts", kViewer, R"({"show_disconnected": true})", kNothing},
      {"AccountService/ListAccounts", kViewer, R"({"tenant": "$tenant"})"},
      {"AccountService/CheckAccount", kOperator, R"({"account": "$account"})"},
      {"AccountService/ListAccountChanges", kViewer, R"({"account": "$account"})"},
      {"AccountService/ListGaps", kViewer, R"({"account": "$account"})"},
      {"AccountService/DisconnectAccount", kOperator, R"({"account": "$account"})"},
      {"AccountService/DisconnectAccount", kOperator,
       R"({"account": "$account", "erase": "ERASE_DATA"})"},

      {"ApiKeyService/CreateApiKey", kAdmin,
       R"({"name": "wide", "role": "ROLE_VIEWER", "all_tenants": true})"},
      {"ApiKeyService/CreateApiKey", kAdmin,
       R"({"name": "wide", "role": "ROLE_VIEWER", "tenants": ["acme", "$tenant"]})"},
      {"ApiKeyService/ListApiKeys", kAdmin, "{}", kNothing},
      {"ApiKeyService/GetApiKey", kAdmin, R"({"api_key": "$key"})"},
      {"ApiKeyService/GetApiKey", kAdmin, R"({"api_key": "$shared_key"})"},
      {"ApiKeyService/RotateApiKey", kAdmin, R"({"api_key": "$key"})"},
      {"ApiKeyService/RotateApiKey", kAdmin, R"({"api_key": "$shared_key"})"},
      {"ApiKeyService/RevokeApiKey", kAdmin, R"({"api_key": "$key"})"},
      {"ApiKeyService/RevokeApiKey", kAdmin, R"({"api_key": "$shared_key"})"},
      {"ApiKeyService/CreateTenantToken", kOperator, R"({"tenant": "$tenant"})"},

      {"ApplicationService/SetApplication", kOperator,
       R"({"tenant": "$tenant", "client_id": "x", "client_secret": "y"})"},
      {"ApplicationService/ListApplications", kViewer, "{}", kNothing},
      {"ApplicationService/ListApplications", kViewer, R"({"tenant": "$tenant"})"},
      {"ApplicationService/DeleteApplication", kOperator, R"({"tenant": "$tenant"})"},

      {"ConnectorService/ListConnectors", kViewer, "{}", kNothing},
      {"ConnectorService/GetConnector", kViewer, R"({"connector": "aircall"})", kNothing},

      {"EncryptionService/ListEncryptionKeys", kAdmin, "{}"},
      {"EncryptionService/RotateEncryption", kAdmin, "{}"},

      {"ErasureService/ErasePerson", kOperator,
       R"({"tenant": "$tenant", "phone": "+33 6 12 34 56 78"})"},
      {"ErasureService/ErasePerson", kOperator,
       R"({"tenant": "acme", "account": "$account", "phone": "+33 6 12 34 56 78"})"},
      {"ErasureService/ErasePerson", kOperator,
       R"({"account": "$account", "email": "jane@example.com", "validate_only": true})"},
      {"ErasureService/GetErasure", kViewer, R"({"erasure": "$erasure"})"},
      {"ErasureService/ListErasures", kViewer, "{}", kNothing},
      {"ErasureService/ListErasures", kViewer, R"({"tenant": "$tenant"})"},

      {"EventService/PublishEvent", kOperator,
       R"({"account": "$account", "event": {"id": "1", "type": "com.example.test"}})"},
      {"EventService/ListEvents", kViewer, "{}", kNothing},
      {"EventService/ListEvents", kViewer, R"({"account": "$account"})"},
      {"EventService/ListEvents", kViewer, R"({"filter": "account = $account"})"},
      {"EventService/ListEvents", kViewer, R"({"filter": "tenant = $tenant"})", kNothing},
      {"EventService/ListEvents", kViewer, R"({"filter": "tenant != acme"})", kNothing},
      {"EventService/GetEvent", kViewer, R"({"event": "$event"})"},
      {"EventService/WatchEvents", kViewer,
       R"({"resume_token": "$beginning", "include_lifecycle": true})", kNothing},
      {"EventService/WatchEvents", kViewer, R"({"filter": "account = $account"})"},
      {"EventService/ReplayEvents", kViewer,
       R"({"workflow": "acme/follow-up:1.0.0", "filter": "receive_time >= 2020-01-01",
           "dry_run": true})",
       kNothing},
      {"EventService/ReplayEvents", kViewer,
       R"({"workflow": "acme/follow-up:1.0.0", "filter": "account = $account", "dry_run": true})"},
      {"EventService/ListDeadLetters", kViewer, "{}", kNothing},
      {"EventService/GetDeadLetter", kViewer, R"({"event": "$letter"})"},
      {"EventService/ReplayDeadLetter", kOperator, R"({"event": "$letter"})"},
      {"EventService/DiscardDeadLetter", kOperator, R"({"event": "$letter"})"},

      {"QuotaService/GetQuota", kViewer, R"({"account": "$account"})"},
      {"QuotaService/ListQuotas", kViewer, "{}", kNothing},
      {"QuotaService/ListQuotas", kViewer, R"({"tenant": "$tenant"})"},

      {"RecordingService/SetRecordingPolicy", kOperator,
       R"({"policy": {"account": "$account", "keep": "KEEP_BOTH"}})"},
      {"RecordingService/GetRecordingPolicy", kViewer, R"({"account": "$account"})"},
      {"RecordingService/GetRecording", kViewer, R"({"recording": "$recording"})"},
      {"RecordingService/ListRecordings", kViewer, R"({"account": "$account"})"},
      {"RecordingService/CreateRecordingLink", kOperator, R"({"recording": "$recording"})"},

      {"RunService/StartRun", kOperator,
       R"({"account": "$account", "workflow": "acme/follow-up"})"},
      {"RunService/StartRuns", kOperator,
       R"({"workflow": "acme/follow-up", "runs": [{"account": "$account", "request_id": "1"}]})",
       kRefusalOfItems},
      {"RunService/GetRun", kViewer, R"({"run": "$run"})"},
      {"RunService/ListRuns", kViewer, "{}", kNothing},
      {"RunService/ListRuns", kViewer, R"({"account": "$account"})"},
      {"RunService/ListRuns", kViewer, R"({"filter": "tenant = $tenant"})", kNothing},
      {"RunService/WatchRun", kViewer, R"({"run": "$run"})"},
      {"RunService/CancelRun", kOperator, R"({"run": "$run"})"},
      {"RunService/SuspendRun", kOperator, R"({"run": "$run"})"},
      {"RunService/ResumeRun", kOperator, R"({"run": "$run"})"},
      {"RunService/RetryRun", kOperator, R"({"run": "$run", "from": "FROM_START"})"},
      {"RunService/BulkRuns", kOperator,
       R"({"filter": "state = RUNNING", "action": "ACTION_SUSPEND"})", kNothing},
      {"RunService/BulkRuns", kOperator,
       R"({"filter": "tenant = $tenant", "action": "ACTION_CANCEL"})", kNothing},
      {"RunService/CallAction", kOperator,
       R"({"account": "$account", "action": "aircall.calls.get", "input": {"call_id": 1}})"},

      {"SecretService/SetSecret", kOperator,
       R"({"tenant": "$tenant", "name": "petstore", "value": "mine now"})"},
      {"SecretService/ListSecrets", kViewer, "{}", kNothing},
      {"SecretService/ListSecrets", kViewer, R"({"tenant": "$tenant"})"},
      {"SecretService/DeleteSecret", kOperator, R"({"tenant": "$tenant", "name": "petstore"})"},

      {"WorkflowService/ValidateWorkflow", kViewer, R"({"source": "document: {}"})", kNothing},
      {"WorkflowService/DeployWorkflow", kAdmin, R"({"source": "document: {}"})"},
      {"WorkflowService/EnableWorkflow", kOperator,
       R"({"workflow": "acme/follow-up", "account": "$account"})"},
      {"WorkflowService/EnableWorkflow", kOperator,
       R"({"workflow": "acme/follow-up", "all_accounts": true})"},
      {"WorkflowService/DisableWorkflow", kOperator,
       R"({"workflow": "acme/follow-up", "account": "$account"})"},
      {"WorkflowService/DisableWorkflow", kOperator,
       R"({"workflow": "acme/follow-up", "all_accounts": true})"},
      {"WorkflowService/ListWorkflows", kViewer, "{}", kNothing},
      {"WorkflowService/GetWorkflow", kViewer, R"({"workflow": "acme/follow-up"})", kNothing},
      {"WorkflowService/GetWorkflowSchema", kViewer, "{}", kNothing},
  };
  return kTable;
}

}  // namespace sb::testing
