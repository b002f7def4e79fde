#include "engine/accounts/region.h"

#include <nlohmann/json.hpp>

#include "engine/base/log.h"

namespace sb::accounts {
namespace {

constexpr const char* kRegion = "region";

}  // namespace

std::string ReadRegion(AccountId account, const Provider& provider, const ProviderSpec& spec) {
  if (!spec.region) return {};
  const auto region = provider.Use(*spec.region);
  if (region.ok()) return AsText(*region);
  // Good to have: without it, phone numbers need their country.
  Log::Warn("account.region_unread", {{"account", ToText(account)}, {"code", region.error().code}});
  return {};
}

Status KeepRegion(AccountBook& book, const ports::Account& account, const std::string& region) {
  if (region.empty() || region == TextMember(account.profile, kRegion)) return {};
  const auto kept = book.AmendAndTell(
      account.id, [&](ports::Account& stored) { stored.profile[kRegion] = region; });
  if (!kept.ok()) return kept.error();
  Log::Info("account.region_changed", {{"account", ToText(account.id)}, {"region", region}});
  return {};
}

void RegionReader::Note(AccountId account) {
  const std::lock_guard lock(mutex_);
  if (!noted_.insert(account).second) return;
  pool_.Post([this, account] { Read(account); });
}

void RegionReader::Read(AccountId account) {
  {
    const std::lock_guard lock(mutex_);
    noted_.erase(account);  // what changes from now on is read once more
  }
  if (const Status read = ReadNow(account); !read.ok()) {
    Log::Warn("account.region_unread", {{"account", ToText(account)}, {"code", read.error().code}});
  }
}

Status RegionReader::ReadNow(AccountId id) {
  const auto account = world_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (!ports::Works(account->state)) return {};
  const auto connector = FindConnector(world_.connectors, account->connector);
  if (!connector.ok()) return connector.error();
  const auto spec = ReadProviderSpec(**connector);
  if (!spec.ok()) return spec.error();
  const Provider provider(world_.expressions,
                          ForAccount(world_.actions, **connector, id, core::quota::Lane::kSync));
  return KeepRegion(world_.book, *account, ReadRegion(id, provider, *spec));
}

}  // namespace sb::accounts
