#include "engine/ports/skip_ledger.h"

namespace sb::ports {

std::map<std::string, Skip> NewestSkips(const std::vector<Skip>& skips) {
  std::map<std::string, Skip> newest;
  for (const Skip& skip : skips) {
    const auto [known, is_new] = newest.try_emplace(skip.key, skip);
    if (!is_new && skip.at >= known->second.at) known->second = skip;
  }
  return newest;
}

}  // namespace sb::ports
