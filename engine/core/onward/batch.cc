#include "engine/core/onward/batch.h"

namespace sb::core::onward {

BatchPlan NextBatch(const std::vector<Candidate>& candidates, const BatchLimits& limits) {
  BatchPlan plan;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = candidates[i];
    if (candidate.bytes > limits.event_bytes) {
      plan.too_large.push_back(i);
      continue;
    }
    const bool fits =
        plan.send.size() < limits.events && bytes + candidate.bytes + 1 <= limits.bytes;
    // The first goes in any case: one that fits no request would hold up all others for ever.
    if (!plan.send.empty() && (!fits || candidate.alone)) break;
    plan.send.push_back(i);
    bytes += candidate.bytes + 1;  // and what stands between two
    if (candidate.alone) break;
  }
  return plan;
}

}  // namespace sb::core::onward
