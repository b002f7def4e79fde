#pragma once

#include <chrono>
#include <functional>

namespace sb::live {

/// Looks until `holds` is true; false when it did not become so within `limit`. For processes,
/// whose inside no signal reaches: where a test shares the process, it waits for the signal itself.
bool Eventually(std::chrono::milliseconds limit, const std::function<bool()>& holds);

}  // namespace sb::live
