#pragma once

#include <functional>
#include <string>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/ports/clock.h"
#include "engine/ports/link_store.h"
#include "engine/syncs/sync_scene.h"

namespace sb::syncs {

/// What a person decides about a conflict.
struct Choice {
  enum class What {
    kA,  ///< Side A's value stands.
    kB,
    kValue,    ///< `value` stands.
    kPutBack,  ///< The value that was overwritten stands again.
    kNewest,   ///< By rule: the side that changed later, where both times are known; else refused.
    kFillBlank,  ///< By rule: what is not blank; where both have a value, refused.
    kLink,       ///< Of a record without link: with the record `key` of the other side.
    kCreate,     ///< Of a record without link: a counterpart is made. Of a parked one: it goes on.
    /// It stays as it is. Of a record without link: until it changes again (of a side that tells no
    /// times: 90 days). Of one that was deleted on one side: the link ends.
    kIgnore
  };

  What what = What::kA;
  Json value;
  std::string key;
};

/// Carries out what people decide: stores it, with a hint by which the worker does the rest.
/// Blocking; thread-safe.
class Choices {
 public:
  struct Dependencies {
    ports::LinkStore& links;
    const ports::Clock& clock;
    std::function<std::int64_t()> new_id;
  };

  explicit Choices(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// Returns the conflict as it is then; deciding the same again changes nothing. Fails as
  /// LinkStore, and with kInvalid LINK_CHOICE_INVALID (it does not fit the conflict, or the value
  /// does not fit the field), kConflict LINK_CONFLICT_ANSWERED, kConflict LINK_KEY_TAKEN (the
  /// chosen record has another link), kNotFound LINK_RECORD_NOT_FOUND.
  Result<ports::LinkConflict> Resolve(const ports::LinkPlace& place, const SyncScene& scene,
                                      ports::ConflictId id, const Choice& choice,
                                      const std::string& by);

  /// Pauses a link (its hints are remembered), or goes on with one that is paused or parked.
  Result<ports::Link> Pause(const ports::LinkPlace& place, ports::LinkId id, const std::string& by);
  Result<ports::Link> Resume(const ports::LinkPlace& place, ports::LinkId id,
                             const std::string& by);

 private:
  Status Settle(const ports::LinkPlace& place, const SyncScene& scene,
                ports::LinkConflict& conflict, const Choice& choice);
  Status ChooseValue(const ports::LinkPlace& place, const SyncScene& scene,
                     ports::LinkConflict& conflict, const Choice& choice);
  Status ChooseOfGone(const ports::LinkPlace& place, const SyncScene& scene, ports::Link link,
                      const ports::LinkConflict& conflict, const Choice& choice);
  /// That a parked link goes on.
  Status ChooseToGoOn(const ports::LinkPlace& place, ports::Link link,
                      const ports::LinkConflict& conflict, const Choice& choice);
  Status StoreChoice(const ports::LinkCommit& commit);
  Status ChooseRecord(const ports::LinkPlace& place, const SyncScene& scene,
                      ports::LinkConflict& conflict, const Choice& choice);
  Status MakeLink(const ports::LinkPlace& place, const SyncScene& scene,
                  ports::LinkConflict& conflict, const Choice& choice);

  Result<ports::Link> Turn(const ports::LinkPlace& place, ports::LinkId id,
                           ports::LinkStanding standing, const std::string& by);

  Dependencies deps_;
};

}  // namespace sb::syncs
