#include "engine/app/serve_command.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "engine/app/config.h"
#include "engine/app/defaults.h"
#include "engine/app/server.h"
#include "engine/app/sync_destinations.h"
#include "engine/base/file.h"

namespace sb::app {
namespace {

constexpr const char* kHelp = "Run the engine until Ctrl-C or SIGTERM";

constexpr const char* kFooter =
    "Opens the gRPC API and the HTTP door for webhooks and connect pages. Without --database-url "
    "it keeps a\n"
    "private PostgreSQL below the data directory (--data-dir). Every option may come from the "
    "environment\n"
    "variable behind it.\n\n"
    "Examples:\n"
    "  switchboard serve                                       try it on this machine\n"
    "  switchboard serve --public-url https://hooks.example.com --data-dir /var/lib/switchboard\n"
    "  switchboard serve --database-url postgresql://switchboard@db/switchboard\n\n"
    "The chosen addresses are printed and written to <data-dir>/endpoints.json, where the\n"
    "other commands find them.";

/// Others have taken over this instance's work: whoever supervises it starts it again, and it comes
/// back with a new incarnation (EX_TEMPFAIL of sysexits.h).
constexpr int kStartMeAgain = 75;

/// What the command line gave, before it is a configuration.
struct Given {
  std::string client_secret_file;
  double request_timeout_seconds = 10;
  double time_to_live_seconds = 12;
  double watch_interval_seconds = 300;
  ServeConfig config;
};

/// Takes a secret out of the environment, so that child processes do not get it, and out of
/// /proc/<pid>/environ.
std::optional<Secret> TakeFromEnvironment(const char* name) {
  char* value = std::getenv(name);
  if (value == nullptr) return {};
  Secret secret(value);
  explicit_bzero(value, std::strlen(value));
  unsetenv(name);
  return secret;
}

/// Secrets come by environment or file, never by a flag: a command line is readable by every user
/// of the machine.
Status ReadSecrets(Given& given) {
  given.config.vault_key = TakeFromEnvironment(kVaultKeyVariable);
  given.config.aircall_client_secret =
      TakeFromEnvironment("SWITCHBOARD_AIRCALL_CLIENT_SECRET").value_or(Secret());
  if (given.client_secret_file.empty()) return {};
  auto content = ReadFile(given.client_secret_file);
  if (!content.ok()) return content.error();
  while (!content->empty() && (content->back() == '\n' || content->back() == '\r'))
    content->pop_back();
  given.config.aircall_client_secret = Secret(*content);
  return {};
}

BucketKey::Part BucketKeyPart(const std::string& variable, bool take) {
  BucketKey::Part part;
  const char* value = std::getenv(variable.c_str());
  if (value != nullptr) part.value = Secret(value);
  if (take) (void)TakeFromEnvironment(variable.c_str());
  const char* file = std::getenv((variable + "_FILE").c_str());
  if (file != nullptr) part.file = file;
  return part;
}

/// The variables have the names that everybody knows: a command that fetches the vault key may want
/// them, too.
void ReadBucketKey(ServeConfig& config) {
  if (config.recordings_s3.empty()) return;
  const bool take = config.vault_key_command.empty();
  config.bucket_key.id = BucketKeyPart("AWS_ACCESS_KEY_ID", take);
  config.bucket_key.secret = BucketKeyPart("AWS_SECRET_ACCESS_KEY", take);
  config.bucket_key.session_token = BucketKeyPart("AWS_SESSION_TOKEN", take);
}

/// The secrets of the applications that --oauth-client names.
void ReadOAuthSecrets(ServeConfig& config) {
  const auto ids = OAuthClientIdsOf(config);
  if (!ids.ok()) return;  // Validate says why
  for (const auto& [connector, id] : *ids) {
    const std::string variable = OAuthSecretVariable(connector);
    if (const char* secret = std::getenv(variable.c_str()))
      config.oauth_secrets[connector] = Secret(secret);
    unsetenv(variable.c_str());
  }
}

/// Addresses of databases hold passwords: they come by file.
Status ReadDestinations(ServeConfig& config) {
  if (config.destinations_file.empty()) return {};
  const auto content = ReadFile(config.destinations_file);
  if (!content.ok()) return content.error();
  auto destinations = ParseDestinations(*content);
  if (!destinations.ok()) return destinations.error();
  config.destinations = std::move(*destinations);
  return {};
}

int Refuse(const Error& error) {
  std::cerr << "error: " << error.message << "\n  code: " << error.code << " (docs/errors.md)\n";
  return 1;
}

void PrintAddresses(const Server& server, const ServeConfig& config) {
  std::cout << "switchboard is ready\n"
            << "  gRPC        " << server.grpc_address() << "\n"
            << "  HTTP        " << server.http_address() << "\n"
            << "  public URL  " << server.public_url() << "\n"
            << "  data        " << config.data_dir.string() << "\n"
            << "Stop with Ctrl-C. Next: switchboard account connect --tenant NAME --data-dir "
            << config.data_dir.string() << std::endl;
}

/// Signals that end the program are taken by sigwait, so that no code runs inside a handler.
sigset_t BlockEndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

/// A core file would hold every credential and key in clear.
void LeaveNoCoreFile() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

int Serve(Given& given, const std::string& data_dir) {
  ServeConfig& config = given.config;
  config.data_dir = DataDir(data_dir, [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  });
  config.request_timeout = Millis(static_cast<Millis::rep>(given.request_timeout_seconds * 1000));
  config.time_to_live = Millis(static_cast<Millis::rep>(given.time_to_live_seconds * 1000));
  config.watch_interval = Millis(static_cast<Millis::rep>(given.watch_interval_seconds * 1000));
  if (Status read = ReadSecrets(given); !read.ok()) return Refuse(read.error());
  if (Status read = ReadDestinations(config); !read.ok()) return Refuse(read.error());
  ReadOAuthSecrets(config);
  ReadBucketKey(config);
  if (Status valid = Validate(config); !valid.ok()) return Refuse(valid.error());
  Log::SetLevel(*ParseLogLevel(config.log_level));
  LeaveNoCoreFile();
  const sigset_t signals = BlockEndingSignals();
  std::cout << "configuration: " << PrettyJson(Printable(config)) << std::endl;

  std::atomic<bool> lost = false;
  Server server(config, [&lost](const std::string& reason) {
    Log::Error("instance.lost", {{"reason", reason}});
    lost = true;
    kill(getpid(), SIGTERM);
  });
  if (Status started = server.Start(); !started.ok()) return Refuse(started.error());
  PrintAddresses(server, config);
  int signal = 0;
  sigwait(&signals, &signal);
  std::cout << "stopping: what is decided is being stored" << std::endl;
  server.Stop();
  return lost ? kStartMeAgain : 0;
}

void AddTlsOptions(CLI::App& serve, const std::string& door, const std::string& variable,
                   TlsFiles& files) {
  serve
      .add_option("--" + door + "-tls-cert", files.certificate,
                  "PEM file of the certificate chain; renewed files are taken over by themselves")
      ->envname("SWITCHBOARD_" + variable + "_TLS_CERT");
  serve.add_option("--" + door + "-tls-key", files.key, "PEM file of its key")
      ->envname("SWITCHBOARD_" + variable + "_TLS_KEY");
}

void AddBucketOptions(CLI::App& serve, ServeConfig& config) {
  serve
      .add_option("--recordings-s3", config.recordings_s3,
                  "s3://BUCKET/PREFIX in object storage where they are kept instead; its key comes "
                  "by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (docs/recordings.md)")
      ->envname("SWITCHBOARD_RECORDINGS_S3");
  serve
      .add_option("--recordings-s3-endpoint", config.recordings_s3_endpoint,
                  "Address of the object storage, such as https://s3.example.com [Amazon's]")
      ->envname("SWITCHBOARD_RECORDINGS_S3_ENDPOINT");
  serve
      .add_option("--recordings-s3-region", config.recordings_s3_region,
                  "Region of the bucket [us-east-1]")
      ->envname("SWITCHBOARD_RECORDINGS_S3_REGION");
  serve
      .add_option("--recordings-s3-style", config.recordings_s3_style,
                  "Where the bucket is named: host or path [host at Amazon, path elsewhere]")
      ->envname("SWITCHBOARD_RECORDINGS_S3_STYLE");
  serve
      .add_option("--recordings-s3-encryption", config.recordings_s3_encryption,
                  "AES256, aws:kms or aws:kms:KEY: asked for with each file [as the bucket does]")
      ->envname("SWITCHBOARD_RECORDINGS_S3_ENCRYPTION");
  serve
      .add_flag("--recordings-s3-insecure", config.recordings_s3_insecure,
                "Allow an endpoint beyond this machine without TLS: the network is protected "
                "otherwise")
      ->envname("SWITCHBOARD_RECORDINGS_S3_INSECURE");
}

}  // namespace

void AddServeCommand(CLI::App& app, const std::string& data_dir, cli::Chosen& chosen) {
  auto given = std::make_shared<Given>();  // shared with the callback, which CLI11 copies
  ServeConfig& config = given->config;
  CLI::App* serve = app.add_subcommand("serve", kHelp);
  serve->footer(kFooter);
  serve->fallthrough();  // --data-dir is everybody's option
  serve
      ->add_option("--database-url", config.database_url,
                   "Your PostgreSQL instead of a private one")
      ->envname("SWITCHBOARD_DATABASE_URL");
  serve
      ->add_option("--vault-key-file", config.vault_key_file,
                   "The key of the stored credentials, the same for all instances; may also come "
                   "by SWITCHBOARD_VAULT_KEY [vault.key below the data directory]")
      ->envname("SWITCHBOARD_VAULT_KEY_FILE");
  serve
      ->add_option("--vault-key-command", config.vault_key_command,
                   "A shell command, such as a KMS client, that prints that key instead")
      ->envname("SWITCHBOARD_VAULT_KEY_COMMAND");
  serve
      ->add_option("--grpc-listen", config.grpc_listen,
                   "HOST:PORT of the gRPC API; port 0 takes a free one")
      ->envname("SWITCHBOARD_GRPC_LISTEN")
      ->capture_default_str();
  serve
      ->add_option("--http-listen", config.http_listen,
                   "HOST:PORT for webhooks, connect pages, health and metrics")
      ->envname("SWITCHBOARD_HTTP_LISTEN")
      ->capture_default_str();
  AddTlsOptions(*serve, "grpc", "GRPC", config.grpc_tls);
  serve
      ->add_option("--grpc-client-ca", config.grpc_tls.client_authority,
                   "PEM file of the authority whose certificates gRPC clients must show")
      ->envname("SWITCHBOARD_GRPC_CLIENT_CA");
  AddTlsOptions(*serve, "http", "HTTP", config.http_tls);
  serve
      ->add_option("--trusted-proxy", config.trusted_proxies,
                   "Address or network of a proxy whose X-Forwarded-For and X-Forwarded-Proto are "
                   "believed; repeatable")
      ->envname("SWITCHBOARD_TRUSTED_PROXY")
      ->delimiter(',');
  serve
      ->add_flag(
          "--insecure-listen", config.insecure_listen,
          "Allow addresses beyond this machine without TLS: the network is protected otherwise")
      ->envname("SWITCHBOARD_INSECURE_LISTEN");
  serve
      ->add_option("--public-url", config.public_url,
                   "Where browsers and Aircall reach the HTTP door [from --http-listen]")
      ->envname("SWITCHBOARD_PUBLIC_URL");
  serve
      ->add_option(
          "--aircall-client-id", config.aircall_client_id,
          "Your OAuth application; its secret comes by SWITCHBOARD_AIRCALL_CLIENT_SECRET or a file")
      ->envname("SWITCHBOARD_AIRCALL_CLIENT_ID");
  serve
      ->add_option("--aircall-client-secret-file", given->client_secret_file,
                   "File that holds the OAuth secret")
      ->envname("SWITCHBOARD_AIRCALL_CLIENT_SECRET_FILE");
  serve
      ->add_option("--return-url-allow", config.return_url_allow,
                   "Address of a platform that connect links may lead back to, such as "
                   "https://app.example.com/settings; repeatable [none]")
      ->envname("SWITCHBOARD_RETURN_URL_ALLOW")
      ->delimiter(',');
  serve
      ->add_option("--aircall-api-url", config.aircall_api_url,
                   "Another Aircall API, for a sandbox")
      ->envname("SWITCHBOARD_AIRCALL_API_URL");
  serve
      ->add_option("--aircall-oauth-url", config.aircall_oauth_url,
                   "Another Aircall consent page, for a sandbox")
      ->envname("SWITCHBOARD_AIRCALL_OAUTH_URL");
  serve
      ->add_option("--connectors", config.connectors,
                   "DIR with connectors of your own, a folder each (docs/connectors.md)")
      ->envname("SWITCHBOARD_CONNECTORS");
  serve
      ->add_option("--oauth-client", config.oauth_clients,
                   "CONNECTOR=CLIENT_ID of your OAuth application there; its secret comes by "
                   "SWITCHBOARD_OAUTH_SECRET_CONNECTOR (in upper case); repeatable")
      ->envname("SWITCHBOARD_OAUTH_CLIENT")
      ->delimiter(',');
  serve
      ->add_option("--request-timeout", given->request_timeout_seconds,
                   "Seconds to wait for an answer of Aircall")
      ->envname("SWITCHBOARD_REQUEST_TIMEOUT")
      ->capture_default_str();
  serve
      ->add_option("--time-to-live", given->time_to_live_seconds,
                   "Seconds of silence after which other instances take over; the same for all")
      ->envname("SWITCHBOARD_TIME_TO_LIVE")
      ->capture_default_str();
  serve
      ->add_option("--retain", config.retain,
                   "Days for which events and ended runs are kept, such as 30d; or forever")
      ->envname("SWITCHBOARD_RETAIN")
      ->capture_default_str();
  serve
      ->add_option("--recordings-dir", config.recordings_dir,
                   "DIR where recordings and voicemails are kept; the same for all instances "
                   "[recordings below --data-dir]")
      ->envname("SWITCHBOARD_RECORDINGS_DIR");
  AddBucketOptions(*serve, config);
  serve
      ->add_option("--destinations", config.destinations_file,
                   "File with other databases that syncs may keep tables in, a line for each: "
                   "NAME=postgresql://... (docs/replication.md)")
      ->envname("SWITCHBOARD_DESTINATIONS");
  serve
      ->add_option("--watch-interval", given->watch_interval_seconds,
                   "Seconds between two looks at each account's webhook; a look costs a request of "
                   "its quota")
      ->envname("SWITCHBOARD_WATCH_INTERVAL")
      ->capture_default_str();
  serve
      ->add_option("--http-allow-private", config.http_allow_private,
                   "HOST that workflows and connectors may call although its address is internal; "
                   "repeatable")
      ->envname("SWITCHBOARD_HTTP_ALLOW_PRIVATE")
      ->delimiter(',');
  serve
      ->add_option(
          "--http-resolve", config.http_resolve,
          "HOST=URL: where requests of workflows and connectors for HOST are sent instead; "
          "repeatable")
      ->envname("SWITCHBOARD_HTTP_RESOLVE")
      ->delimiter(',');
  serve->add_option("--log-level", config.log_level, "debug, info, warn, error or off")
      ->envname("SWITCHBOARD_LOG_LEVEL")
      ->capture_default_str();
  serve->callback([given, &data_dir, &chosen] {
    chosen = [given, &data_dir] { return Serve(*given, data_dir); };
  });
}

}  // namespace sb::app
