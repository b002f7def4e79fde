#pragma once

#include <string>

#include "engine/core/twoway/definition.h"
#include "engine/ports/link_store.h"
#include "engine/syncs/two_way_syncs.h"
#include "switchboard/v1/link.pb.h"

// Two-way syncs, their links and conflicts, as clients are told of them.
namespace sb::api {

/// What a definition calls its sides.
struct SideNames {
  std::string a = "a";
  std::string b = "b";

  const std::string& of(core::twoway::Side side) const {
    return side == core::twoway::Side::kA ? a : b;
  }
};

SideNames NamesOf(const core::twoway::Definition& definition);

switchboard::v1::TwoWayPlan ToProto(const syncs::LinkPlan& plan, const SideNames& names);
/// How a sync in this state is. `now`: for when it will be done.
switchboard::v1::TwoWayProgress ToProto(const syncs::TwoWayStanding& standing,
                                        ports::SyncState state, const SideNames& names,
                                        WallTime now);
/// Of a sync that cannot even be looked at.
switchboard::v1::TwoWayProgress HinderedProgress(const Error& error, ports::SyncState state,
                                                 const SideNames& names);
/// Whether both sides were read and linked, and nothing waits. A comparison that is under way does
/// not count: nothing is known to be left.
bool IsSettled(const switchboard::v1::TwoWayProgress& progress);

/// `whole`: with what was agreed.
switchboard::v1::Link ToProto(const ports::Link& link, bool whole);
switchboard::v1::LinkEvent ToProto(const ports::LinkEntry& entry, const SideNames& names);
switchboard::v1::LinkConflict ToProto(const ports::LinkConflict& conflict, const SideNames& names);
switchboard::v1::LinkStory ToProto(const syncs::LinkExplanation& explanation,
                                   const SideNames& names);
/// Of a record that has no link, or waited for a person before it had one.
switchboard::v1::LinkStory StoryWithoutLink(const syncs::RecordExplanation& explanation,
                                            const SideNames& names);

/// What a conflict is about and how it can be answered, in a sentence without values.
std::string SentenceOf(const ports::LinkConflict& conflict, const SideNames& names);
/// How a link stands, in a sentence.
std::string SentenceOf(const ports::Link& link, const SideNames& names);

}  // namespace sb::api
