#pragma once

struct sockaddr;

namespace sb::adapters::curl {

/// Which addresses outgoing requests may reach.
enum class AddressPolicy {
  kAnywhere,    ///< For development and for providers inside one's own network.
  kPublicOnly,  ///< Refuses loopback, private, link-local, shared, multicast and reserved
                ///< addresses.
};

/// Whether `policy` lets a connection to this resolved IPv4 or IPv6 address be made. Other families
/// are refused.
bool Allows(AddressPolicy policy, const sockaddr& address);

}  // namespace sb::adapters::curl
