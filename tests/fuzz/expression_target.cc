// An expression in the first line and its input, as JSON, in the others: a value or an error, in
// bounded time and memory, without anything of the server in it.
#include <algorithm>
#include <cstdlib>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "tests/fuzz/target.h"

namespace sb::fuzz {
namespace {

constexpr const char* kHidden = "only-the-server-knows";

const adapters::jq::JqExpressions& Jq() {
  setenv("SB_FUZZ_HIDDEN", kHidden, 1);
  static const adapters::jq::JqExpressions kJq;
  return kJq;
}

}  // namespace

void Try(std::string_view input) {
  static const auto& kJq = Jq();
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string source(input.substr(0, line));
  const auto parsed = ParseJson(input.substr(std::min(line + 1, input.size())));
  const Json data = parsed.ok() ? *parsed : Json{{"text", "abc"}, {"list", {1, 2.5, nullptr}}};

  const Result<Json> result = kJq.Evaluate(source, data, {{"task", data}});
  const std::string shown = result.ok() ? DumpJson(*result) : result.error().message;
  const bool guessed = input.find(kHidden) != std::string_view::npos;
  Must(guessed || shown.find(kHidden) == std::string::npos, "the environment stays hidden");
  Must(result.ok() || result.error().code.starts_with("EXPRESSION_"), "an error has its code");
  Must(result.ok() || result.error().message.size() < 2000, "and a message of a decent length");
}

}  // namespace sb::fuzz
