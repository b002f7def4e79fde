#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/accounts/provider.h"
#include "engine/connector/recovery.h"

namespace sb::accounts {

/// Whether a name is among some names.
inline bool IsListed(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::count(names, name) > 0;
}

/// Lines whose events are told to us; nothing: those of all.
using OurNumbers = std::optional<std::vector<std::string>>;

/// Asks which these are, where an account of this kind is attached to some only. Fails as the
/// request does.
Result<OurNumbers> AttachedNumbers(const Provider& provider, const ProviderSpec& spec,
                                   ports::AuthMethod method);

/// Which events may have been missed.
struct MissedRules {
  core::gaps::Window gap;           ///< They happened in it.
  std::vector<std::string> events;  ///< What the account asks for, by the provider's names ...
  std::map<std::string, WallTime> since;  ///< ... and since when; not here: always.
  OurNumbers numbers;
};

/// An event in the form of a delivery.
struct MaybeMissed {
  connector::IncomingEvent event;
  WallTime due_at;  ///< When the provider will have told it.
};

/// What records say has happened and may have been missed, in the form of deliveries, in the order
/// in which it happened. Fails as ComposeDelivery.
Result<std::vector<MaybeMissed>> MayBeMissed(const connector::Connector& connector,
                                             const connector::RecoveryList& list,
                                             const std::vector<connector::RecoveryRecord>& records,
                                             const MissedRules& rules);

}  // namespace sb::accounts
