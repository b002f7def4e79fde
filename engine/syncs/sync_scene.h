#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/personal/phone_numbers.h"
#include "engine/core/twoway/definition.h"
#include "engine/core/twoway/record.h"
#include "engine/core/twoway/record_kind.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/account_store.h"
#include "engine/ports/record_side.h"
#include "engine/ports/sync_store.h"
#include "engine/syncs/link_worker.h"

namespace sb::syncs {

/// Which side is wanted: `side` of a definition, of a sync of this account.
struct SideWish {
  const core::twoway::Definition& definition;
  core::twoway::Side side;
  const ports::Account& account;  ///< Of the sync, which is the one of side A.
};

/// A side, and how it is told of changes by an account's events.
struct MadeSide {
  std::unique_ptr<ports::RecordSide> records;
  AccountId account;                      ///< Whose events tell of it; none: no events do.
  std::vector<std::string> events;        ///< CloudEvents types that do, sorted.
  Millis poll = std::chrono::seconds(1);  ///< How often Changes is asked; zero: never.
  /// What an event tells: type and data. Nothing: it is about something else. Fails as Expressions.
  std::function<Result<std::optional<ports::SideHint>>(const std::string&, const Json&)> hear;
};

/// Makes a side. It may keep what it needs of the wish, but not the wish. kNotFound
/// SYNC_CONNECTION_NOT_FOUND, kInvalid LINK_SIDE_UNKNOWN; and as AccountStore where a side is an
/// account of its own.
using SideFactory = std::function<Result<MadeSide>(const SideWish&)>;

/// A definition with its sides, put together once for each version of a sync.
class SyncScene {
 public:
  SyncScene(core::twoway::Definition definition, MadeSide a, MadeSide b)
      : definition_(std::move(definition)), a_(std::move(a)), b_(std::move(b)) {}

  SyncScene(const SyncScene&) = delete;
  SyncScene& operator=(const SyncScene&) = delete;

  /// Asks both sides what they can hold; before anything is projected. Fails as RecordSide.
  Status Measure(const std::string& region, core::twoway::Projector::Equipment equipment);

  const core::twoway::Definition& definition() const { return definition_; }

  const MadeSide& made(core::twoway::Side which) const {
    return which == core::twoway::Side::kA ? a_ : b_;
  }

  ports::RecordSide& side(core::twoway::Side which) const { return *made(which).records; }

  const core::twoway::Projector& projector(core::twoway::Side which) const {
    return which == core::twoway::Side::kA ? *projector_a_ : *projector_b_;
  }

  const core::twoway::SideShape& shape(core::twoway::Side which) const {
    return which == core::twoway::Side::kA ? shape_a_ : shape_b_;
  }

  LinkScene At(const ports::LinkPlace& place) const {
    return {place, definition_, *projector_a_, *projector_b_, *a_.records, *b_.records};
  }

 private:
  const core::twoway::Definition definition_;
  const MadeSide a_;
  const MadeSide b_;
  core::twoway::SideShape shape_a_;
  core::twoway::SideShape shape_b_;
  std::unique_ptr<core::twoway::Projector> projector_a_;
  std::unique_ptr<core::twoway::Projector> projector_b_;
};

/// The scenes of syncs, each made when it is first asked for. Thread-safe; blocks.
class SceneBook {
 public:
  struct Dependencies {
    const core::twoway::RecordCatalog& catalog;
    ports::AccountStore& accounts;
    const core::workflow::Expressions& expressions;
    const core::personal::PhoneNumbers* phones;
    SideFactory make_side;
    /// ISO 3166, of the account, for numbers without country code; empty: not known.
    std::function<std::string(const ports::Account&)> region_of;
  };

  explicit SceneBook(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// For a definition that may not be deployed. Fails as SideFactory and RecordSide::Shape.
  Result<std::shared_ptr<const SyncScene>> Make(const core::twoway::Definition& definition,
                                                const ports::Account& account) const;
  /// Of a stored sync, made once for each of its versions. Fails besides with kNotFound
  /// ACCOUNT_DISCONNECTED, kUnavailable ACCOUNT_NEEDS_REAUTH and kInvalid SYNC_UNREADABLE (this
  /// version cannot read its definition any more).
  Result<std::shared_ptr<const SyncScene>> Of(const ports::Sync& sync);
  /// The definition alone. kInvalid SYNC_UNREADABLE.
  Result<core::twoway::Definition> DefinitionOf(const ports::Sync& sync) const;
  /// One side by itself, whether or not the account works and whatever shape the other one is in:
  /// to take away what was made there. Fails as DefinitionOf, AccountStore and SideFactory.
  Result<MadeSide> SideOf(const ports::Sync& sync, core::twoway::Side side) const;
  /// It is made anew when it is asked for next: a side has changed its shape.
  void Forget(ports::SyncId sync);

 private:
  struct Known {
    std::string version;
    std::shared_ptr<const SyncScene> scene;
  };

  /// A definition as it was read last, since reading one compiles its transforms.
  struct ReadOnce {
    std::string text;
    std::shared_ptr<const core::twoway::Definition> definition;
  };

  Dependencies deps_;
  std::mutex mutex_;
  std::map<ports::SyncId, Known> known_;
  mutable std::mutex read_mutex_;
  mutable std::map<ports::SyncId, ReadOnce> read_;
};

/// "two-way/<account>/<namespace>/<name>": where a replication has the schema of its tables.
std::string PlaceNameOf(AccountId account, const core::sync::SyncHead& head);

inline ports::LinkPlace PlaceOf(const ports::Sync& sync) {
  return {sync.slot, sync.account, sync.id};
}

}  // namespace sb::syncs
