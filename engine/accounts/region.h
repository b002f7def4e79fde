#pragma once

#include <mutex>
#include <set>
#include <string>

#include "engine/accounts/connection_dependencies.h"
#include "engine/accounts/provider.h"
#include "engine/accounts/provider_spec.h"
#include "engine/ports/executor.h"

namespace sb::accounts {

/// Where the company's people write phone numbers without a country (ISO 3166); empty: nobody
/// knows, or the provider could not be asked. One request.
std::string ReadRegion(AccountId account, const Provider& provider, const ProviderSpec& spec);

/// Keeps what was read; what is not known now leaves what was known before. Whoever holds the
/// account is told where that makes a difference.
Status KeepRegion(AccountBook& book, const ports::Account& account, const std::string& region);

/// Reads an account's region again when its company's lines have changed. Thread-safe.
class RegionReader {
 public:
  /// `pool`: where it is read; it may block there.
  RegionReader(ConnectionDependencies world, ports::Executor& pool)
      : world_(std::move(world)), pool_(pool) {}

  /// It is read soon, once for all that is noted until then. Not kept across a crash: the next
  /// change or check-up reads it, too. Does not block.
  void Note(AccountId account);

 private:
  void Read(AccountId account);
  Status ReadNow(AccountId account);

  const ConnectionDependencies world_;
  ports::Executor& pool_;
  std::mutex mutex_;
  std::set<AccountId> noted_;  ///< Not begun yet.
};

}  // namespace sb::accounts
