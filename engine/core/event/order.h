#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/base/time.h"

namespace sb::core::event {

/// What puts an event in its place among others.
struct Telling {
  std::string about;  ///< The thing that it happened to; empty: nothing single.
  WallTime at;        ///< When it happened, as its source says.
  int rank = 0;       ///< Its place in the life of such a thing, for events of the same moment.
};

/// The order in which to deal with events that are there together, as indexes: those about the same
/// thing as they happened, in the places that these have among the others. Of what happened in the
/// same moment the lower rank comes first, and of equals the one that came first.
std::vector<std::size_t> InOrder(const std::vector<Telling>& tellings);

}  // namespace sb::core::event
