#include "engine/adapters/jq/jq_expressions.h"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <regex>

#include <nlohmann/json.hpp>

#include "engine/adapters/jq/deep_stack_pool.h"
#include "engine/adapters/jq/plain_path.h"
#include "engine/adapters/jq/program.h"
#include "engine/adapters/jq/source_guard.h"

namespace sb::adapters::jq {
namespace {

constexpr std::size_t kMaxSource = 16UL * 1024;
constexpr std::int64_t kLimitNs = 250'000'000;

Error Malformed(const std::string& source, const std::string& why) {
  return Invalid("EXPRESSION_MALFORMED", "the expression `" + ShownSource(source) + "` " + why);
}

/// What can be said against a source before jq sees it.
Status Screen(const std::string& source) {
  if (source.size() > kMaxSource)
    return Malformed(source, "is longer than 16 KiB; split it into several tasks");
  if (source.find('\0') != std::string::npos) return Malformed(source, "holds a NUL byte");
  if (source.find_first_not_of(" \t\r\n") == std::string::npos)
    return Malformed(source, "is empty");
  if (const auto refused = FindRefusedName(source)) {
    return Malformed(source,
                     "uses `" + refused->name + "`, which is not available: " + refused->reason);
  }
  return {};
}

bool IsPlainName(const std::string& name) {
  static const std::regex kName("[A-Za-z_][A-Za-z0-9_]{0,99}");
  return std::regex_match(name, kName);
}

std::string KeyOf(const std::string& source, const std::vector<std::string>& names) {
  std::string key;
  for (const std::string& name : names) key += name + ",";
  return key + "|" + source;
}

Error TooExpensive(const std::string& source) {
  return Invalid("EXPRESSION_TOO_EXPENSIVE",
                 "the expression `" + ShownSource(source) +
                     "` takes more than 250 ms; look for a loop without end, or do less "
                     "at once");
}

Error Busy() {
  return Unavailable(
      "EXPRESSION_UNAVAILABLE",
      "no evaluator became free for ten seconds: sixteen expressions are under way, or the "
      "system gives no more threads");
}

}  // namespace

/// Programs that are not in use, by source and names; the one used longest ago goes when there are
/// too many. Thread-safe.
class JqExpressions::Shelf {
 public:
  explicit Shelf(std::size_t capacity) : capacity_(capacity) {}

  std::unique_ptr<Program> Take(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    auto program = std::move(found->second->program);
    programs_.erase(found->second);
    by_key_.erase(found);
    return program;
  }

  void Put(std::string key, std::unique_ptr<Program> program) {
    std::unique_ptr<Program> oldest;  // outlives the lock: taking a program apart takes a while
    const std::lock_guard lock(mutex_);
    programs_.push_front({std::move(key), std::move(program)});
    by_key_.emplace(programs_.front().key, programs_.begin());
    if (programs_.size() <= capacity_) return;
    const auto last = std::prev(programs_.end());
    const auto [first, end] = by_key_.equal_range(last->key);
    by_key_.erase(
        std::find_if(first, end, [last](const auto& entry) { return entry.second == last; }));
    oldest = std::move(last->program);
    programs_.pop_back();
  }

 private:
  struct Entry {
    std::string key;
    std::unique_ptr<Program> program;
  };

  const std::size_t capacity_;
  std::mutex mutex_;
  std::list<Entry> programs_;
  std::multimap<std::string, std::list<Entry>::iterator>
      by_key_;  // several threads may use one source at once
};

struct JqExpressions::Threads {
  DeepStackPool pool;
};

/// One evaluation. Owns all it needs, because its caller may give up before it has ended.
struct JqExpressions::Request {
  std::string source;
  std::vector<std::string> names;
  Json input;
  core::workflow::Arguments arguments;
  std::shared_ptr<Shelf> shelf;
  std::optional<Result<Json>> result;  ///< Absent: only compiled.
  Status compiled;
  bool compile_only = false;

  void Work(Job& job) {
    const std::string key = KeyOf(source, names);
    std::unique_ptr<Program> program = shelf->Take(key);
    if (!program) {
      program = std::make_unique<Program>(source, names);
      Counted(job, *program, [&] { compiled = program->Compile(); });
      if (!compiled.ok()) return;
    }
    if (!compile_only) {
      Counted(job, *program, [&] { result = program->Run(input, arguments); });
    }
    const std::lock_guard lock(job.mutex);
    if (!job.interrupted && program->usable()) shelf->Put(key, std::move(program));
  }

  template <typename Part>
  static void Counted(Job& job, Program& program, const Part& part) {
    job.BeginCounting([&program](bool firmly) { program.Interrupt(firmly); });
    part();
    job.EndCounting();
  }
};

JqExpressions::JqExpressions(std::size_t programs_kept)
    : shelf_(std::make_shared<Shelf>(programs_kept)), threads_(std::make_unique<Threads>()) {}

JqExpressions::~JqExpressions() = default;

Status JqExpressions::Check(const std::string& source,
                            const std::vector<std::string>& arguments) const {
  Status screened = Screen(source);
  if (!screened.ok()) return screened;
  auto request = std::make_shared<Request>();
  request->source = source;
  request->shelf = shelf_;
  request->compile_only = true;
  for (const std::string& name : arguments) {
    if (!IsPlainName(name)) return Malformed(source, "cannot get an argument named `" + name + "`");
    if (MentionsVariable(source, name)) request->names.push_back(name);
  }
  std::sort(request->names.begin(), request->names.end());
  auto job = std::make_shared<Job>();
  job->work = [request](Job& self) { request->Work(self); };
  if (!threads_->pool.Run(job, kLimitNs)) return Busy();
  const std::lock_guard lock(job->mutex);
  if (job->interrupted || !job->finished) return TooExpensive(source);
  return request->compiled;
}

Result<Json> JqExpressions::Evaluate(const std::string& source, const Json& input,
                                     const core::workflow::Arguments& arguments) const {
  if (const auto path = PlainPath::Parse(source)) {
    const auto found = arguments.find(path->variable());
    const bool from_input = path->variable().empty();
    if (from_input || found != arguments.end()) {
      if (const Json* value = path->Read(from_input ? input : found->second)) return *value;
    }
  }
  const Status screened = Screen(source);
  if (!screened.ok()) return screened.error();
  std::vector<std::string> names;
  for (const auto& [name, value] : arguments) {
    if (IsPlainName(name) && MentionsVariable(source, name)) names.push_back(name);
  }
  return Run(source, std::move(names), input, arguments);
}

Result<Json> JqExpressions::Run(const std::string& source, std::vector<std::string> names,
                                const Json& input,
                                const core::workflow::Arguments& arguments) const {
  auto request = std::make_shared<Request>();
  request->source = source;
  request->input = input;
  for (const std::string& name : names) request->arguments.emplace(name, arguments.at(name));
  request->names = std::move(names);
  request->shelf = shelf_;
  auto job = std::make_shared<Job>();
  job->work = [request](Job& self) { request->Work(self); };
  if (!threads_->pool.Run(job, kLimitNs)) return Busy();
  const std::lock_guard lock(job->mutex);
  if (job->interrupted || !job->finished) return TooExpensive(source);
  if (!request->compiled.ok()) return request->compiled.error();
  return std::move(*request->result);
}

}  // namespace sb::adapters::jq
