#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/workflow/expressions.h"

namespace sb::adapters::jq {

/// Expressions by libjq 1.6, in the subset and with the limits that README.md names. Compiled
/// programs are kept, the most recently used ones. Thread-safe; a caller waits for its result.
class JqExpressions : public core::workflow::Expressions {
 public:
  explicit JqExpressions(std::size_t programs_kept = 256);
  ~JqExpressions() override;

  Status Check(const std::string& source, const std::vector<std::string>& arguments) const override;
  Result<Json> Evaluate(const std::string& source, const Json& input,
                        const core::workflow::Arguments& arguments) const override;

 private:
  class Shelf;
  struct Request;

  Result<Json> Run(const std::string& source, std::vector<std::string> names, const Json& input,
                   const core::workflow::Arguments& arguments) const;

  // shared with evaluations that were given up and end later
  std::shared_ptr<Shelf> shelf_;
  struct Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace sb::adapters::jq
