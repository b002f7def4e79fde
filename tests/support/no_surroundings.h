#pragma once

#include "engine/runtime/surroundings.h"

namespace sb::testing {

/// For stories in which no run emits an event, starts another or takes turns.
class NoSurroundings : public runtime::Surroundings {
 public:
  void StoreEvent(const ports::RunKey&, const core::workflow::EventEmitted&,
                  std::function<void()>) override {}

  void StartChild(const ports::RunKey&, const core::workflow::StartChild&,
                  std::function<void(RunId)>,
                  std::function<void(core::workflow::ChildRunEnded)>) override {}

  void AskTurn(const ports::Turn&) override {}

  void LeaveLine(RunId) override {}
};

}  // namespace sb::testing
