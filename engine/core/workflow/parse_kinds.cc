#include <algorithm>
#include <regex>
#include <set>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/definition_reader.h"
#include "engine/core/workflow/suggest.h"

namespace sb::core::workflow {
namespace {

// ---- call ----

/// Whether the call is one of the language's protocols rather than an action; reported if so.
bool RefuseProtocol(DefinitionReader& reader, const Node& call, const std::string& name) {
  for (const char* refused : {"asyncapi", "a2a", "mcp"}) {
    if (name != refused) continue;
    reader.Report("WORKFLOW_REFUSED", call.pointer,
                  "`call: " + name +
                      "` is not part of the integration profile: a workflow calls connector "
                      "actions, whose effects the "
                      "engine knows how to repeat safely");
    return true;
  }
  if (name != "grpc") return false;
  reader.Report("WORKFLOW_UNSUPPORTED", call.pointer,
                "`call: grpc` is not in this version of Switchboard yet");
  return true;
}

/// The pointers, below `value`, of all texts that are expressions.
void FindExpressions(const Json& value, const std::string& pointer,
                     std::vector<std::string>& found) {
  if (value.is_string() && IsExpression(value.get_ref<const std::string&>()))
    found.push_back(pointer);
  if (!value.is_structured()) return;
  for (const auto& [key, part] : value.items())
    FindExpressions(part, pointer + "/" + PointerStep(key), found);
}

bool IsAtOrBelow(const std::string& pointer, const std::string& ancestor) {
  return pointer == ancestor || pointer.starts_with(ancestor + "/");
}

/// Whether a violation may be due to a value that is known only at run time. Missing and unknown
/// keys never are.
bool DependsOnExpression(const SchemaViolation& violation,
                         const std::vector<std::string>& expressions) {
  const bool about_keys = violation.message == "is required" ||
                          violation.message == "is not known here" ||
                          violation.message.starts_with("needs ");
  return std::any_of(expressions.begin(), expressions.end(), [&](const std::string& expression) {
    return IsAtOrBelow(violation.pointer, expression) ||
           (!about_keys && IsAtOrBelow(expression, violation.pointer));
  });
}

std::vector<std::string> PropertyNames(const Json& schema) {
  std::vector<std::string> names;
  const Json& properties = Member(schema, "properties");
  if (!properties.is_object()) return names;
  for (const auto& [name, property] : properties.items()) names.push_back(name);
  return names;
}

void CheckActionInput(DefinitionReader& reader, const Node& with, const ActionSignature& action) {
  if (!action.input) return;
  std::vector<std::string> expressions;
  FindExpressions(with.value, "", expressions);
  const Json input = with.value.is_null() ? Json::object() : with.value;
  for (const SchemaViolation& violation : action.input->Check(input)) {
    if (DependsOnExpression(violation, expressions)) continue;
    const std::string key = violation.pointer.substr(violation.pointer.rfind('/') + 1);
    const std::string what =
        violation.pointer.empty() ? "the input" : "`" + violation.pointer.substr(1) + "`";
    const bool unknown = violation.message == "is not known here";
    const std::string place = with.pointer + violation.pointer;
    const std::string suggestion =
        unknown ? DidYouMean(key, PropertyNames(action.input_schema)) : "";
    const std::string message =
        what + " of " + action.name + " " + (unknown ? "does not exist" : violation.message);
    if (unknown) {
      reader.ReportKey("WORKFLOW_ACTION_INPUT_INVALID", place, message, suggestion);
    } else {
      reader.Report("WORKFLOW_ACTION_INPUT_INVALID", place, message, suggestion);
    }
  }
}

// ---- try ----

Millis ReadFixedDuration(DefinitionReader& reader, const Node& node) {
  const auto read = reader.ReadDuration(node, ArgumentSet::kBody);
  if (read && std::holds_alternative<Millis>(*read)) return std::get<Millis>(*read);
  if (read) reader.Invalid(node, "a retry's times cannot be expressions");
  return Millis(0);
}

void ReadRetryLimit(DefinitionReader& reader, const Node& node, RetryRule& rule);

/// All of the policy but its expressions.
RetryRule ReadRetryRule(DefinitionReader& reader, const Node& node) {
  RetryRule rule;
  if (!reader.ExpectObject(node, "a retry policy")) return rule;
  reader.CheckKeys(node, {"when", "exceptWhen", "delay", "backoff", "limit", "jitter"});
  if (node.Has("delay")) rule.delay = ReadFixedDuration(reader, node.At("delay"));
  if (node.Has("jitter") && reader.ExpectObject(node.At("jitter"), "`jitter`")) {
    reader.CheckKeys(node.At("jitter"), {"from", "to"});
    rule.jitter_from = ReadFixedDuration(reader, node.At("jitter").At("from"));
    rule.jitter_to =
        std::max(rule.jitter_from, ReadFixedDuration(reader, node.At("jitter").At("to")));
  }
  if (node.Has("backoff") && reader.ExpectObject(node.At("backoff"), "`backoff`")) {
    const Node backoff = node.At("backoff");
    reader.CheckKeys(backoff, {"constant", "linear", "exponential"});
    if (backoff.Has("linear")) rule.backoff = Backoff::kLinear;
    if (backoff.Has("exponential")) rule.backoff = Backoff::kExponential;
  }
  ReadRetryLimit(reader, node, rule);
  return rule;
}

void ReadRetryLimit(DefinitionReader& reader, const Node& node, RetryRule& rule) {
  if (!node.Has("limit") || !reader.ExpectObject(node.At("limit"), "`limit`")) return;
  const Node limit = node.At("limit");
  reader.CheckKeys(limit, {"attempt", "duration"});
  if (limit.Has("duration")) rule.longest = ReadFixedDuration(reader, limit.At("duration"));
  if (!limit.Has("attempt") || !reader.ExpectObject(limit.At("attempt"), "`attempt`")) return;
  const Node attempt = limit.At("attempt");
  reader.CheckKeys(attempt, {"count", "duration"});
  if (attempt.Has("duration"))
    rule.longest_attempt = ReadFixedDuration(reader, attempt.At("duration"));
  if (attempt.Has("count"))
    rule.max_attempts = reader.WholeNumber(attempt.At("count"), 1, 1000).value_or(0);
}

std::optional<RetryRule> ReadRetry(DefinitionReader& reader, const Node& parent) {
  if (!parent.Has("retry")) return {};
  const Node node = parent.At("retry");
  const bool named = node.value.is_string();
  const Node policies = reader.Reusable("retries");
  if (named && !policies.Has(node.value.get<std::string>())) {
    reader.ReportUnknownName(node, "retry policy", "retries");
    return {};
  }
  const Node policy = named ? policies.At(node.value.get<std::string>()) : node;
  RetryRule rule = ReadRetryRule(reader, policy);
  rule.when = reader.Expression(policy, "when", ArgumentSet::kBody);
  rule.except_when = reader.Expression(policy, "exceptWhen", ArgumentSet::kBody);
  return rule;
}

/// What a task calls: itself, or by the name of a function with some of its `with` filled in.
struct Called {
  std::string name;
  Json with;
};

std::optional<Called> ReadCalled(DefinitionReader& reader, const Node& body) {
  Called called{reader.Text(body, "call", true), Json::object()};
  if (body.Has("with") && !reader.ExpectObject(body.At("with"), "`with`")) return {};
  const Node function = reader.Reusable("functions").At(called.name);
  if (function.value.is_object()) {
    called.name = reader.Text(function, "call", true);
    if (function.Has("with") && !reader.ExpectObject(function.At("with"), "`with`")) return {};
    if (function.Has("with")) called.with = function.At("with").value;
  }
  if (body.Has("with")) called.with.update(body.At("with").value);
  return called;
}

void ReportUnknownAction(DefinitionReader& reader, const std::string& pointer,
                         const std::string& name) {
  const std::string bare = name.substr(0, name.find_first_of(":@"));
  auto names = reader.actions().Names();
  const bool version = std::find(names.begin(), names.end(), bare) != names.end();
  names.insert(names.end(), {"http", "openapi"});
  const Json& functions = reader.Reusable("functions").value;
  for (auto each = functions.begin(); functions.is_object() && each != functions.end(); ++each)
    names.push_back(each.key());
  reader.Report("WORKFLOW_ACTION_UNKNOWN", pointer,
                version ? "the action " + bare + " does not exist in this version"
                        : "there is no action " + name.substr(0, 100),
                DidYouMean(bare, names));
}

std::optional<TaskKind> ParseActionCall(DefinitionReader& reader, const Node& body,
                                        ActionCall call) {
  const std::string& name = call.action;
  const Node with{call.with, body.pointer + "/with"};
  reader.CheckTemplate(with, ArgumentSet::kBody);
  if (name.empty() || RefuseProtocol(reader, body.At("call"), name)) return {};
  const ActionSignature* action = reader.actions().Find(name);
  if (action == nullptr) {
    ReportUnknownAction(reader, body.pointer + "/call", name);
    return {};
  }
  CheckActionInput(reader, with, *action);
  return CallTask{std::move(call)};
}

}  // namespace

void CheckErrorShape(DefinitionReader& reader, const Node& error) {
  reader.CheckKeys(error, {"type", "status", "title", "detail", "instance"});
  for (const char* key : {"type", "status"}) {
    if (!error.Has(key)) {
      reader.Report("WORKFLOW_FIELD_MISSING", error.pointer,
                    std::string("`") + key + "` is missing here");
    }
  }
  const Node status = error.At("status");
  const bool dynamic = status.value.is_string() && IsExpression(status.value.get<std::string>());
  if (error.Has("status") && !status.value.is_number_integer() && !dynamic) {
    reader.Invalid(status, "`status` must be a whole number such as 404");
  }
  for (const char* key : {"type", "title", "detail", "instance"}) reader.Text(error, key, false);
  reader.CheckTemplate(error, ArgumentSet::kBody);
}

void CheckFunction(DefinitionReader& reader, const Node& function) {
  // A function must not stand in the way of an action or of a kind of call.
  static const std::regex kName("[A-Za-z_][A-Za-z0-9_-]{0,99}");
  const std::string own = function.pointer.substr(function.pointer.rfind('/') + 1);
  const std::set<std::string> taken = {"http", "openapi", "grpc", "asyncapi", "a2a", "mcp"};
  if (!std::regex_match(own.substr(0, 200), kName) || taken.contains(own)) {
    reader.ReportKey(
        "WORKFLOW_FIELD_INVALID", function.pointer,
        "a function's name is made of letters, digits, `_` and `-`, and is not the name "
        "of a kind of call");
  }
  if (!reader.ExpectObject(function, "a function")) return;
  reader.CheckKeys(function, {"call", "with"});
  const std::string name = reader.Text(function, "call", true);
  if (function.Has("with")) (void)reader.ExpectObject(function.At("with"), "`with`");
  if (name.empty() || name == "http" || name == "openapi") return;
  if (RefuseProtocol(reader, function.At("call"), name)) return;
  if (reader.actions().Find(name) == nullptr)
    ReportUnknownAction(reader, function.pointer + "/call", name);
}

void CheckRetryPolicy(DefinitionReader& reader, const Node& policy) {
  (void)ReadRetryRule(reader, policy);
}

std::optional<TaskKind> ParseCall(DefinitionReader& reader, const Node& body) {
  const auto called = ReadCalled(reader, body);
  if (!called) return {};
  const Node with{called->with, body.pointer + "/with"};
  if (called->name == "http") return ParseHttpCall(reader, with);
  if (called->name == "openapi") return ParseOpenApiCall(reader, with);
  return ParseActionCall(reader, body, {called->name, called->with});
}

std::optional<TaskKind> ParseDo(DefinitionReader& reader, const Node& body) {
  DoTask block{reader.ReadTasks(body.At("do"))};
  if (block.tasks.empty()) return {};
  return block;
}

std::optional<TaskKind> ParseSet(DefinitionReader& reader, const Node& body) {
  const Node set = body.At("set");
  const bool expression = set.value.is_string() && IsExpression(set.value.get<std::string>());
  if (!expression && !reader.ExpectObject(set, "`set`")) return {};
  reader.CheckTemplate(set, ArgumentSet::kBody);
  return SetTask{set.value};
}

std::optional<TaskKind> ParseSwitch(DefinitionReader& reader, const Node& body) {
  const Node list = body.At("switch");
  if (!reader.ExpectList(list, "`switch`")) return {};
  SwitchTask choice;
  int defaults = 0;
  for (std::size_t i = 0; i < list.value.size(); ++i) {
    const Node item = list.At(i);
    if (!item.value.is_object() || item.value.size() != 1) {
      reader.Invalid(item, "a case is one name, and below it `when` and `then`");
      return {};
    }
    SwitchCase each;
    each.name = item.value.begin().key();
    const Node rule = item.At(each.name);
    if (!reader.ExpectObject(rule, "a case")) return {};
    reader.CheckKeys(rule, {"when", "then"});
    each.when = reader.Expression(rule, "when", ArgumentSet::kBody);
    each.then = reader.Text(rule, "then", true);
    if (!rule.Has("when") && ++defaults > 1) {
      reader.Report("WORKFLOW_FIELD_MISSING", rule.pointer,
                    "`when` is missing here: only one case can be the default");
    }
    choice.cases.push_back(std::move(each));
  }
  return choice;
}

std::optional<TaskKind> ParseWait(DefinitionReader& reader, const Node& body) {
  auto duration = reader.ReadDuration(body.At("wait"), ArgumentSet::kBody);
  if (!duration) return {};
  return WaitTask{std::move(*duration)};
}

std::optional<TaskKind> ParseRaise(DefinitionReader& reader, const Node& body) {
  const Node raise = body.At("raise");
  if (!reader.ExpectObject(raise, "`raise`")) return {};
  reader.CheckKeys(raise, {"error"});
  const Node error = raise.At("error");
  if (error.value.is_string()) {
    const std::string name = error.value.get<std::string>();
    const Node named = reader.Reusable("errors").At(name);
    if (!named.value.is_object()) {
      reader.ReportUnknownName(error, "error", "errors");
      return {};
    }
    CheckErrorShape(reader, named);
    return RaiseTask{named.value};
  }
  if (!reader.ExpectObject(error, "`error`")) return {};
  CheckErrorShape(reader, error);
  return RaiseTask{error.value};
}

std::optional<TaskKind> ParseFor(DefinitionReader& reader, const Node& body) {
  const Node rule = body.At("for");
  if (!reader.ExpectObject(rule, "`for`")) return {};
  reader.CheckKeys(rule, {"each", "in", "at"});
  ForTask loop;
  loop.each = reader.VariableName(rule, "each", loop.each);
  loop.at = reader.VariableName(rule, "at", loop.at);
  if (!rule.Has("in"))
    reader.Report("WORKFLOW_FIELD_MISSING", rule.pointer,
                  "`in` is missing here: the list to go through");
  loop.in = reader.Expression(rule, "in", ArgumentSet::kBody);
  loop.while_ = reader.ExpressionWith(body, "while", {loop.each, loop.at});
  if (!body.Has("do")) {
    reader.Report("WORKFLOW_FIELD_MISSING", body.pointer,
                  "`do` is missing here: the tasks of each round");
    return {};
  }
  loop.tasks = reader.ReadTasks(body.At("do"), {loop.each, loop.at});
  if (loop.tasks.empty()) return {};
  return loop;
}

std::optional<TaskKind> ParseTry(DefinitionReader& reader, const Node& body) {
  TryTask attempt;
  attempt.tasks = reader.ReadTasks(body.At("try"));
  if (!body.Has("catch")) {
    reader.Report("WORKFLOW_FIELD_MISSING", body.pointer,
                  "`catch` is missing here: which errors to catch");
    return {};
  }
  const Node rule = body.At("catch");
  if (!reader.ExpectObject(rule, "`catch`")) return {};
  reader.CheckKeys(rule, {"errors", "as", "when", "exceptWhen", "retry", "do"});
  if (rule.Has("errors") && reader.ExpectObject(rule.At("errors"), "`errors`")) {
    reader.CheckKeys(rule.At("errors"), {"with"});
    const Node with = rule.At("errors").At("with");
    if (rule.At("errors").Has("with") && reader.ExpectObject(with, "`with`")) {
      reader.CheckKeys(with, {"type", "status", "instance", "title", "detail"});
      attempt.errors = with.value;
    }
  }
  attempt.as = reader.VariableName(rule, "as", attempt.as);
  attempt.when = reader.ExpressionWith(rule, "when", {attempt.as});
  attempt.except_when = reader.ExpressionWith(rule, "exceptWhen", {attempt.as});
  reader.WithVariables({attempt.as}, [&] { attempt.retry = ReadRetry(reader, rule); });
  if (rule.Has("do")) attempt.handler = reader.ReadTasks(rule.At("do"), {attempt.as});
  if (attempt.tasks.empty() || (rule.Has("do") && attempt.handler.empty())) return {};
  return attempt;
}

}  // namespace sb::core::workflow
