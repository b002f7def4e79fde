#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/syncs/choices.h"
#include "tests/sim/twoway/checks.h"
#include "tests/sim/twoway/dice.h"
#include "tests/sim/twoway/flaws.h"
#include "tests/sim/twoway/keeper.h"
#include "tests/sim/twoway/world.h"

namespace sb::sim::twoway {

/// Where a process is to die, besides what the seed decides.
struct Death {
  std::int64_t call = 0;  ///< The so manieth call of a store or a side, from 1.
  bool after = false;     ///< Its effect has taken place.
};

/// A history that a seed decides: an hour of people on both sides and of things that go wrong, then
/// calm, and what holds at the end.
class History {
 public:
  struct Options {
    std::uint64_t seed = 1;
    Flaw flaw = Flaw::kNone;
    std::optional<Death> death;
    bool faultless = false;  ///< Nothing goes wrong but that death.
    bool tells = false;      ///< Notes what happens, for people.
    /// Where links are kept, with nothing of a sync of this seed in it; none: in memory.
    ports::LinkStore* store = nullptr;
  };

  struct Account {
    std::vector<std::string> violations;
    std::vector<std::string> lines;  ///< What happened, where it was to be told.
    std::int64_t calls = 0;
    std::int64_t deaths = 0;
    std::int64_t people = 0;  ///< What people did.
    std::int64_t writes = 0;  ///< Of ours.
    std::int64_t links = 0;
    std::int64_t parked = 0;
    std::int64_t conflicts = 0;
    std::string fingerprint;
  };

  explicit History(const Options& options);

  /// Once.
  Account Tell();

 private:
  struct Killed {};  ///< Thrown to end a process.

  /// A time in which a side is not to be had.
  struct Storm {
    WallTime from;
    WallTime until;
    bool refuses = false;  ///< The credential is refused.
  };

  /// What may go wrong.
  struct Weather {
    double lost = 0;   ///< Of hints.
    double twice = 0;  ///< Of events.
    double late = 0;   ///< Of events: by minutes.
    double fails = 0;  ///< Of calls of a side.
    double store_fails = 0;
    double dies = 0;              ///< At a call.
    double races = 0;             ///< A person edits just before a call.
    std::array<Storm, 2> storms;  ///< By side.
  };

  /// What people do with the sync itself, and what else may be odd.
  struct Oddities {
    bool pauses = false;        ///< The sync, now and then.
    bool pauses_links = false;  ///< Single links.
    bool deploys = false;       ///< A second version, with a field more.
    double garbled = 0;         ///< Of events: a part of them cannot be read.
    bool forbids = false;       ///< A record of A cannot be had for a while.
    double meets = 0;           ///< A person edits the record that the worker is at.
  };

  void Begin();
  Weather AnyWeather();
  Oddities AnyOddities();
  void HookUp();
  testing::CallHooks HooksOf(std::optional<core::twoway::Side> which);
  testing::Fate FateOf(std::optional<core::twoway::Side> which, bool writes);
  void CountCall(bool after);
  void StartKeeper();

  template <typename Doing>
  void Alive(Doing&& doing);

  void People();
  void ActOnce();
  void EditSomething(core::twoway::Side side);
  void MeetTheWorker();
  void MakeSomebody(core::twoway::Side side);
  void RemoveSome(core::twoway::Side side, std::size_t count);
  void HideOrShow(core::twoway::Side side);
  std::optional<std::string> Somebody(core::twoway::Side side);

  void BeOdd();
  void Pause();
  void Resume();
  syncs::Choices Person();
  void PauseSomeLink();
  void ResumeLinks();
  void Deploy();
  void ForbidSomebody();
  void Garble(Telling& telling);

  void Listen();
  void Deliver();
  bool IsPending();
  WallTime NextHint();
  void TickUntil(WallTime end);
  void Drain(const char* when);
  void Compare();
  void Calm();
  void StaySilent();
  Evidence Gather();
  bool WasAtLimit(core::twoway::Side side, const std::string& key, const std::string& field);
  void Judge(std::vector<std::string> violations, const std::string& when);
  void Note(const std::string& line);
  void NoteDefinition();
  void NoteLinks(const Evidence& evidence);

  const Options options_;
  Dice dice_;
  World world_;
  Weather weather_;
  Dice luck_;  ///< Of oddities, so that they change nothing else.
  const Oddities odd_;
  StoreEdge store_edge_;
  SideEdge a_edge_;
  SideEdge b_edge_;
  Ledger ledger_;
  std::unique_ptr<Keeper> keeper_;
  std::vector<Telling> tellings_;
  std::vector<Telling> told_;  ///< Delivered ones, to come again.
  std::array<std::size_t, 2> listened_ = {0, 0};
  std::set<std::size_t> hinted_;  ///< Deeds of A that nothing tells of but a hint that is stored.
  std::int64_t calls_ = 0;
  bool meddling_ = false;  ///< No hook does anything: people and the judge look.
  bool calm_ = false;
  bool lost_any_ = false;
  std::optional<WallTime> paused_at_;
  std::map<ports::LinkId, Rest> resting_;  ///< Links that are paused.
  std::vector<Rest> rests_;
  std::set<std::string> late_fields_;
  Account account_;
};

}  // namespace sb::sim::twoway
