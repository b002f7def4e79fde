#include "engine/app/config.h"

#include <cctype>
#include <charconv>
#include <regex>

#include <nlohmann/json.hpp>

#include "engine/accounts/allowed_addresses.h"
#include "engine/app/recording_place.h"
#include "engine/base/text.h"

namespace sb::app {
namespace {

Error BadValue(const std::string& flag, const std::string& value, const std::string& expectation) {
  return Invalid("CONFIG_INVALID", flag + " is '" + value + "'; it takes " + expectation);
}

Status CheckUrl(const std::string& flag, const std::string& url) {
  static const std::regex kBaseUrl(R"(https?://[^/?#\s@]+)");
  if (url.empty() || std::regex_match(url, kBaseUrl)) return {};
  return BadValue(flag, url, "a base address like https://switchboard.example.com, without a path");
}

Result<std::string> HostName(const std::string& flag, const std::string& value) {
  static const std::regex kHost(R"([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])");
  if (!std::regex_match(value, kHost))
    return BadValue(flag, value, "a host without port, such as billing.internal or 10.0.0.7");
  return Lower(value);
}

/// Certificate and key come together, and clients' certificates need a certificate of ours.
Status CheckTls(const std::string& door, const TlsFiles& tls) {
  const bool complete =
      tls.certificate.empty() == tls.key.empty() && (tls.client_authority.empty() || tls.used());
  if (complete) return {};
  return Invalid("CONFIG_INVALID", "TLS needs both --" + door + "-tls-cert and --" + door +
                                       "-tls-key, each the name of a PEM file");
}

bool StaysOnThisMachine(const ListenAddress& address) {
  const auto ip = core::IpAddress::Parse(address.host);
  return ip ? ip->IsLoopback() : address.host == "localhost";
}

Status CheckClearText(const std::string& door, const std::string& listen, const TlsFiles& tls,
                      const std::string& otherwise) {
  const auto address = ParseListenAddress(listen, "--" + door + "-listen");
  if (!address.ok()) return address.error();
  if (tls.used() || StaysOnThisMachine(*address)) return {};
  return Invalid("CONFIG_CLEAR_TEXT",
                 "--" + door + "-listen " + listen +
                     " would carry keys and tokens in clear text over the network: give --" + door +
                     "-tls-cert and --" + door + "-tls-key" + otherwise +
                     ", or say --insecure-listen where the network itself is protected");
}

std::string WithoutPassword(const std::string& database_url) {
  static const std::regex kUriPassword(R"(://([^:/@]*):[^@]*@)");
  static const std::regex kWordPassword(R"(password\s*=\s*('[^']*'|\S+))");
  return std::regex_replace(std::regex_replace(database_url, kUriPassword, "://$1:***@"),
                            kWordPassword, "password=***");
}

/// A command is not shown: it may hold a token of its own.
std::string VaultKeySource(const ServeConfig& config) {
  if (config.vault_key) return kVaultKeyVariable;
  if (!config.vault_key_command.empty()) return "the output of --vault-key-command";
  return config.vault_key_file.empty() ? "below the data directory"
                                       : config.vault_key_file.string();
}

/// What the doors must not do by accident.
Status ValidateDoors(const ServeConfig& config) {
  if (const Status tls = CheckTls("grpc", config.grpc_tls); !tls.ok()) return tls;
  if (const Status tls = CheckTls("http", config.http_tls); !tls.ok()) return tls;
  if (const auto proxies = TrustedProxiesOf(config); !proxies.ok()) return proxies.error();
  for (const auto& [flag, value] : {std::pair("--grpc-listen", &config.grpc_listen),
                                    std::pair("--http-listen", &config.http_listen)}) {
    const auto address = ParseListenAddress(*value, flag);
    if (!address.ok()) return address.error();
  }
  if (config.insecure_listen) return {};
  if (const Status grpc = CheckClearText("grpc", config.grpc_listen, config.grpc_tls, "");
      !grpc.ok())
    return grpc;
  // Whoever names a proxy has said who ends TLS.
  if (!config.trusted_proxies.empty()) return {};
  return CheckClearText("http", config.http_listen, config.http_tls,
                        ", or --trusted-proxy for the proxy that ends TLS");
}

/// Their addresses hold passwords.
Json NamesOfDestinations(const ServeConfig& config) {
  Json names = Json::array();
  for (const auto& [name, url] : config.destinations) names.push_back(name);
  return names;
}

std::string PrintableTls(const TlsFiles& tls) {
  if (!tls.used()) return "off";
  return tls.certificate.string() +
         (tls.client_authority.empty()
              ? ""
              : ", clients need a certificate of " + tls.client_authority.string());
}

}  // namespace

Result<ListenAddress> ParseListenAddress(const std::string& text, const std::string& flag) {
  const auto colon = text.rfind(':');
  int port = -1;
  if (colon != std::string::npos && colon > 0) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc() || rest != end) port = -1;
  }
  if (port < 0 || port > 65535)
    return BadValue(flag, text, "HOST:PORT, for example 127.0.0.1:7700 (port 0: any free one)");
  return ListenAddress{text.substr(0, colon), port};
}

Result<std::optional<std::chrono::days>> ParseRetention(const std::string& text) {
  static const std::regex kDays("([1-9][0-9]{0,3})d");
  std::smatch parts;
  if (text == "forever") return std::optional<std::chrono::days>();
  if (std::regex_match(text, parts, kDays))
    return std::optional(std::chrono::days(std::stoi(parts[1])));
  return BadValue("--retain", text, "a number of days such as 30d (1d to 9999d), or forever");
}

Result<adapters::curl::HostRules> HostRulesOf(const ServeConfig& config) {
  adapters::curl::HostRules rules;
  for (const std::string& each : config.http_allow_private) {
    const auto host = HostName("--http-allow-private", each);
    if (!host.ok()) return host.error();
    rules.private_allowed.insert(*host);
  }
  for (const std::string& each : config.http_resolve) {
    const std::size_t equals = each.find('=');
    const std::string origin = equals == std::string::npos ? "" : each.substr(equals + 1);
    const Status valid = CheckUrl("--http-resolve", origin);
    if (origin.empty() || !valid.ok())
      return BadValue("--http-resolve", each,
                      "HOST=URL, such as api.example.com=http://10.0.0.7:8080");
    const auto host = HostName("--http-resolve", each.substr(0, equals));
    if (!host.ok()) return host.error();
    rules.origins[*host] = origin;
  }
  return rules;
}

Result<core::TrustedProxies> TrustedProxiesOf(const ServeConfig& config) {
  std::vector<core::Network> networks;
  for (const std::string& each : config.trusted_proxies) {
    const auto network = core::Network::Parse(each);
    if (!network)
      return BadValue("--trusted-proxy", each, "an address or a network, such as 10.0.0.0/8");
    networks.push_back(*network);
  }
  return core::TrustedProxies(std::move(networks));
}

std::string OAuthSecretVariable(const std::string& connector) {
  std::string variable = "SWITCHBOARD_OAUTH_SECRET_";
  for (const char c : connector)
    variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

Result<std::map<std::string, std::string>> OAuthClientIdsOf(const ServeConfig& config) {
  static const std::regex kClient(R"(([a-z][a-z0-9_-]*)=(\S+))");
  std::map<std::string, std::string> ids;
  for (const std::string& each : config.oauth_clients) {
    std::smatch parts;
    if (!std::regex_match(each, parts, kClient))
      return BadValue("--oauth-client", each, "CONNECTOR=CLIENT_ID, such as acme=3f9c1b");
    if (!ids.emplace(parts[1], parts[2]).second)
      return BadValue("--oauth-client", each, "each connector once");
  }
  return ids;
}

Result<std::map<std::string, accounts::OAuthClient>> OAuthClientsOf(const ServeConfig& config) {
  const auto ids = OAuthClientIdsOf(config);
  if (!ids.ok()) return ids.error();
  std::map<std::string, accounts::OAuthClient> clients;
  for (const auto& [connector, id] : *ids) {
    const auto secret = config.oauth_secrets.find(connector);
    if (secret == config.oauth_secrets.end() || secret->second.empty()) {
      return Invalid("CONFIG_INVALID", "the OAuth application of '" + connector +
                                           "' needs its secret: put it into " +
                                           OAuthSecretVariable(connector));
    }
    clients[connector] = {id, secret->second};
  }
  if (config.aircall_client_id.empty()) return clients;
  const bool once = clients
                        .emplace("aircall", accounts::OAuthClient{config.aircall_client_id,
                                                                  config.aircall_client_secret})
                        .second;
  if (once) return clients;
  return Invalid("CONFIG_INVALID",
                 "Aircall's OAuth application is given twice: by --oauth-client and by "
                 "--aircall-client-id");
}

Status Validate(const ServeConfig& config) {
  if (const Status doors = ValidateDoors(config); !doors.ok()) return doors;
  for (const auto& [flag, value] : {std::pair("--public-url", &config.public_url),
                                    std::pair("--aircall-api-url", &config.aircall_api_url),
                                    std::pair("--aircall-oauth-url", &config.aircall_oauth_url)}) {
    if (const Status valid = CheckUrl(flag, *value); !valid.ok()) return valid;
  }
  if (config.data_dir.empty())
    return BadValue("--data-dir", "", "a directory that belongs to this user");
  if (config.aircall_client_id.empty() != config.aircall_client_secret.empty()) {
    return Invalid(
        "CONFIG_INVALID",
        "an OAuth application needs both its client id (--aircall-client-id) and its secret "
        "(SWITCHBOARD_AIRCALL_CLIENT_SECRET or --aircall-client-secret-file)");
  }
  const int key_sources = (config.vault_key_file.empty() ? 0 : 1) +
                          (config.vault_key_command.empty() ? 0 : 1) + (config.vault_key ? 1 : 0);
  if (key_sources > 1) {
    return Invalid("CONFIG_INVALID",
                   "the vault key comes from one place: --vault-key-file, --vault-key-command or "
                   "SWITCHBOARD_VAULT_KEY");
  }
  if (config.request_timeout < std::chrono::milliseconds(100) ||
      config.request_timeout > std::chrono::minutes(1)) {
    return Invalid("CONFIG_INVALID", "--request-timeout takes 0.1 to 60 seconds");
  }
  if (config.time_to_live < std::chrono::seconds(2) ||
      config.time_to_live > std::chrono::minutes(2)) {
    return Invalid("CONFIG_INVALID", "--time-to-live takes 2 to 120 seconds");
  }
  if (config.watch_interval < std::chrono::milliseconds(100) ||
      config.watch_interval > std::chrono::hours(24)) {
    return Invalid("CONFIG_INVALID", "--watch-interval takes 0.1 to 86400 seconds");
  }
  if (const auto retain = ParseRetention(config.retain); !retain.ok()) return retain.error();
  if (const auto rules = HostRulesOf(config); !rules.ok()) return rules.error();
  if (const Status place = CheckRecordingPlace(config); !place.ok()) return place;
  const auto allowed = accounts::AllowedAddresses::Parse(config.return_url_allow);
  if (!allowed.ok()) return allowed.error();
  if (const auto clients = OAuthClientsOf(config); !clients.ok()) return clients.error();
  const auto level = ParseLogLevel(config.log_level);
  return level.ok() ? Status() : Status(level.error());
}

Json Printable(const ServeConfig& config) {
  return {
      {"data_dir", config.data_dir.string()},
      {"database", config.database_url.empty() ? "private PostgreSQL below the data directory"
                                               : WithoutPassword(config.database_url)},
      {"vault_key", VaultKeySource(config)},
      {"grpc_listen", config.grpc_listen},
      {"http_listen", config.http_listen},
      {"grpc_tls", PrintableTls(config.grpc_tls)},
      {"http_tls", PrintableTls(config.http_tls)},
      {"trusted_proxies", config.trusted_proxies},
      {"insecure_listen", config.insecure_listen},
      {"public_url", config.public_url.empty() ? "from --http-listen" : config.public_url},
      {"aircall_api_url", config.aircall_api_url.empty() ? "Aircall" : config.aircall_api_url},
      {"aircall_oauth_url",
       config.aircall_oauth_url.empty() ? "Aircall" : config.aircall_oauth_url},
      {"aircall_client_id", config.aircall_client_id.empty() ? "none" : config.aircall_client_id},
      {"aircall_client_secret", config.aircall_client_secret.empty() ? "none" : "***"},
      {"return_url_allow", config.return_url_allow},
      {"connectors", config.connectors.empty() ? "the built-in ones" : config.connectors.string()},
      {"oauth_clients", config.oauth_clients},
      {"request_timeout_ms", config.request_timeout.count()},
      {"time_to_live_ms", config.time_to_live.count()},
      {"retain", config.retain},
      {"recordings", PrintableRecordingPlace(config)},
      {"destinations", NamesOfDestinations(config)},
      {"watch_interval_ms", config.watch_interval.count()},
      {"http_allow_private", config.http_allow_private},
      {"http_resolve", config.http_resolve},
      {"log_level", config.log_level}};
}

}  // namespace sb::app
