#include "engine/adapters/jq/source_guard.h"

#include <array>
#include <vector>

#include "engine/adapters/jq/names.h"

namespace sb::adapters::jq {
namespace {

struct Rule {
  std::string_view name;
  std::string_view reason;
};

constexpr std::string_view kEnvironment =
    "the environment of the engine is not visible to expressions";
constexpr std::string_view kOneInput = "an expression has one input, which is `.`";
constexpr std::string_view kNoFiles = "expressions cannot load files";
constexpr std::string_view kNoClock =
    "an expression must give the same result every time; use $task.startedAt or "
    "$workflow.startedAt";
constexpr std::string_view kNoZone =
    "the time zone of the machine is not visible to expressions; use gmtime and strftime";
constexpr std::string_view kNoOutput = "expressions cannot write";
constexpr std::string_view kNoHalt = "use error, or `empty`, instead of stopping the evaluator";

constexpr std::array<Rule, 17> kRules = {{
    {"env", kEnvironment},
    {"$ENV", kEnvironment},
    {"$__prog_args", kEnvironment},
    {"input", kOneInput},
    {"inputs", kOneInput},
    {"input_filename", kOneInput},
    {"input_line_number", kOneInput},
    {"import", kNoFiles},
    {"include", kNoFiles},
    {"modulemeta", kNoFiles},
    {"get_search_list", kNoFiles},
    {"now", kNoClock},
    {"localtime", kNoZone},
    {"strflocaltime", kNoZone},
    {"debug", kNoOutput},
    {"stderr", kNoOutput},
    {"halt", kNoHalt},
}};

/// Gives the names of a jq program one after the other, skipping texts and comments but not the `\(
/// )` inside texts.
class Names {
 public:
  explicit Names(std::string_view source) : source_(source) {}

  /// The next name with its `$`, without fields (`.name`) and object keys (`name:`); empty at the
  /// end.
  std::string_view Next() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (in_text_.back()) {
        SkipText();
      } else if (c == '#') {
        while (at_ < source_.size() && source_[at_] != '\n') ++at_;
      } else if (c == '"') {
        in_text_.push_back(true);
        ++at_;
      } else if (c == '(') {
        in_text_.push_back(false);
        ++at_;
      } else if (c == ')') {
        if (in_text_.size() > 1) in_text_.pop_back();
        ++at_;
      } else if (IsNameStart(c) || c == '$') {
        const std::string_view name = TakeName();
        if (!name.empty()) return name;
      } else {
        ++at_;
      }
    }
    return {};
  }

 private:
  void SkipText() {
    const char c = source_[at_++];
    if (c == '"') in_text_.pop_back();
    if (c != '\\' || at_ >= source_.size()) return;
    if (source_[at_++] == '(') in_text_.push_back(false);
  }

  std::string_view TakeName() {
    const std::size_t start = at_++;
    // jq allows blanks behind the dollar.
    const bool is_variable = source_[start] == '$';
    while (at_ < source_.size() && IsNamePart(source_[at_])) ++at_;
    const std::string_view name = source_.substr(start, at_ - start);
    if (is_variable) return name;
    const bool is_field = start > 0 && source_[start - 1] == '.';
    return is_field || IsKey() ? std::string_view() : name;
  }

  /// Whether a single ':' follows: `{now: 1}`. A definition (`def now: 1`) is as harmless.
  bool IsKey() const {
    std::size_t next = at_;
    while (next < source_.size() &&
           (source_[next] == ' ' || source_[next] == '\n' || source_[next] == '\t'))
      ++next;
    return next < source_.size() && source_[next] == ':' &&
           (next + 1 >= source_.size() || source_[next + 1] != ':');
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::vector<bool> in_text_ = {false};  ///< One entry per open text or parenthesis.
};

}  // namespace

std::optional<Refused> FindRefusedName(std::string_view source) {
  Names names(source);
  for (std::string_view name = names.Next(); !name.empty(); name = names.Next()) {
    if (name == "halt_error") return Refused{std::string(name), std::string(kNoHalt)};
    for (const Rule& rule : kRules) {
      if (name == rule.name) return Refused{std::string(name), std::string(rule.reason)};
    }
  }
  return {};
}

bool MentionsVariable(std::string_view source, std::string_view variable) {
  Names names(source);
  for (std::string_view name = names.Next(); !name.empty(); name = names.Next()) {
    if (name.starts_with('$') && name.substr(1) == variable) return true;
  }
  return false;
}

}  // namespace sb::adapters::jq
