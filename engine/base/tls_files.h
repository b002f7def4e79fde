#pragma once

#include <filesystem>

namespace sb {

/// Where a door finds what it needs for TLS. Files in PEM form, which may be renewed while the door
/// is open.
struct TlsFiles {
  std::filesystem::path certificate;       ///< The chain, our own first; empty: no TLS.
  std::filesystem::path key;               ///< Of the first certificate.
  std::filesystem::path client_authority;  ///< Signs the certificates that clients must show;
                                           ///< empty: they need none.

  bool used() const { return !certificate.empty(); }
};

}  // namespace sb
