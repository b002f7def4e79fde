#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/core/personal/person.h"
#include "engine/core/personal/redactor.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/erasure_store.h"
#include "engine/ports/random.h"
#include "engine/ports/run_store.h"
#include "engine/ports/vault.h"

namespace sb::accounts {

/// Whom to erase, and where.
struct PersonErasure {
  std::string tenant;
  AccountId account;  ///< None: in all accounts of the tenant, disconnected ones, too.
  core::personal::Person person;
  bool count_only = false;
};

/// Erases the data of an account, or one person out of what is stored: in batches, each of which
/// is stored with how far the erasure has come, so that it goes on after a crash where it was.
/// Thread-safe; blocks.
///
/// A person is erased from live runs only once they have ended, since they have it in memory and
/// would write it again: until then the erasure is kWaiting and names them.
class Erasures {
 public:
  struct Dependencies {
    ports::ErasureStore& store;
    ports::AccountStore& accounts;
    ports::RunStore& runs;
    const ports::Vault& vault;
    const connector::Library& connectors;
    const ports::Clock& clock;
    ports::Random& random;
    IdGenerator& ids;
    Metrics& metrics;
    /// Asks for the end of a run; it may come later.
    std::function<void(RunId)> cancel_run;
    /// Whether deliveries wait on disk, out of an erasure's reach: it lets them come in first.
    std::function<bool()> deliveries_wait;
    /// Told when there is something to do.
    std::function<void()> begun;
    /// Whether files of the account (none: of any) still have to go: an erasure is not done before.
    /// Empty: there are no files.
    std::function<Result<bool>(AccountId)> files_wait = {};
    /// Takes the person out of tables that are kept elsewhere for the account, or counts them only,
    /// and says in how many rows they stood. Empty: there are none.
    std::function<Result<std::int64_t>(AccountId, const core::personal::Redactor&, bool count_only)>
        forget_elsewhere = {};
  };

  explicit Erasures(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// Begins to erase a person, or answers with the same erasure if it is under way already.
  Result<ports::Erasure> ErasePerson(const PersonErasure& wanted);
  /// Begins to erase what is stored of a disconnected account, or answers with the erasure that is
  /// under way or done.
  Result<ports::Erasure> EraseAccount(const ports::Account& account);

  enum class Pace {
    kMore,   ///< Call again at once.
    kLater,  ///< Call again in some seconds: it waits for something.
    kIdle    ///< Nothing is under way.
  };

  /// Deals with one batch of what is under way. By one instance at a time; another one does no
  /// harm.
  Pace RunOnce();

 private:
  Result<std::string> FingerprintOf(const PersonErasure& wanted);
  Result<ports::Erasure> Begin(ports::Erasure erasure);

  Result<Pace> Advance(ports::Erasure erasure);
  Result<Pace> AdvancePerson(ports::Erasure erasure);
  Result<Pace> AdvanceAccount(ports::Erasure erasure);
  Result<Pace> RedactBatch(ports::Erasure erasure, const ports::Account& account);
  Status ForgetElsewhere(ports::Erasure& erasure, const core::personal::Redactor& redactor);
  Result<core::personal::Redactor> RedactorFor(const ports::Erasure& erasure,
                                               const ports::Account& account) const;
  Result<std::optional<ports::Account>> NextAccount(const ports::Erasure& erasure) const;
  Result<Pace> EndRound(ports::Erasure erasure);
  Result<Pace> Finish(ports::Erasure erasure);
  Result<bool> FilesWait(const ports::Erasure& erasure) const;
  Result<bool> EndLiveRuns(AccountId account);
  Status EmptyAccount(AccountId account);
  Result<Pace> Store(const ports::Erasure& erasure, Pace then);

  Dependencies deps_;
};

}  // namespace sb::accounts
