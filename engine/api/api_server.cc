#include "engine/api/api_server.h"

#include <utility>

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "engine/api/account_service.h"
#include "engine/api/api_key_service.h"
#include "engine/api/application_service.h"
#include "engine/api/connector_service.h"
#include "engine/api/destination_service.h"
#include "engine/api/encryption_service.h"
#include "engine/api/erasure_service.h"
#include "engine/api/event_service.h"
#include "engine/api/gate.h"
#include "engine/api/link_service.h"
#include "engine/api/quota_service.h"
#include "engine/api/record_service.h"
#include "engine/api/recording_service.h"
#include "engine/api/report_service.h"
#include "engine/api/run_service.h"
#include "engine/api/secret_service.h"
#include "engine/api/sync_service.h"
#include "engine/api/unreadable_requests.h"
#include "engine/api/workflow_service.h"
#include "engine/base/log.h"
#include "grpc/health/v1/health.pb.h"

namespace sb::api {
namespace {

constexpr int kMessageBytes = 4 * 1024 * 1024;
constexpr int kMostPort = 65535;
constexpr unsigned kLookForNewFilesEverySeconds = 1;

// gRPC writes to standard error in a format of its own; what it has to say is for those who debug.
void ForwardLog(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_ERROR)
    Log::Debug("grpc.library", {{"message", args->message}});
}

bool IsPort(const std::string& text) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos)
    return false;
  return std::stoi(text) <= kMostPort;
}

Status CheckAddress(const std::string& listen) {
  if (listen.starts_with("unix:/")) return {};
  const auto colon = listen.rfind(':');
  if (colon != std::string::npos && colon > 0 && IsPort(listen.substr(colon + 1))) return {};
  return Invalid("LISTEN_ADDRESS_INVALID",
                 "'" + listen +
                     "' is no address to listen on: write host:port, such as "
                     "127.0.0.1:7700, with port 0 for a free one");
}

std::string WithPort(const std::string& listen, int port) {
  if (listen.starts_with("unix:")) return listen;
  return listen.substr(0, listen.rfind(':') + 1) + std::to_string(port);
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const TlsFiles& files) {
  if (!files.used()) return grpc::InsecureServerCredentials();
  namespace tls = grpc::experimental;
  tls::TlsServerCredentialsOptions options(std::make_shared<tls::FileWatcherCertificateProvider>(
      files.key.string(), files.certificate.string(), files.client_authority.string(),
      kLookForNewFilesEverySeconds));
  options.watch_identity_key_cert_pairs();
  if (!files.client_authority.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

void SwitchPluginsOn() {
  gpr_set_log_function(ForwardLog);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  // Links the description of the health service in, without which reflection lists it but cannot
  // tell its shape.
  static_cast<void>(grpc::health::v1::HealthCheckRequest::descriptor());
}

}  // namespace

struct ApiServer::Running {
  explicit Running(const Dependencies& deps)
      : gate(deps),
        accounts(deps, gate),
        workflows(deps, gate),
        runs(deps, gate),
        events(deps, gate),
        connectors(deps, gate),
        secrets(deps, gate),
        encryption(deps, gate),
        erasures(deps, gate),
        api_keys(deps, gate),
        applications(deps, gate),
        quotas(deps, gate),
        recordings(deps, gate),
        syncs(deps, gate),
        links(deps, gate),
        records(deps, gate),
        reports(deps, gate),
        destinations(deps, gate) {}

  void RegisterAt(grpc::ServerBuilder& builder) {
    builder.RegisterService(&accounts);
    builder.RegisterService(&workflows);
    builder.RegisterService(&runs);
    builder.RegisterService(&events);
    builder.RegisterService(&connectors);
    builder.RegisterService(&secrets);
    builder.RegisterService(&encryption);
    builder.RegisterService(&erasures);
    builder.RegisterService(&api_keys);
    builder.RegisterService(&applications);
    builder.RegisterService(&quotas);
    builder.RegisterService(&recordings);
    builder.RegisterService(&syncs);
    builder.RegisterService(&links);
    builder.RegisterService(&records);
    builder.RegisterService(&reports);
    builder.RegisterService(&destinations);
  }

  Gate gate;
  AccountService accounts;
  WorkflowService workflows;
  RunService runs;
  EventService events;
  ConnectorService connectors;
  SecretService secrets;
  EncryptionService encryption;
  ErasureService erasures;
  ApiKeyService api_keys;
  ApplicationService applications;
  QuotaService quotas;
  RecordingService recordings;
  SyncService syncs;
  LinkService links;
  RecordService records;
  ReportService reports;
  DestinationService destinations;
  std::unique_ptr<grpc::Server> server;
  bool stopped = false;
};

ApiServer::ApiServer(Dependencies dependencies) : deps_(std::move(dependencies)) {}

ApiServer::~ApiServer() {
  Stop(Millis(0));
}

Status ApiServer::Start(const std::string& listen, const TlsFiles& tls) {
  if (auto valid = CheckAddress(listen); !valid.ok()) return valid;
  SwitchPluginsOn();
  auto running = std::make_unique<Running>(deps_);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, CredentialsOf(tls), &port);
  // Otherwise a second server would share the port in silence, and every other call would reach the
  // wrong one.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(kMessageBytes);
  builder.SetMaxSendMessageSize(kMessageBytes);
  NameUnreadableRequests(builder);
  running->RegisterAt(builder);
  running->server = builder.BuildAndStart();
  if (running->server == nullptr) {
    return Conflict("ADDRESS_IN_USE",
                    "cannot listen on " + listen +
                        " for gRPC: another program uses the port, or the address is not one of "
                        "this machine; choose another, or port 0 for a free one");
  }
  address_ = WithPort(listen, port);
  running_ = std::move(running);
  return {};
}

void ApiServer::Stop(Millis grace) {
  if (running_ == nullptr || running_->stopped) return;
  running_->stopped = true;
  if (auto* health = running_->server->GetHealthCheckService()) health->SetServingStatus(false);
  running_->gate.Close();
  running_->runs.StopWatches();
  running_->events.StopWatches();
  running_->records.StopWatches();
  running_->encryption.StopRotations();
  running_->syncs.StopStreams();
  running_->gate.Drain(grace);
  running_->server->Shutdown(std::chrono::system_clock::now());
  running_->server->Wait();
}

}  // namespace sb::api
