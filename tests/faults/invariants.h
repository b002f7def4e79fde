#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/faults/fleet.h"
#include "tests/faults/load.h"
#include "tests/faults/relay.h"

namespace sb::live {

/// Notes, from now on, which instance wrote for which slot and who owned the slot at that moment.
void BeginAudit(const Fleet& fleet);

/// How much is still to be done: live runs, pending events, open commands.
std::string WorkLeft(const Fleet& fleet);

// What must hold whatever happened; each failure is a test failure that names the invariant.

void ExpectNoDeliveryLostOrDoubled(const Fleet& fleet, const Relay& relay);
void ExpectWholeJournals(const Fleet& fleet);
void ExpectOneOwnerAtATime(const Fleet& fleet);
void ExpectEveryRunSucceeded(const Fleet& fleet);
void ExpectEachEffectOnce(Fleet& fleet, const Load& load);
void ExpectWithinTheQuota(Fleet& fleet);

}  // namespace sb::live
