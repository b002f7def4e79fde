#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/core/workflow/decide.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/run_store.h"
#include "engine/runtime/slot_set.h"

namespace sb::runtime {

/// Lets runs of one workflow and account with the same key begin one after the other, or as many at
/// once as the workflow says (`metadata.switchboard.concurrency`), in the order in which they were
/// started.
///
/// It holds every live run that stands in a line, also those that are not in memory: the database
/// knows their places, and gives them to whoever takes over the slot. Engine's thread only.
class Turnstile {
 public:
  struct Dependencies {
    const ports::Clock& clock;
    ports::Executor& home;
    /// Gives an input to a run, which is fetched if need be; tells whether it changed anything.
    std::function<void(RunId, core::workflow::Input, std::function<void(Result<bool>)>)> give;
    Millis pause = std::chrono::seconds(1);  ///< Before something that failed is tried again.
  };

  explicit Turnstile(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// What is stored of these slots, before any of their runs asks.
  void Adopt(const std::vector<ports::Turn>& turns);
  /// The slots are ours: turns are given.
  void Open(const std::vector<Slot>& slots);
  /// They are no longer; their lines are the next owner's.
  void Close(const std::vector<Slot>& slots);

  /// A run wants its turn. It may be asked again.
  void Ask(const ports::Turn& turn);
  /// A run has ended, wherever it stood.
  void Leave(RunId run);

  void Stop() { stopped_ = true; }

 private:
  enum class Standing {
    kWaiting,
    kCalled,     ///< It was told that it is its turn.
    kTaken,      ///< It has begun.
    kDismissed,  ///< It was told to give up.
  };

  struct Place {
    ports::Turn turn;
    Standing standing = Standing::kWaiting;
    bool counts = false;  ///< It takes up one of the places of the line.
  };

  using LineKey = std::pair<AccountId, std::string>;

  struct Line {
    std::map<RunId, Place> places;  ///< In the order of their start.
    std::set<RunId> waiting;
    int under_way = 0;  ///< Places that count.
    int impatient = 0;  ///< Those waiting that will not stand in line: they skip, or replace.
  };

  static Slot SlotOf(const Line& line) { return line.places.begin()->second.turn.key.slot; }

  static void Move(Line& line, Place& place, Standing standing, bool counts);
  void Serve(const LineKey& key);
  void ServeLater(const LineKey& key);
  bool ServeImpatient(const LineKey& key, Line& line);
  void Call(const LineKey& key, Line& line, Place& place);
  void Dismiss(const LineKey& key, Line& line, Place& place, const std::string& reason);
  void OnAnswered(const LineKey& key, RunId run, Standing before, const Result<bool>& answer);

  Dependencies deps_;
  bool stopped_ = false;
  SlotSet open_;
  std::map<LineKey, Line> lines_;
  std::map<RunId, LineKey> line_of_;
};

}  // namespace sb::runtime
