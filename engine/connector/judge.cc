#include <algorithm>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/connector/connector.h"
#include "engine/connector/instant.h"
#include "engine/connector/pick.h"
#include "engine/connector/words.h"

namespace sb::connector {
namespace {

using core::workflow::EffectClass;
using core::workflow::Expressions;

constexpr Millis kWaitWhenUntold = std::chrono::seconds(60);
constexpr Millis kShortestWait = std::chrono::seconds(1);

std::string UpperCase(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

/// Kind and code of a failure whose effect may or may not have happened.
Error FailureOf(const Connector& connector, const Action& action, ErrorKind kind,
                bool effect_unknown, std::string message) {
  const bool in_doubt = effect_unknown && action.signature.effect != EffectClass::kRead;
  Error error;
  error.kind = in_doubt ? ErrorKind::kInDoubt : kind;
  error.code = UpperCase(connector.name) + "_" + UpperCase(ToString(error.kind));
  if (in_doubt) message += "; it may have taken effect all the same";
  error.message = std::move(message);
  return error;
}

const ErrorRule* FindRule(const std::vector<ErrorRule>& rules, int status) {
  for (const ErrorRule& rule : rules) {
    for (const auto& [first, last] : rule.statuses) {
      if (status >= first && status <= last) return &rule;
    }
  }
  return nullptr;
}

/// What to make of a status that no rule names.
const ErrorRule& RuleForTheUnforeseen(int status) {
  static const ErrorRule kServer{.statuses = {},
                                 .kind = ErrorKind::kUnavailable,
                                 .done = false,
                                 .effect_unknown = true,
                                 .hint = {}};
  static const ErrorRule kOther{.statuses = {},
                                .kind = ErrorKind::kInvalid,
                                .done = false,
                                .effect_unknown = false,
                                .hint = "This answer is not among those the connector knows"};
  return status >= 500 ? kServer : kOther;
}

std::string ProviderWords(const Connector& connector, const std::string& body) {
  const auto parsed = ParseJson(body);
  if (!parsed.ok()) return {};
  for (const std::string& name : connector.error_words) {
    const Json& words = Member(*parsed, name);
    if (words.is_string() && !words.get<std::string>().empty())
      return ForPeople(words.get<std::string>());
    if (words.is_structured() && !words.empty()) return ForPeople(DumpJson(words));
  }
  return {};
}

std::string Sentence(const Connector& connector, const Action& action,
                     const ports::HttpResponse& response, const std::string& hint) {
  std::string text = connector.title + " answered " + std::to_string(response.status) + " to " +
                     action.signature.name;
  const std::string words = ProviderWords(connector, response.body);
  if (!words.empty()) text += ": " + words;
  if (!hint.empty()) text += ". " + hint;
  return text;
}

Millis WaitAfter(const Connector& connector, const ports::HttpResponse& response,
                 std::optional<WallTime> now) {
  const auto date = HttpDateOf(HeaderOf(response, "date"));
  const WallTime from = date ? *date : now.value_or(WallTime());
  const core::quota::LimitFeedback feedback = FeedbackOf(connector, response, from);
  const bool clock_known = date || now;
  if (clock_known && feedback.reset && *feedback.reset > from) {
    return std::max(kShortestWait, std::chrono::ceil<Millis>(*feedback.reset - from));
  }
  return std::max(kShortestWait, feedback.retry_after.value_or(kWaitWhenUntold));
}

Result<Json> JudgeRefusal(const Connector& connector, const Action& action,
                          const ports::HttpResponse& response, std::optional<WallTime> now) {
  const ErrorRule* rule = FindRule(action.errors, response.status);
  if (rule == nullptr) rule = FindRule(connector.errors, response.status);
  if (rule == nullptr) rule = &RuleForTheUnforeseen(response.status);
  if (rule->done) return Json::object();
  Error error = FailureOf(connector, action, rule->kind, rule->effect_unknown,
                          Sentence(connector, action, response, rule->hint));
  if (error.kind == ErrorKind::kRateLimited)
    error.retry_after = WaitAfter(connector, response, now);
  return error;
}

/// An answer that says yes and cannot be read: what was asked for has probably happened.
Error Unreadable(const Connector& connector, const Action& action,
                 const ports::HttpResponse& response, const std::string& why) {
  return FailureOf(connector, action, ErrorKind::kUnavailable, true,
                   connector.title + " answered " + std::to_string(response.status) + " to " +
                       action.signature.name + ", but the answer " + why);
}

/// A good answer without what the action is about, which its file calls "not found".
Error NothingThere(const Connector& connector, const Action& action) {
  return FailureOf(connector, action, ErrorKind::kNotFound, false,
                   connector.title + " knows the object that " + action.signature.name +
                       " looks at, but it has no such part");
}

Result<Json> ReadOutput(const Connector& connector, const Action& action, const Json& input,
                        const ports::HttpResponse& response, const Expressions& expressions) {
  const std::string pick = TextMember(action.output, "pick");
  if (pick.empty()) return Json::object();
  const auto body = ParseJson(response.body);
  if (!body.ok()) return Unreadable(connector, action, response, "is no JSON");
  auto output = Pick(pick, *body, {{"input", input}}, expressions);
  if (output.ok() && output->is_null() && !TextMember(action.output, "absent").empty())
    return NothingThere(connector, action);
  if (!output.ok() || output->is_null()) {
    return Unreadable(connector, action, response, "has nothing at " + pick);
  }
  return output;
}

}  // namespace

Result<Json> JudgeResponse(const Connector& connector, const Action& action, const Json& input,
                           const ports::HttpResponse& response, const Expressions& expressions,
                           std::optional<WallTime> now) {
  if (response.status >= 200 && response.status <= 299) {
    return ReadOutput(connector, action, input, response, expressions);
  }
  return JudgeRefusal(connector, action, response, now);
}

core::quota::LimitFeedback FeedbackOf(const Connector& connector,
                                      const ports::HttpResponse& response, WallTime now) {
  const LimitHeaders& headers = connector.limit_headers;
  const auto number = [&](const std::string& name) -> std::optional<std::int64_t> {
    return name.empty() ? std::nullopt : WholeNumberOf(HeaderOf(response, name));
  };
  constexpr std::int64_t kMost = 1'000'000;
  core::quota::LimitFeedback feedback;
  if (const auto limit = number(headers.limit))
    feedback.limit = static_cast<int>(std::min(*limit, kMost));
  if (const auto left = number(headers.remaining))
    feedback.remaining = static_cast<int>(std::min(*left, kMost));
  if (const auto wait = number(headers.retry_after)) {
    feedback.retry_after = std::chrono::seconds(std::min(*wait, kMost));
  }
  if (headers.reset.empty()) return feedback;
  const WallTime theirs = HttpDateOf(HeaderOf(response, "date")).value_or(now);
  if (const auto reset = ResetOf(HeaderOf(response, headers.reset), theirs)) {
    feedback.reset = now + (*reset - theirs);
  }
  return feedback;
}

}  // namespace sb::connector
