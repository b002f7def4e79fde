#pragma once

#include <string>

#include "engine/app/cli/table.h"
#include "engine/base/time.h"
#include "switchboard/v1/sync.pb.h"

namespace sb::app::cli {

/// "COMPLETE", in the colour of what it says.
Cell SyncVerdictCell(const switchboard::v1::SyncVerification& verification);

/// A receipt for people: its verdict, a line for each stream, and what differs.
std::string SyncReceiptText(const switchboard::v1::SyncVerification& verification, WallTime now,
                            const Style& style);

}  // namespace sb::app::cli
