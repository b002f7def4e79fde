#include "engine/syncs/sync_scene.h"

#include <utility>

namespace sb::syncs {

using core::twoway::Definition;
using core::twoway::Projector;
using core::twoway::Side;

Status SyncScene::Measure(const std::string& region, Projector::Equipment equipment) {
  auto shape_a = a_.records->Shape();
  if (!shape_a.ok()) return shape_a.error();
  auto shape_b = b_.records->Shape();
  if (!shape_b.ok()) return shape_b.error();
  shape_a_ = *std::move(shape_a);
  shape_b_ = *std::move(shape_b);
  const std::string& where = definition_.region.empty() ? region : definition_.region;
  projector_a_ = std::make_unique<Projector>(definition_, Side::kA, shape_a_, where, equipment);
  projector_b_ = std::make_unique<Projector>(definition_, Side::kB, shape_b_, where, equipment);
  return {};
}

Result<std::shared_ptr<const SyncScene>> SceneBook::Make(const Definition& definition,
                                                         const ports::Account& account) const {
  auto a = deps_.make_side({definition, Side::kA, account});
  if (!a.ok()) return a.error();
  auto b = deps_.make_side({definition, Side::kB, account});
  if (!b.ok()) return b.error();
  auto scene = std::make_shared<SyncScene>(definition, *std::move(a), *std::move(b));
  const std::string region = deps_.region_of ? deps_.region_of(account) : std::string();
  const Status measured = scene->Measure(region, {deps_.phones, &deps_.expressions});
  if (!measured.ok()) return measured.error();
  return std::shared_ptr<const SyncScene>(std::move(scene));
}

Result<Definition> SceneBook::DefinitionOf(const ports::Sync& sync) const {
  constexpr std::size_t kMostRead = 1000;
  {
    const std::lock_guard lock(read_mutex_);
    const auto found = read_.find(sync.id);
    if (found != read_.end() && found->second.text == sync.definition)
      return *found->second.definition;
  }
  auto outcome = core::twoway::ParseDefinition(sync.definition, deps_.catalog, &deps_.expressions);
  if (!outcome.definition) {
    return Invalid("SYNC_UNREADABLE",
                   "the stored definition cannot be read any more: " +
                       (outcome.errors.empty() ? "" : outcome.errors.front().message));
  }
  const auto definition = std::make_shared<const Definition>(*std::move(outcome.definition));
  const std::lock_guard lock(read_mutex_);
  if (read_.size() >= kMostRead) read_.clear();
  read_[sync.id] = {sync.definition, definition};
  return *definition;
}

Result<std::shared_ptr<const SyncScene>> SceneBook::Of(const ports::Sync& sync) {
  const auto account = deps_.accounts.Get(sync.account);
  const bool unknown = !account.ok() && account.error().kind == ErrorKind::kNotFound;
  if (unknown || (account.ok() && account->state == ports::AccountState::kDisconnected))
    return NotFound("ACCOUNT_DISCONNECTED", "the account was disconnected");
  if (!account.ok()) return account.error();
  if (!ports::Works(account->state))
    return Unavailable("ACCOUNT_NEEDS_REAUTH", "the account does not work; connect it again");
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(sync.id);
    if (found != known_.end() && found->second.version == sync.version) return found->second.scene;
  }
  const auto definition = DefinitionOf(sync);
  if (!definition.ok()) return definition.error();
  auto scene = Make(*definition, *account);
  if (!scene.ok()) return scene.error();
  const std::lock_guard lock(mutex_);
  Known& known = known_[sync.id];
  // Whoever was faster: a side remembers what it has told, so all who drive a sync share one.
  if (known.scene == nullptr || known.version != sync.version) known = {sync.version, *scene};
  return known.scene;
}

Result<MadeSide> SceneBook::SideOf(const ports::Sync& sync, Side side) const {
  const auto definition = DefinitionOf(sync);
  if (!definition.ok()) return definition.error();
  const auto account = deps_.accounts.Get(sync.account);
  if (!account.ok()) return account.error();
  return deps_.make_side({*definition, side, *account});
}

void SceneBook::Forget(ports::SyncId sync) {
  const std::lock_guard lock(mutex_);
  known_.erase(sync);
}

std::string PlaceNameOf(AccountId account, const core::sync::SyncHead& head) {
  return "two-way/" + ToText(account) + "/" + head.workspace + "/" + head.name;
}

}  // namespace sb::syncs
