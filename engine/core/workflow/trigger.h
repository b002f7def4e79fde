#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/event/event.h"
#include "engine/core/workflow/expressions.h"
#include "engine/core/workflow/model.h"

namespace sb::core::workflow {

/// The event types that can start this workflow or that its tasks listen for, sorted, each once.
std::vector<std::string> WantedTypes(const Workflow& workflow);

/// Whether the event (a CloudEvent as JSON) fits the filter: its type, and each attribute. A
/// literal equals the event's attribute; an expression, applied to the attribute, gives something
/// other than false and null. Fails with what Expressions::Evaluate gives.
Result<bool> Fits(const EventFilter& filter, const Json& event, const Expressions& expressions);

/// Whether the event, by itself, starts a run of this workflow. Fails with what
/// Expressions::Evaluate gives.
Result<bool> Matches(const Workflow& workflow, const event::CloudEvent& event,
                     const Expressions& expressions);

/// Whether runs of this workflow are started by several events together, and an event of this type
/// may be one of them.
bool Gathers(const Workflow& workflow, const std::string& type);

/// The input of the run that the event starts: `$workflow.input[0].data` is the provider's object.
Json TriggerInput(const event::CloudEvent& event);

}  // namespace sb::core::workflow
