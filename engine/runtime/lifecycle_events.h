#pragma once

#include <functional>
#include <vector>

#include "engine/base/ids.h"
#include "engine/core/event/event.h"
#include "engine/core/workflow/decide.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/run_store.h"
#include "engine/runtime/workflow_book.h"

namespace sb::runtime {

/// One commit of a run, of whose life events may be wanted.
struct LifeOfRun {
  const ports::NewRun& made;
  const core::workflow::Workflow& workflow;
  const core::workflow::Run& after;
  const std::vector<core::workflow::Fact>& facts;
  const std::vector<ports::JournalRow>& rows;  ///< Of these facts.
  bool is_new = false;                         ///< The commit makes the run.
};

/// The events of these facts that are wanted, as the inbox keeps them. They are stored in the same
/// commit, so each is there exactly when the fact is. A run that stands at the end of a long chain
/// of runs started by one another has none: workflows that start one another for ever stop there.
std::vector<ports::InboxItem> LifecycleItems(
    const LifeOfRun& life, const std::function<bool(const std::string& type)>& wanted,
    IdGenerator& ids, WallTime now);

/// Whether the event tells of a run of this workflow, whatever its version: it starts no other.
bool TellsOf(const core::workflow::Workflow& workflow, const core::event::CloudEvent& event);

/// How many runs stand above one that the event starts.
int DepthOf(const core::event::CloudEvent& event);

}  // namespace sb::runtime
