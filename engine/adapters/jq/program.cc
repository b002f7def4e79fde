#include "engine/adapters/jq/program.h"

#include <array>
#include <optional>
#include <regex>

#include <nlohmann/json.hpp>

#include "engine/adapters/jq/values.h"

namespace sb::adapters::jq {
namespace {

/// Stands before every expression, in one line so that jq counts the author's lines from 2. What
/// reaches outside is defined away here too, should a name slip past the guard.
constexpr const char* kPrelude =
    "def env: {}; def input: null; def inputs: empty; def debug: .; def stderr: .; def halt: "
    "error(\"halt\"); "
    "def halt_error: error(\"halt\"); def halt_error(x): error(\"halt\"); def now: error(\"now\"); "
    "def input_filename: null; def get_search_list: []; "
    "{} as $ENV | ";

std::string Wrap(const std::string& source, const std::vector<std::string>& names) {
  std::string text = kPrelude;
  if (!names.empty()) {
    text += ".v as $__sb | ";
    for (const std::string& name : names) {
      text.append("$__sb.").append(name).append(" as $").append(name).append(" | ");
    }
    text += ".i | ";
  }
  return text + "\n" + source;
}

/// Collects what jq has to say about a program.
void CollectMessage(void* messages, jv message) {
  jv text = jq_format_error(message);
  static_cast<std::vector<std::string>*>(messages)->emplace_back(
      jv_get_kind(text) == JV_KIND_STRING ? jv_string_value(text) : "");
  jv_free(text);
}

/// "jq: error: x/0 is not defined at <top-level>, line 2:\n<source>" -> "x is not defined (line
/// 1)".
std::string CompileComplaint(const std::vector<std::string>& messages) {
  static const std::regex kForm("jq: error: ([^]*?) at <top-level>, line ([0-9]+):[^]*");
  std::smatch parts;
  for (const std::string& message : messages) {
    if (!std::regex_match(message, parts, kForm)) continue;
    std::string what =
        std::regex_replace(parts[1].str(), std::regex(" \\(Unix shell quoting issues\\?\\)"), "");
    what = std::regex_replace(what, std::regex("/0 is not defined"), " is not defined");
    what = std::regex_replace(what, std::regex("\\$end"), "end of the expression");
    return what + " (line " + std::to_string(std::stoi(parts[2].str()) - 1) + ")";
  }
  return "jq does not understand it";
}

/// What jq says at run time quotes the data. Only the kinds of value and of trouble may go on.
struct Trouble {
  const char* sign;  ///< What jq's message contains.
  const char* ours;  ///< "%" stands for the kinds of value involved.
};

constexpr std::array<Trouble, 19> kTroubles = {{
    {"cannot be added", "% cannot be added"},
    {"cannot be subtracted", "% cannot be subtracted"},
    {"cannot be multiplied", "% cannot be multiplied"},
    {"because the divisor is zero", "it divides by zero"},
    {"cannot be divided", "% cannot be divided"},
    {"Cannot iterate over", "cannot iterate over %"},
    {"Cannot index", "cannot read a member of %"},
    {"Cannot use", "% cannot be used as a key or index"},
    {"cannot be parsed as a number", "% cannot be parsed as a number"},
    {"cannot be parsed", "% cannot be parsed"},
    {"cannot be matched", "% cannot be matched: it is not a text"},
    {"has no keys", "% has no keys"},
    {"has no length", "% has no length"},
    {"Object keys must be strings", "the keys of an object must be texts"},
    {"cannot be sorted", "% cannot be sorted: it is not a list"},
    {"cannot be grouped", "% cannot be grouped: it is not a list"},
    {"Range bounds must be numeric", "the bounds of range must be numbers"},
    {"does not match format", "a time does not match its format"},
    {"only strings can be parsed", "only texts can be parsed"},
}};

/// The kinds of value that the message is about, in order: "string and number".
std::string KindsIn(const std::string& message) {
  // A quoted value may contain such words: nothing behind the first quote counts, except behind "
  // and ".
  static const std::regex kKind(
      "(null|boolean|number|string|array|object)( \\(|$| and | with | cannot| has)");
  const bool two = message.find(") and ") != std::string::npos;
  std::string kinds;
  int count = 0;
  auto search = message.cbegin();
  for (std::smatch found;
       count < (two ? 2 : 1) && std::regex_search(search, message.cend(), found, kKind); ++count) {
    kinds += (count > 0 ? " and " : "") + found[1].str();
    search = found[0].second;
    if (two && count == 0) {
      const std::size_t rest = message.rfind(") and ");
      search = message.cbegin() + static_cast<std::ptrdiff_t>(rest) + 2;
    }
  }
  return kinds.empty() ? "a value" : kinds;
}

std::string RunComplaint(const std::string& message) {
  for (const Trouble& trouble : kTroubles) {
    if (message.find(trouble.sign) == std::string::npos) continue;
    std::string ours = trouble.ours;
    const std::size_t place = ours.find('%');
    if (place != std::string::npos) ours.replace(place, 1, KindsIn(message.substr(0, 2000)));
    return ours;
  }
  return "it ran into an error of its own";
}

std::optional<jv> ArgumentsToJv(const core::workflow::Arguments& arguments) {
  jv named = jv_object();
  for (const auto& [name, argument] : arguments) {
    const std::optional<jv> converted = ToJv(argument);
    if (!converted) return {};
    named = jv_object_set(named, jv_string(name.c_str()), *converted);
  }
  return named;
}

Error Failed(const std::string& source, const std::string& why) {
  return Invalid("EXPRESSION_FAILED",
                 "the expression `" + ShownSource(source) + "` failed: " + why);
}

Error TooExpensive(const std::string& source, const std::string& why) {
  return Invalid("EXPRESSION_TOO_EXPENSIVE", "the expression `" + ShownSource(source) + "` " + why);
}

}  // namespace

std::string ShownSource(const std::string& source) {
  constexpr std::size_t kLongest = 160;
  std::string shown = std::regex_replace(source.substr(0, kLongest), std::regex("\\s+"), " ");
  if (source.size() > kLongest) shown += " ...";
  return shown;
}

/// What a run of jq found: a value, or a message, or neither.
struct Program::Found {
  jv value = jv_null();
  jv message = jv_null();
  bool nothing = false;
};

Program::Program(std::string source, const std::vector<std::string>& names)
    : source_(std::move(source)), text_(Wrap(source_, names)), has_arguments_(!names.empty()) {}

/// Calls jq within bounds; an error when it went beyond them.
template <typename Work>
Status Program::Bounded(const Work& work) {
  const Heap::End end = heap_.Run(work);
  if (end == Heap::End::kDone) return {};
  usable_ = false;
  if (end == Heap::End::kTooMuchMemory)
    return TooExpensive(source_, "takes more than 128 MB of memory; do less at once");
  if (end == Heap::End::kStopped) return TooExpensive(source_, "had to be stopped");
  return Failed(source_, "it ran into an error of jq's own");
}

Status Program::Compile() {
  if (Status prepared = Heap::Prepare(); !prepared.ok()) return prepared;
  std::vector<std::string> messages;
  int compiled = 0;
  const Status bounded = Bounded([&] {
    jq_state* const state = jq_init();
    state_ = state;
    jq_set_error_cb(state, CollectMessage, &messages);
    // All of these are left uninitialised by libjq 1.6, which then crashes on `input`, `debug` and
    // `import`.
    jq_set_input_cb(state, nullptr, nullptr);
    jq_set_debug_cb(state, nullptr, nullptr);
    jq_set_attr(state, jv_string("JQ_LIBRARY_PATH"), jv_array());
    jq_set_attr(state, jv_string("JQ_ORIGIN"), jv_string("/nonexistent"));
    jq_set_attr(state, jv_string("PROGRAM_ORIGIN"), jv_string("/nonexistent"));
    compiled = jq_compile_args(state, text_.c_str(), jv_object());
    jq_set_error_cb(state, nullptr, nullptr);
  });
  if (!bounded.ok() || compiled != 0) return bounded;
  usable_ = false;
  return Invalid("EXPRESSION_MALFORMED", "the expression `" + ShownSource(source_) +
                                             "` is not valid jq: " + CompileComplaint(messages));
}

Result<Json> Program::Run(const Json& input, const core::workflow::Arguments& arguments) {
  const Heap::Entered entered(heap_);
  std::optional<jv> value = ToJv(input);
  const std::optional<jv> named = ArgumentsToJv(arguments);
  if (!value || !named) {
    usable_ = false;  // what was converted until then still lies in the heap
    return Failed(source_,
                  "its input holds a whole number beyond 2^53, which jq would round; read the "
                  "member you need by a "
                  "plain path such as .a.b instead");
  }
  if (has_arguments_) {
    value =
        jv_object_set(jv_object_set(jv_object(), jv_string("i"), *value), jv_string("v"), *named);
  }
  Found found;
  const Status bounded = Bounded([&] {
    jq_start(state_, *value, 0);
    found.value = jq_next(state_);
    if (jv_get_kind(found.value) != JV_KIND_INVALID) return;
    found.nothing = jv_invalid_has_msg(jv_copy(found.value)) == 0;
    if (!found.nothing) found.message = jv_invalid_get_msg(jv_copy(found.value));
  });
  if (!bounded.ok()) return bounded.error();
  Result<Json> result = Judge(found);
  // Start anew, so that a program that lies in store does not hold on to the data.
  const Status emptied = Bounded([&] {
    jv_free(found.value);
    jv_free(found.message);
    jq_start(state_, jv_null(), 0);
  });
  return result;
}

Result<Json> Program::Judge(const Found& found) {
  if (found.nothing) return Json();
  if (jv_get_kind(found.value) == JV_KIND_INVALID) {
    const bool is_text = jv_get_kind(found.message) == JV_KIND_STRING;
    return Failed(source_, RunComplaint(is_text ? jv_string_value(found.message) : ""));
  }
  auto value = FromJv(found.value);
  if (auto* const json = std::get_if<Json>(&value)) return std::move(*json);
  if (std::get<NotJson>(value) == NotJson::kTooDeep)
    return Failed(source_, "its result is nested more than 128 levels deep");
  return TooExpensive(source_,
                      "gives more than two million values or 32 MB of texts; do less at once");
}

void Program::Interrupt(bool firmly) {
  if (firmly) return heap_.Stop();
  if (jq_state* const state = state_) jq_halt(state, jv_null(), jv_null());
}

}  // namespace sb::adapters::jq
