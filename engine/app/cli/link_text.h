#pragma once

#include <string>

#include <google/protobuf/struct.pb.h>

#include "engine/app/cli/table.h"
#include "engine/base/time.h"
#include "switchboard/v1/link.pb.h"

// Two-way syncs, their links and conflicts, for people. All of it fits into the width of the style.
namespace sb::app::cli {

/// "Acme", "+33142685300 (Work), +33612345678"; a blank value is "".
std::string ValueText(const google::protobuf::Value& value);

/// What would be done, with samples side by side and what it would cost; without what stands in the
/// way, which ProblemsText tells.
std::string TwoWayPlanText(const switchboard::v1::TwoWayPlan& plan, const Style& style);
/// Empty where nothing does.
std::string ProblemsText(const switchboard::v1::TwoWayPlan& plan, const Style& style);

/// How far a two-way sync is: lines of a card.
void AddTwoWayProgress(const switchboard::v1::TwoWayProgress& progress, WallTime now, Card& card);
/// What people should do about it, a line each, with what to type. `sync`: "acme/customers";
/// `account`: "acc_...".
std::string TwoWayHints(const switchboard::v1::TwoWayProgress& progress, const std::string& sync,
                        const std::string& account, const Style& style);
/// One line, for logs and for watching: "live, 1,234 links, 3 wait (12 s behind), 2 questions".
std::string TwoWayLine(const switchboard::v1::TwoWayProgress& progress, WallTime now);

/// "active", "parked" ... in the colour of what it says.
Cell LinkStateCell(const switchboard::v1::Link& link);

/// The whole history of a link, or why a record has none.
std::string LinkStoryText(const switchboard::v1::LinkStory& story, WallTime now,
                          const Style& style);

/// One conflict: base and both values, with times.
std::string ConflictText(const switchboard::v1::LinkConflict& conflict, const std::string& side_a,
                         const std::string& side_b, WallTime now, const Style& style);

}  // namespace sb::app::cli
