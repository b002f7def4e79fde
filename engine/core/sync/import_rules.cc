#include "engine/core/sync/import_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <regex>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/duration.h"

namespace sb::core::sync {
namespace {

constexpr std::size_t kLongestReason = 300;
constexpr std::int64_t kMostBytes = 1'000'000'000'000;
constexpr std::size_t kMostTexts = 1'000;
constexpr std::size_t kLongestLimitText = 200;
constexpr const char* kWhenName = "when";
constexpr const char* kCapName = "first_import";

// ---- Limits ----

std::optional<Json> SecondsLimit(const Json& written) {
  if (!written.is_string()) return {};
  const auto duration = workflow::ParseIsoDuration(written.get_ref<const std::string&>());
  if (!duration || *duration <= Millis(0)) return {};
  return Json(std::chrono::floor<std::chrono::seconds>(*duration).count());
}

/// "200 MB", "200MiB", "1024".
std::optional<Json> BytesLimit(const Json& written) {
  static const std::regex kForm("([0-9]{1,12}) ?(B|kB|MB|GB|KiB|MiB|GiB)?");
  static const std::array<std::pair<std::string_view, std::int64_t>, 7> kUnits = {
      {{"", 1},
       {"B", 1},
       {"kB", 1'000},
       {"MB", 1'000'000},
       {"GB", 1'000'000'000},
       {"KiB", 1LL << 10},
       {"MiB", 1LL << 20}}};
  std::string text = written.is_number_integer() ? DumpJson(written) : std::string();
  if (written.is_string()) text = written.get<std::string>();
  std::smatch parts;
  if (!std::regex_match(text, parts, kForm)) return {};
  std::int64_t factor = 1LL << 30;  // GiB
  for (const auto& [unit, bytes] : kUnits) {
    if (parts[2].str() == unit) factor = bytes;
  }
  const std::int64_t number = std::stoll(parts[1].str());
  if (number < 1 || number > kMostBytes / factor) return {};
  return Json(number * factor);
}

std::optional<Json> TextsLimit(const Json& written) {
  if (!written.is_array() || written.empty() || written.size() > kMostTexts) return {};
  const bool fine = std::ranges::all_of(written, [](const Json& each) {
    return each.is_string() && !each.get_ref<const std::string&>().empty() &&
           each.get_ref<const std::string&>().size() <= kLongestLimitText;
  });
  return fine ? std::optional(written) : std::nullopt;
}

// ---- The rules as one program ----

/// Its first result; null where it has none, or runs into an error. The line break keeps a comment
/// at the end from swallowing what follows.
std::string Attempted(const std::string& body) {
  return "([try (" + body + "\n) catch null][0])";
}

/// True: it passes. A text: it does not, and why. Anything else: it failed.
std::string RuleProgram(const ImportRule& rule, std::size_t index) {
  return Attempted("$limits[" + std::to_string(index) + "] as $limit | if (" + rule.passes +
                   "\n) then true else (" + rule.reason + "\n) end");
}

std::string WhenProgram(const std::string& when) {
  return Attempted("[(" + when +
                   "\n)][0] | if . == true then true elif . == false or . == null then \"\" else "
                   "null end");
}

/// What is asked of objects, in the order in which it counts.
struct Question {
  std::string code;  ///< Where the answer is no.
  std::string rule;
  std::string program;
  std::string otherwise;  ///< The reason, where the program gives none.
};

std::vector<Question> QuestionsOf(const Stream& stream, const ImportFilter& filter) {
  std::vector<Question> questions;
  for (std::size_t i = 0; i < filter.rules.size(); ++i) {
    const ImportRule* rule = stream.FindRule(filter.rules[i].name);
    // A rule that the connector has no more lets nothing in: null is no answer.
    questions.push_back({kRuleNotMet, filter.rules[i].name,
                         rule == nullptr ? "null" : RuleProgram(*rule, i),
                         rule == nullptr ? "" : "it does not hold that: " + rule->title});
  }
  if (!filter.when.empty()) {
    questions.push_back({kWhenNotMet, kWhenName, WhenProgram(filter.when),
                         "the expression of `when` is not true for it"});
  }
  return questions;
}

std::string WholeProgram(const std::vector<Question>& questions) {
  std::string list;
  for (const Question& each : questions) list += (list.empty() ? "" : ", ") + each.program;
  return "[.[] | [" + list + "]]";
}

workflow::Arguments ArgumentsOf(const ImportFilter& filter, WallTime now) {
  Json limits = Json::array();
  for (const ChosenRule& rule : filter.rules) limits.push_back(rule.limit);
  const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return {{"limits", std::move(limits)}, {"now", second}};
}

/// Cut where a character ends, and in one line.
std::string ShownReason(std::string reason) {
  for (char& c : reason) {
    if (c == '\n' || c == '\r' || c == '\t' || c == '\0') c = ' ';
  }
  if (reason.size() <= kLongestReason) return reason;
  std::size_t end = kLongestReason;
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0U) == 0x80U) --end;
  return reason.substr(0, end);
}

ImportVerdict FailedVerdict(const std::string& rule, const std::string& what) {
  return {kRuleFailed, rule, "`" + rule + "` " + what};
}

/// `answers`: what each question gave for one object.
ImportVerdict VerdictOf(const std::vector<Question>& questions, const Json& answers) {
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Question& question = questions[i];
    const Json& answer = answers[i];
    if (answer == Json(true)) continue;
    if (!answer.is_string())
      return FailedVerdict(question.rule, "cannot be answered for it: it runs into an error");
    const auto& reason = answer.get_ref<const std::string&>();
    return {question.code, question.rule,
            ShownReason(reason.empty() ? question.otherwise : reason)};
  }
  return {};
}

bool AreAnswers(const Result<Json>& answers, std::size_t objects, std::size_t questions) {
  return answers.ok() && answers->is_array() && answers->size() == objects &&
         std::ranges::all_of(*answers, [&](const Json& each) {
           return each.is_array() && each.size() == questions;
         });
}

}  // namespace

std::optional<Json> ReadLimit(LimitType type, const Json& written) {
  switch (type) {
    case LimitType::kNone:
      return {};
    case LimitType::kDuration:
      return SecondsLimit(written);
    case LimitType::kBytes:
      return BytesLimit(written);
    case LimitType::kTexts:
      return TextsLimit(written);
  }
  return {};
}

Result<std::vector<ImportVerdict>> JudgeObjects(const Stream& stream, const ImportFilter& filter,
                                                const std::vector<Json>& objects, WallTime now,
                                                const workflow::Expressions& expressions) {
  const std::vector<Question> questions = QuestionsOf(stream, filter);
  if (questions.empty() || objects.empty()) return std::vector<ImportVerdict>(objects.size());
  const std::string program = WholeProgram(questions);
  const workflow::Arguments arguments = ArgumentsOf(filter, now);
  std::vector<ImportVerdict> verdicts;
  const auto together = expressions.Evaluate(program, objects, arguments);
  if (AreAnswers(together, objects.size(), questions.size())) {
    for (const Json& answers : *together) verdicts.push_back(VerdictOf(questions, answers));
    return verdicts;
  }
  // One of them takes too long, or all of them together do.
  for (const Json& object : objects) {
    const auto alone = expressions.Evaluate(program, Json::array({object}), arguments);
    if (!alone.ok() && alone.error().kind == ErrorKind::kUnavailable) return alone.error();
    verdicts.push_back(
        AreAnswers(alone, 1, questions.size())
            ? VerdictOf(questions, (*alone)[0])
            : FailedVerdict(questions.front().rule, "or another rule takes too long"));
  }
  return verdicts;
}

Status CheckWhen(const ImportFilter& filter, const workflow::Expressions& expressions) {
  return filter.when.empty() ? Status() : expressions.Check(filter.when, {"now"});
}

// ---- The first import

WallTime AgeOf(const Stream& stream, const Cells& cells) {
  const Column* column = stream.WindowColumn();
  if (column == nullptr) return {};
  const Cell& cell = cells[static_cast<std::size_t>(column - stream.columns.data())];
  return cell ? ParseRfc3339(*cell).value_or(WallTime()) : WallTime();
}

ImportVerdict JudgeByCap(std::int64_t most, bool surveys, const std::optional<ImportLine>& line,
                         WallTime age, const std::string& key) {
  const std::string newest = "the newest " + std::to_string(most);
  if (line) {
    if (std::pair(age, key) >= std::pair(line->at, line->key)) return {};
    return {kFirstImportCap, kCapName,
            "the first import took " + newest + ", of which the oldest is of " +
                ToRfc3339(line->at) + ", and this one is of " + ToRfc3339(age)};
  }
  if (!surveys) return {};
  return {kFirstImportCap, kCapName, "the first import takes " + newest + " only"};
}

// ---- Why is this record not here?

std::string Sentence(const ImportAnswer& answer) {
  const std::string what = answer.stream.empty() ? answer.key : answer.stream + " " + answer.key;
  const std::string in = answer.sync.empty() ? "" : " by " + answer.sync;
  switch (answer.kind) {
    case ImportAnswer::Kind::kImported:
      return what + " is imported" + in;
    case ImportAnswer::Kind::kDeleted:
      return what + " is imported" + in + ", and marked as gone";
    case ImportAnswer::Kind::kSkipped:
      return what + " is not imported" + in + ": " + answer.code + " (" + answer.rule +
             "): " + answer.reason + "; looked at " + std::to_string(answer.looks) +
             (answer.looks == 1 ? " time, " : " times, last ") + ToRfc3339(answer.at);
    case ImportAnswer::Kind::kRejected:
      return what + " is not imported" + in + ": " + answer.code + ": " + answer.reason +
             "; set aside " + ToRfc3339(answer.at);
    case ImportAnswer::Kind::kNeverSeen:
      return what + " was never seen: no list and no event has told of it";
  }
  return what;
}

}  // namespace sb::core::sync
