// Whoever starts the engine waits until the connectors are read.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "embedded/ConnectorFiles.h"
#include "engine/core/workflow/expressions.h"
#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

/// Counts what is compiled.
class CountedExpressions final : public core::workflow::Expressions {
 public:
  Status Check(const std::string& source,
               const std::vector<std::string>& arguments) const override {
    ++checks;
    longest = std::max(longest, source.size());
    return Jq().Check(source, arguments);
  }

  Result<Json> Evaluate(const std::string& source, const Json& input,
                        const core::workflow::Arguments& arguments) const override {
    return Jq().Evaluate(source, input, arguments);
  }

  mutable int checks = 0;
  mutable std::size_t longest = 0;
};

TEST(Compilations, AreFewHoweverManyExpressionsTheShippedConnectorsHave) {
  const CountedExpressions expressions;
  const auto library = Library::Load(embedded::ConnectorFiles(), {}, expressions);
  ASSERT_TRUE(library.ok()) << library.error().message;
  EXPECT_LE(expressions.checks, 20) << "each costs some 25 ms, whatever its length";
  EXPECT_LE(expressions.longest, 16'384U) << "a longer one is refused, and each is tried alone";
}

}  // namespace
}  // namespace sb::connector
