#pragma once

#include <string>

#include <google/protobuf/struct.pb.h>

#include "engine/app/cli/table.h"
#include "engine/base/time.h"
#include "switchboard/v1/link.pb.h"

// Two-way syncs, their links and conflicts, for people. Tables fit into the width of the style,
// from 80 columns on; sentences are for the terminal to break.
namespace sb::app::cli {

/// "Acme", "+33142685300 (Work), +33612345678"; a blank value is "".
std::string ValueText(const google::protobuf::Value& value);

/// What would be done, with samples side by side and what it would cost; without what stands in the
/// way, which ProblemsText tells.
std::string TwoWayPlanText(const switchboard::v1::TwoWayPlan& plan, const Style& style);
/// Whether something stands in the way of a deployment, and is not only advice.
bool IsHindered(const switchboard::v1::TwoWayPlan& plan);
/// What stands in the way, and advice; empty where there is neither.
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

/// A line for each link. `sides`: for their names.
std::string LinksText(const switchboard::v1::ListLinksResponse& response,
                      const switchboard::v1::TwoWayProgress& sides, WallTime now,
                      const Style& style);

/// A line for each conflict: both values, and what it is in a word.
std::string ConflictsText(const switchboard::v1::ListConflictsResponse& response,
                          const switchboard::v1::TwoWayProgress& sides, WallTime now,
                          const Style& style);

/// How the first conflict that can be answered may be answered, as a line to type; empty: none can.
/// `about`: "--sync acme/customers --account acc_...".
std::string AnswerHint(const switchboard::v1::ListConflictsResponse& response,
                       const switchboard::v1::TwoWayProgress& sides, const std::string& about);

/// The whole history of a link, or why a record has none.
std::string LinkStoryText(const switchboard::v1::LinkStory& story, WallTime now,
                          const Style& style);

/// One conflict: base and both values, with times.
std::string ConflictText(const switchboard::v1::LinkConflict& conflict, const std::string& side_a,
                         const std::string& side_b, WallTime now, const Style& style);

}  // namespace sb::app::cli
