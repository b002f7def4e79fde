#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "engine/adapters/jq/heap.h"
#include "engine/adapters/jq/libjq.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/workflow/expressions.h"

namespace sb::adapters::jq {

/// One expression. For one thread at a time, not always the same.
class Program {
 public:
  /// `names` are the arguments it may use, each a plain name.
  Program(std::string source, const std::vector<std::string>& names);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Before anything else; costs about 25 ms. Fails with kInvalid EXPRESSION_MALFORMED,
  /// EXPRESSION_TOO_EXPENSIVE.
  Status Compile();

  /// The first result, null when there is none. `arguments` has a value for each name. Fails with
  /// kInvalid EXPRESSION_FAILED, EXPRESSION_TOO_EXPENSIVE; after that the program may be of no
  /// further use.
  Result<Json> Run(const Json& input, const core::workflow::Arguments& arguments);

  /// Whether it can be run again.
  bool usable() const { return usable_; }

  /// Makes a Compile or Run that is under way on another thread end soon: asks it to, once; then
  /// `firmly`, which may have to be repeated. The program is of no use afterwards.
  void Interrupt(bool firmly);

 private:
  struct Found;

  template <typename Work>
  Status Bounded(const Work& work);
  Result<Json> Judge(const Found& found);

  const std::string source_;
  const std::string text_;  ///< As jq gets it.
  const bool has_arguments_;
  bool usable_ = true;
  Heap heap_;  ///< All of jq's memory: nothing of it is taken apart piece by piece.
  std::atomic<jq_state*> state_ = nullptr;
};

/// The source as messages show it: in one line, shortened.
std::string ShownSource(const std::string& source);

}  // namespace sb::adapters::jq
