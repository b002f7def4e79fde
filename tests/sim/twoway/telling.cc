#include "tests/sim/twoway/telling.h"

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace sb::sim::twoway {
namespace {

/// Tells a history that broke something once more, for people.
std::string Story(History::Options options) {
  options.tells = true;
  options.store = nullptr;  // what it is told in has this history already
  std::string story;
  for (const std::string& line : History(options).Tell().lines) story += line + "\n";
  return story;
}

}  // namespace

Seeds SeedsOf(const char* variable, Seeds otherwise) {
  const char* const wanted = std::getenv(variable);
  const std::string text = wanted == nullptr ? "" : wanted;
  if (text.empty()) return otherwise;
  Seeds seeds;
  const std::size_t dots = text.find("..");
  if (dots != std::string::npos) seeds.first = std::stoull(text.substr(0, dots));
  seeds.last = std::stoull(dots == std::string::npos ? text : text.substr(dots + 2));
  return seeds;
}

bool Holds(const History::Options& options, const History::Account& account) {
  if (account.violations.empty()) return true;
  std::string text;
  for (const std::string& violation : account.violations) text += violation + "\n";
  ADD_FAILURE() << "seed " << options.seed << "\n"
                << text << Story(options) << "again with SIM_SEEDS=" << options.seed << ".."
                << options.seed << " twoway_simulation_test";
  return false;
}

}  // namespace sb::sim::twoway
