#pragma once

#include <chrono>
#include <functional>

namespace sb::live {

/// Looks until `holds` is true; false when it did not become so within `limit`. For processes,
/// whose inside no signal reaches: where a test shares the process, it waits for the signal itself.
/// `pause` is what lies between two looks: longer where a look costs somebody's quota.
bool Eventually(std::chrono::milliseconds limit, const std::function<bool()>& holds,
                std::chrono::milliseconds pause = std::chrono::milliseconds(10));

}  // namespace sb::live
