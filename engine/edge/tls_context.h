#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/ssl/context.hpp>

#include "engine/base/result.h"
#include "engine/base/tls_files.h"

namespace sb::edge {

/// What new connections are secured with, read anew when the files are renewed. Thread-safe.
class TlsContext {
 public:
  explicit TlsContext(TlsFiles files) : files_(std::move(files)) {}

  /// kInvalid TLS_FILES_INVALID: a file cannot be read, or certificate and key do not belong
  /// together.
  Status Load();
  /// The newest usable one: while files are being replaced, or when the new ones are broken, the
  /// one before. After Load. Shared with the connections that use it.
  std::shared_ptr<boost::asio::ssl::context> Current();

 private:
  using Stamp = std::array<std::filesystem::file_time_type, 2>;

  Stamp StampNow() const;

  const TlsFiles files_;
  std::mutex mutex_;
  Stamp stamp_;
  std::shared_ptr<boost::asio::ssl::context> current_;
};

/// Whether the files can be used, also by other doors: as TlsContext::Load.
Status CheckTlsFiles(const TlsFiles& files);

}  // namespace sb::edge
