#include "engine/adapters/system/system_random.h"

#include <cerrno>
#include <cstdlib>
#include <sys/random.h>

namespace sb::adapters::system {

std::string SystemRandom::Bytes(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got = getrandom(bytes.data() + filled, count - filled, 0);
    if (got > 0) filled += static_cast<std::size_t>(got);
    // A kernel without getrandom cannot keep a secret: going on with guessable bytes would be worse
    // than stopping.
    if (got < 0 && errno != EINTR) std::abort();
  }
  return bytes;
}

}  // namespace sb::adapters::system
