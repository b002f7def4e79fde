#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/accounts/oauth_client.h"
#include "engine/adapters/curl/host_rules.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/time.h"
#include "engine/base/tls_files.h"
#include "engine/core/peers/network.h"

namespace sb::app {

inline constexpr const char* kVaultKeyVariable = "SWITCHBOARD_VAULT_KEY";

/// The key of a bucket: each part by itself, or the file that holds it.
struct BucketKey {
  struct Part {
    Secret value;
    std::filesystem::path file;  ///< Wins over `value`.
  };

  Part id;             ///< AWS_ACCESS_KEY_ID, or AWS_ACCESS_KEY_ID_FILE, and so on.
  Part secret;         ///< AWS_SECRET_ACCESS_KEY
  Part session_token;  ///< AWS_SESSION_TOKEN: only of keys that are temporary.
};

/// The configuration of `switchboard serve`: flags, else environment variables, else defaults.
/// Validated whole before anything starts.
struct ServeConfig {
  std::filesystem::path data_dir;
  std::filesystem::path vault_key_file;  ///< Empty: vault.key below data_dir.
  std::string vault_key_command;         ///< Instead of the file; its output is the key.
  std::optional<Secret> vault_key;       ///< Instead of the file, from kVaultKeyVariable.
  std::string database_url;              ///< Empty: the engine's own PostgreSQL below data_dir.
  std::string grpc_listen = "127.0.0.1:7700";
  std::string http_listen = "127.0.0.1:7701";
  TlsFiles grpc_tls;
  TlsFiles http_tls;
  std::vector<std::string>
      trusted_proxies;            ///< CIDR: whose X-Forwarded-For and -Proto are believed.
  bool insecure_listen = false;   ///< Clear text may leave this machine.
  std::string public_url;         ///< Empty: http:// and the address that http_listen got.
  std::string aircall_api_url;    ///< Empty: Aircall itself.
  std::string aircall_oauth_url;  ///< Empty: Aircall itself.
  std::string aircall_client_id;
  Secret aircall_client_secret;
  std::vector<std::string> return_url_allow;    ///< Where browsers may be sent back to.
  std::filesystem::path connectors;             ///< Folders of connectors of our own; empty: none.
  std::vector<std::string> oauth_clients;       ///< CONNECTOR=CLIENT_ID: our other applications.
  std::map<std::string, Secret> oauth_secrets;  ///< Their secrets, by connector.
  std::vector<std::string> http_allow_private;  ///< Hosts that may be called at any address.
  std::vector<std::string> http_resolve;        ///< HOST=URL: where requests for a host are sent.
  std::string log_level = "info";
  Millis request_timeout = std::chrono::seconds(10);
  Millis time_to_live = std::chrono::seconds(12);  ///< Silence after which others take over.
  std::string retain = "30d";                      ///< "30d", or "forever".
  std::filesystem::path recordings_dir;            ///< Empty: recordings below data_dir.
  std::string recordings_s3;             ///< s3://bucket/prefix, instead of a folder; or empty.
  std::string recordings_s3_endpoint;    ///< Empty: Amazon's of the region.
  std::string recordings_s3_region;      ///< Empty: us-east-1.
  std::string recordings_s3_style;       ///< "host", "path"; empty: host at Amazon, else path.
  std::string recordings_s3_encryption;  ///< "AES256", "aws:kms", "aws:kms:KEY"; or empty.
  bool recordings_s3_insecure = false;   ///< The endpoint may be http:// beyond this machine.
  BucketKey bucket_key;
  std::filesystem::path destinations_file;     ///< Empty: tables of syncs go to our database alone.
  std::map<std::string, Secret> destinations;  ///< What it says: addresses, by name.
  Millis watch_interval = std::chrono::minutes(5);  ///< Between two looks at a webhook.
};

/// What http_allow_private and http_resolve say. Fails with kInvalid CONFIG_INVALID.
Result<adapters::curl::HostRules> HostRulesOf(const ServeConfig& config);

/// What trusted_proxies says. Fails with kInvalid CONFIG_INVALID.
Result<core::TrustedProxies> TrustedProxiesOf(const ServeConfig& config);

/// The connector of each CONNECTOR=CLIENT_ID, with its client id. Fails with kInvalid
/// CONFIG_INVALID.
Result<std::map<std::string, std::string>> OAuthClientIdsOf(const ServeConfig& config);

/// Our applications at the providers, by connector. Fails with kInvalid CONFIG_INVALID.
Result<std::map<std::string, accounts::OAuthClient>> OAuthClientsOf(const ServeConfig& config);

/// Where the secret of a connector's application is expected: "SWITCHBOARD_OAUTH_SECRET_ACME".
std::string OAuthSecretVariable(const std::string& connector);

/// Fails with kInvalid CONFIG_INVALID (CONFIG_LOG_LEVEL, CONFIG_CLEAR_TEXT), naming the flag and
/// what it takes.
Status Validate(const ServeConfig& config);

/// For the start-up line: secrets as "***", a database URL without its password.
Json Printable(const ServeConfig& config);

/// "30d" as days; nothing for "forever". Fails with kInvalid CONFIG_INVALID.
Result<std::optional<std::chrono::days>> ParseRetention(const std::string& text);

/// "host:port" in parts; port 0 means any free one. Fails with kInvalid CONFIG_INVALID.
struct ListenAddress {
  std::string host;
  int port = 0;
};

Result<ListenAddress> ParseListenAddress(const std::string& text, const std::string& flag);

}  // namespace sb::app
