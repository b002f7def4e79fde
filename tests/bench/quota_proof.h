#pragma once

#include <filesystem>
#include <vector>

#include "tests/bench/quota_table.h"

namespace sb::bench {

/// The same figures as SimulateQuotas, in real time: `switchboard serve` against the sandbox, both
/// as processes, for each way of counting 100 requests a minute, alone and beside a neighbour of 25
/// and of 60. Takes twelve minutes more than `minutes`, since companies are left to settle first;
/// all of them are measured side by side. Refusals of the neighbour are not known: -1. Throws
/// std::runtime_error as Subject does.
std::vector<QuotaLine> ProveQuotas(const std::filesystem::path& programs, int minutes);

}  // namespace sb::bench
