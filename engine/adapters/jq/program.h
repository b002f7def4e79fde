#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/adapters/jq/libjq.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/workflow/expressions.h"

namespace sb::adapters::jq {

/// One compiled expression. For one thread at a time, not always the same.
class Program {
 public:
  /// `names` are the arguments it may use, each a plain name. Costs about 25 ms. Fails with
  /// kInvalid EXPRESSION_MALFORMED.
  static Result<std::unique_ptr<Program>> Compile(const std::string& source,
                                                  const std::vector<std::string>& names);

  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// The first result, null when there is none. `arguments` has a value for each name. Fails with
  /// kInvalid EXPRESSION_FAILED.
  Result<Json> Run(const Json& input, const core::workflow::Arguments& arguments);

  /// Makes a Run that is under way on another thread end soon. At most once; the program is of no
  /// use afterwards.
  void Interrupt();

 private:
  explicit Program(std::string source);

  jq_state* state_;
  std::string source_;
  bool has_arguments_ = false;
};

/// The source as messages show it: in one line, shortened.
std::string ShownSource(const std::string& source);

}  // namespace sb::adapters::jq
