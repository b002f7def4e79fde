#pragma once

#include <cstdint>
#include <string>

#include "engine/app/cli/table.h"
#include "engine/base/time.h"
#include "switchboard/v1/sync.pb.h"

// How far a sync is, for people.
namespace sb::app::cli {

/// "live", "reading" ..., in the colour of what it says.
Cell SyncStateCell(const switchboard::v1::SyncStreamProgress& stream);

/// A table of the streams, and what hinders each below it.
std::string SyncStreamsTable(const switchboard::v1::Sync& sync, WallTime now, const Style& style);

/// A bar for each stream: "calls  [######------]  52 %  12,345 rows  16.4/s  in 8 min". Fits into
/// the width of the style.
std::string SyncBars(const switchboard::v1::Sync& sync, WallTime now, const Style& style);

/// One line about one stream, for logs: "calls reading 52 %, 12,345 rows, in 8 min".
std::string SyncStreamLine(const switchboard::v1::SyncStreamProgress& stream, WallTime now);

/// "1,234,567"
std::string Grouped(std::int64_t number);

}  // namespace sb::app::cli
