#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/connector/connector.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/runtime/company_quota.h"
#include "engine/runtime/key_turns.h"

namespace sb::runtime {

/// Performs actions that find an object and change it, or make it where there is none, so that two
/// calls about the same person make one object:
///
/// - calls of a company that share a key take turns, from the search to the last change;
/// - what was made is remembered until every search finds it, and read by its key meanwhile;
/// - where an object may have been made that no search finds yet (its answer was lost, a process
/// died
///   before it came, or another instance worked for the company a moment ago), nothing is made
///   until it must have shown.
///
/// So a key's turn outlives its process in the stored intent of whoever had it: NoteDoubt is told
/// of each when its run is taken over, and nothing is made before all have been told.
///
/// A call is repeated from its beginning after a crash or a lost answer: whatever it had changed is
/// found then. Its intent is stored before its first change, or before the making. Engine's thread
/// only.
class Upserts {
 public:
  using Done = ports::ActionPerformer::Done;

  struct Dependencies {
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    ports::Executor& home;
    /// Performs a single request in the lane of its account. On the engine's thread.
    std::function<void(ports::ActionCall, Done)> hand;
    /// Since when this instance works for a slot; nothing while it is still being read what its
    /// last owner has left undone.
    std::function<std::optional<WallTime>(Slot)> ours_since;
    /// After a lost answer, or a making that no search has shown yet.
    Millis unsettled = std::chrono::seconds(60);
  };

  explicit Upserts(Dependencies dependencies);
  ~Upserts();

  /// `call.input` has its phone numbers in E.164 and fits its schema. `whose`: of the account.
  void Begin(ports::ActionCall call, const connector::Action& action, const QuotaKey& whose,
             Done done);
  /// The answer of such a call is being looked for: until then it may have made something.
  void NoteDoubt(const ports::ActionCall& call, const connector::Action& action,
                 const QuotaKey& whose, WallTime requested_at);
  /// Answers those of these accounts that wait for something to show.
  void GiveUpWaiting(const std::function<bool(AccountId)>& whose, const Error& error);

 private:
  struct Upsert;
  struct Book;
  using Shared = std::shared_ptr<Upsert>;  // shared by the callbacks of its requests

  void Start(const Shared& upsert);
  void Search(const Shared& upsert);
  void OnSearched(const Shared& upsert, const Json& with, const Result<Json>& output);
  void OnFound(const Shared& upsert, const Json& object);
  void Change(const Shared& upsert);
  void ReadAnew(const Shared& upsert, const Json& object,
                std::function<void(const Result<Json>&)> then);
  void OnNobody(const Shared& upsert);
  void Make(const Shared& upsert);
  void OnMade(const Shared& upsert, Result<Json> made);
  void Pause(const Shared& upsert, WallTime until);
  void Fail(const Shared& upsert, const Error& error);
  void End(const Shared& upsert, Result<Json> result);
  ports::ActionCall Request(const Upsert& upsert, const std::string& action, Json input) const;
  std::optional<Json> Remembered(const Upsert& upsert);
  WallTime MayMakeAt(const Upsert& upsert);
  Book& BookOf(const QuotaKey& whose);

  Dependencies deps_;
  std::map<QuotaKey, std::unique_ptr<Book>> books_;
  std::list<Shared> pausing_;
};

}  // namespace sb::runtime
