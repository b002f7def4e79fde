#include "tests/fuzz/target.h"

#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace sb::fuzz {

void Must(bool holds, std::string_view what) {
  if (holds) return;
  std::cerr << "does not hold: " << what << std::endl;
  std::abort();
}

}  // namespace sb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sb::fuzz::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
