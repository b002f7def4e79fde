#pragma once

#include <string>

namespace sb::ports {

/// Which OAuth application of a connector: whose it is, and its client id at the provider. Not
/// whether it is the one that new accounts are connected with.
struct ApplicationKey {
  std::string tenant;  ///< Whose; empty: the server's own, stored or configured.
  std::string
      client_id;  ///< Empty: none, or nobody wrote down which (credentials older than this).

  bool operator==(const ApplicationKey&) const = default;
};

}  // namespace sb::ports
