#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/accounts/connections.h"
#include "engine/accounts/missed_events.h"
#include "engine/accounts/publish_and_wait.h"
#include "engine/ports/delivery_history.h"
#include "engine/ports/gap_store.h"
#include "engine/ports/inbox_store.h"

namespace sb::accounts {

/// Closes gaps: repairs the webhook, reads again what happened while it told nothing, and puts what
/// was missed into the inbox, page by page. Each page is stored with how far the reading has come,
/// after its events are: what a process that died had done of a page is found in the inbox by
/// whoever reads the page again, so that nothing comes twice. Thread-safe; blocks.
class GapRepair {
 public:
  struct Dependencies {
    Connections& connections;
    ConnectionDependencies world;
    ports::GapStore& gaps;
    ports::DeliveryHistory& deliveries;
    std::function<std::vector<Slot>()> our_slots;
    PublishEvent publish;
    /// Whether deliveries wait on disk, where nobody sees which they are: it lets them come in
    /// first.
    std::function<bool()> deliveries_wait;
    /// A gap is about to be closed: whoever compares records with the provider does so again, since
    /// what was deleted in the gap is in no list. What it fails with keeps the gap open.
    std::function<Status(const ports::Account&)> compare = [](const ports::Account&) {
      return Status();
    };
  };

  explicit GapRepair(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// The oldest gap of each of our accounts that has one to be seen to.
  Result<std::vector<ports::Gap>> Due();

  enum class Pace {
    kMore,   ///< Go on at once.
    kLater,  ///< Something hinders: go on in half a minute.
    kDone    ///< Nothing is left to do of it.
  };

  /// Takes one step of a gap, at most one page, and leaves it as it is stored then. For one caller
  /// at a time for each account; another one does no harm.
  Pace Step(ports::Gap& gap);

 private:
  /// What a step needs of the account.
  struct Scene {
    ports::Account account;
    const connector::Connector& connector;
    ProviderSpec spec;
    Provider provider;  ///< In the background lane.
  };

  Result<Pace> TakeStep(ports::Gap& gap);
  Result<Pace> Abandon(ports::Gap& gap);
  Result<Pace> Repair(ports::Gap& gap, const Scene& scene);
  Result<bool> LooksRight(const Scene& scene) const;
  Result<Pace> Read(ports::Gap& gap, const Scene& scene);
  Result<Pace> ReadPage(ports::Gap& gap, const Scene& scene, const connector::RecoveryList& list);
  /// False: something is not due yet; nothing was stored.
  Result<bool> Recover(const ports::Gap& gap, const Scene& scene,
                       const connector::RecoveryList& list,
                       const std::vector<connector::RecoveryRecord>& records);
  Result<Pace> Close(ports::Gap& gap, const ports::Account& account);
  Result<Pace> Tell(ports::Gap& gap);
  Result<Pace> Save(ports::Gap& gap, Pace then);

  Dependencies deps_;
};

}  // namespace sb::accounts
