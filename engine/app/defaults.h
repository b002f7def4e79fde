#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace sb::app {

/// What the server and the command line agree on, so that both find the same directory without
/// being told.

/// The value of an environment variable; empty when it is not set.
using Variables = std::function<std::string(const char* name)>;

inline constexpr const char* kDataDirVariable = "SWITCHBOARD_DATA_DIR";
inline constexpr const char* kEndpointVariable = "SWITCHBOARD_ENDPOINT";
inline constexpr const char* kApiKeyVariable = "SWITCHBOARD_API_KEY";
inline constexpr const char* kTlsVariable = "SWITCHBOARD_TLS";
inline constexpr const char* kCaFileVariable = "SWITCHBOARD_CA_FILE";
inline constexpr const char* kCertFileVariable = "SWITCHBOARD_CERT_FILE";
inline constexpr const char* kKeyFileVariable = "SWITCHBOARD_KEY_FILE";
inline constexpr const char* kApiTokenVariable = "SWITCHBOARD_API_TOKEN";

/// Below the data directory: {"grpc": "127.0.0.1:7700", "http": "127.0.0.1:7701", "public_url":
/// "http://...", "tls": false}.
inline constexpr const char* kEndpointsFile = "endpoints.json";
/// Below the data directory: the first admin's API key, readable by its owner only.
inline constexpr const char* kAdminKeyFile = "admin.key";

/// The data directory: `option`, else the variable, else /var/lib/switchboard for root (whose home
/// the database's own user could not enter), else the place that the desktop standards give, else
/// one below the working directory.
inline std::filesystem::path DataDir(const std::string& option, const Variables& variables) {
  if (!option.empty()) return option;
  if (auto named = variables(kDataDirVariable); !named.empty()) return named;
  if (variables("HOME") == "/root") return "/var/lib/switchboard";
  if (auto data = variables("XDG_DATA_HOME"); data.starts_with('/'))
    return std::filesystem::path(data) / "switchboard";
  if (auto home = variables("HOME"); !home.empty()) {
    return std::filesystem::path(home) / ".local" / "share" / "switchboard";
  }
  return "switchboard-data";
}

}  // namespace sb::app
