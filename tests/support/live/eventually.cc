#include "tests/support/live/eventually.h"

#include <poll.h>

namespace sb::live {

bool Eventually(std::chrono::milliseconds limit, const std::function<bool()>& holds,
                std::chrono::milliseconds pause) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    poll(nullptr, 0, static_cast<int>(pause.count()));
  }
  return true;
}

}  // namespace sb::live
