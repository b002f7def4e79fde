#pragma once

#include <cstddef>
#include <vector>

namespace sb::core::onward {

/// What one request of a destination may hold.
struct BatchLimits {
  std::size_t events = 1;
  std::size_t bytes = 1024UL * 1024;        ///< Of the messages of a request together.
  std::size_t event_bytes = 1024UL * 1024;  ///< Of one message.
};

/// An event that may go out now, rendered.
struct Candidate {
  std::size_t bytes = 0;
  bool alone = false;  ///< It was refused together with others: it is tried by itself.
};

/// What to do with candidates, as indexes.
struct BatchPlan {
  std::vector<std::size_t> send;       ///< The next request, in this order; may be empty.
  std::vector<std::size_t> too_large;  ///< Never fit: they are given up.

  bool operator==(const BatchPlan&) const = default;
};

/// The next request. The candidates stand in the order in which they have to arrive, so a request
/// takes them from the front and leaves none out: those about the same thing stay in order.
BatchPlan NextBatch(const std::vector<Candidate>& candidates, const BatchLimits& limits);

}  // namespace sb::core::onward
