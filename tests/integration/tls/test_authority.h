#pragma once

#include <filesystem>
#include <string>

#include "engine/base/tls_files.h"
#include "tests/support/temp_dir.h"

namespace sb::testing {

/// Signs certificates for a test, good for "localhost" and 127.0.0.1. Made by the openssl command.
class TestAuthority {
 public:
  TestAuthority();

  std::string certificate() const { return (folder_.path() / "ca.pem").string(); }

  /// A new certificate and its key, in files of that name; what they held is replaced.
  TlsFiles Issue(const std::string& name, const std::filesystem::path& folder) const;

  TlsFiles Issue(const std::string& name) const { return Issue(name, folder_.path()); }

 private:
  TempDir folder_;
};

}  // namespace sb::testing
