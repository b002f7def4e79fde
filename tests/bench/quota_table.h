#pragma once

#include <string>
#include <vector>

#include "engine/base/json.h"
#include "tests/support/quota_simulation.h"

namespace sb::bench {

/// One way of sending against one way of counting, with or without a neighbour.
struct QuotaLine {
  testing::QuotaPlan plan;
  testing::QuotaOutcome import;  ///< An import has the quota for itself.
  testing::QuotaOutcome busy;    ///< People, events, a sync and an import: testing::BusyCompany.
};

/// How a provider's quota is used by our limiter, by a plain token bucket and by retrying with
/// back-off: in virtual time, so that two simulated hours cost a second.
std::vector<QuotaLine> SimulateQuotas();

/// For people; `times` says what was measured: "two simulated hours". A neighbour's refusals that
/// nobody knows are negative.
std::string TableOf(const std::vector<QuotaLine>& lines, const std::string& times);
Json ToJson(const std::vector<QuotaLine>& lines);

}  // namespace sb::bench
