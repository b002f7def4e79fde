#include "engine/core/workflow/definition_reader.h"

#include <algorithm>
#include <array>
#include <regex>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/duration.h"
#include "engine/core/workflow/scope.h"
#include "engine/core/workflow/suggest.h"

namespace sb::core::workflow {
namespace {

constexpr std::size_t kMaxErrors = 50;
const Json kAbsent;

bool IsIdentifier(const std::string& text) {
  static const std::regex kForm("[A-Za-z_][A-Za-z0-9_]*");
  return text.size() <= 100 && std::regex_match(text, kForm);
}

std::vector<std::string> NamesOf(ArgumentSet arguments) {
  switch (arguments) {
    case ArgumentSet::kEvent:
      return {};
    case ArgumentSet::kWorkflowInput:
      return {"workflow", "runtime"};
    case ArgumentSet::kWorkflowOutput:
      return {"context", "workflow", "runtime", "steps"};
    case ArgumentSet::kBeforeInput:
      return {"context", "task", "workflow", "runtime", "steps"};
    case ArgumentSet::kBody:
    case ArgumentSet::kAuthentication:
      return {"context", "input", "task", "workflow", "runtime", "steps"};
    case ArgumentSet::kOutput:
      return {"context", "input", "output", "task", "workflow", "runtime", "steps"};
  }
  return {};
}

std::string KindOf(const Json& value) {
  if (value.is_null()) return "nothing";
  if (value.is_object()) return "a mapping";
  if (value.is_array()) return "a list";
  if (value.is_string()) return "a text";
  return value.is_boolean() ? "true or false" : "a number";
}

}  // namespace

Node Node::At(const std::string& key) const {
  return {Member(value, key), pointer + "/" + PointerStep(key)};
}

Node Node::At(std::size_t index) const {
  const bool inside = value.is_array() && index < value.size();
  return {inside ? value[index] : kAbsent, pointer + "/" + std::to_string(index)};
}

void DefinitionReader::Report(std::string code, const std::string& pointer, std::string message,
                              std::string suggestion) {
  if (outcome_.errors.size() >= kMaxErrors) return;
  outcome_.errors.push_back({std::move(code), std::move(message), pointer,
                             yaml_.PositionOf(pointer), std::move(suggestion)});
}

void DefinitionReader::ReportKey(std::string code, const std::string& pointer, std::string message,
                                 std::string suggestion) {
  const std::size_t before = outcome_.errors.size();
  Report(std::move(code), pointer, std::move(message), std::move(suggestion));
  if (outcome_.errors.size() > before)
    outcome_.errors.back().position = yaml_.KeyPositionOf(pointer);
}

void DefinitionReader::Warn(std::string code, const std::string& pointer, std::string message) {
  if (outcome_.warnings.size() >= kMaxErrors) return;
  outcome_.warnings.push_back(
      {std::move(code), std::move(message), pointer, yaml_.KeyPositionOf(pointer), {}});
}

void DefinitionReader::Unsupported(const std::string& pointer, const std::string& what) {
  ReportKey("WORKFLOW_UNSUPPORTED", pointer, what + " is not in this version of Switchboard yet");
}

bool DefinitionReader::ExpectObject(const Node& node, std::string_view what) {
  if (node.value.is_object()) return true;
  Invalid(node, std::string(what) + " must be a mapping (`key: value`), not " + KindOf(node.value));
  return false;
}

bool DefinitionReader::ExpectList(const Node& node, std::string_view what) {
  if (node.value.is_array() && !node.value.empty()) return true;
  Invalid(node, std::string(what) + " must be a list with at least one entry (`- ...`)" +
                    (node.value.is_array() ? "" : ", not " + KindOf(node.value)));
  return false;
}

void DefinitionReader::CheckKeys(const Node& node, const std::vector<std::string>& known) {
  if (!node.value.is_object()) return;
  for (const auto& [key, member] : node.value.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    ReportKey("WORKFLOW_FIELD_UNKNOWN", node.pointer + "/" + PointerStep(key),
              "there is no `" + key.substr(0, 60) + "` here; what can stand here is: " + list,
              DidYouMean(key, known));
  }
}

std::string DefinitionReader::Text(const Node& parent, const std::string& key, bool required) {
  const Node node = parent.At(key);
  if (node.value.is_string() && !(required && node.value.get_ref<const std::string&>().empty())) {
    return node.value.get<std::string>();
  }
  if (!parent.Has(key)) {
    if (required) Report("WORKFLOW_FIELD_MISSING", parent.pointer, "`" + key + "` is missing here");
    return {};
  }
  Invalid(node, "`" + key + "` must be a text" +
                    (node.value.is_string() ? " with something in it"
                                            : ", not " + KindOf(node.value) +
                                                  "; put it in quotes if it is meant as text"));
  return {};
}

// ---- Expressions ----

void DefinitionReader::CheckSource(const std::string& source, const std::string& pointer,
                                   ArgumentSet arguments) {
  std::vector<std::string> names = NamesOf(arguments);
  if (arguments == ArgumentSet::kAuthentication && Mentions(source, "secrets"))
    return CheckSecretSource(source, pointer);
  if (arguments != ArgumentSet::kEvent)
    names.insert(names.end(), variables_.begin(), variables_.end());
  const Status status = expressions_.Check(source, names);
  if (!status.ok()) return Report("WORKFLOW_EXPRESSION_INVALID", pointer, status.error().message);
  if (const auto steps = MembersRead(source, "steps")) {
    for (const std::string& name : *steps) step_mentions_.push_back({name, pointer});
  }
}

// Evaluated when the request is sent, far from the run: nothing but the secrets is there.
void DefinitionReader::CheckSecretSource(const std::string& source, const std::string& pointer) {
  const Status status = expressions_.Check(source, {"secrets"});
  if (!status.ok()) {
    return Report("WORKFLOW_EXPRESSION_INVALID", pointer,
                  status.error().message + "; an expression of $secrets can use nothing else");
  }
  const auto read = MembersRead(source, "secrets");
  if (!read) return Report("WORKFLOW_EXPRESSION_INVALID", pointer, "say which: $secrets.name");
  for (const std::string& name : *read) CheckSecretName(name, pointer);
}

void DefinitionReader::CheckSecretName(const std::string& name, const std::string& pointer) {
  const Json& listed = Reusable("secrets").value;
  std::vector<std::string> names;
  for (const Json& each : listed) {
    if (each.is_string()) names.push_back(each.get<std::string>());
  }
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  Report("WORKFLOW_SECRET_UNKNOWN", pointer,
         "the secret `" + name.substr(0, 60) + "` is not listed in use.secrets",
         DidYouMean(name, names));
}

std::string DefinitionReader::Expression(const Node& parent, const std::string& key,
                                         ArgumentSet arguments) {
  if (!parent.Has(key)) return {};
  const Node node = parent.At(key);
  // `if: true` and `while: false` are jq as well.
  const bool literal = node.value.is_boolean() || node.value.is_number();
  if (!node.value.is_string() && !literal) {
    Invalid(node, "`" + key + "` must be a jq expression, not " + KindOf(node.value));
    return {};
  }
  const std::string source =
      literal ? DumpJson(node.value) : ExpressionSource(node.value.get<std::string>());
  CheckSource(source, node.pointer, arguments);
  return source;
}

void DefinitionReader::WithVariables(const std::vector<std::string>& variables,
                                     const std::function<void()>& read) {
  variables_.insert(variables_.end(), variables.begin(), variables.end());
  read();
  variables_.resize(variables_.size() - variables.size());
}

std::string DefinitionReader::ExpressionWith(const Node& parent, const std::string& key,
                                             const std::vector<std::string>& variables) {
  std::string source;
  WithVariables(variables, [&] { source = Expression(parent, key, ArgumentSet::kBody); });
  return source;
}

void DefinitionReader::CheckTemplate(const Node& node, ArgumentSet arguments) {
  if (node.value.is_object()) {
    for (const auto& [key, member] : node.value.items()) CheckTemplate(node.At(key), arguments);
  } else if (node.value.is_array()) {
    for (std::size_t i = 0; i < node.value.size(); ++i) CheckTemplate(node.At(i), arguments);
  } else if (node.value.is_string()) {
    const auto& text = node.value.get_ref<const std::string&>();
    if (IsExpression(text)) return CheckSource(ExpressionSource(text), node.pointer, arguments);
    if (text.find("${") == std::string::npos) return;
    Report(
        "WORKFLOW_EXPRESSION_INVALID", node.pointer,
        "`${ }` must enclose the whole text; inside of an expression, texts are put together as in "
        "'${ \"Hello \\(.name)\" }'");
  }
}

Transformation DefinitionReader::ReadTransformation(const Node& parent, const std::string& key,
                                                    ArgumentSet arguments) {
  if (!parent.Has(key)) return {};
  const Node node = parent.At(key);
  if (node.value.is_string()) {
    CheckSource(ExpressionSource(node.value.get<std::string>()), node.pointer, arguments);
  } else if (node.value.is_object()) {
    CheckTemplate(node, arguments);
  } else {
    Invalid(node, "`" + key + "` must be a jq expression or a mapping, not " + KindOf(node.value));
    return {};
  }
  return node.value;
}

// ---- Values of several parts ----

SharedSchema DefinitionReader::ReadSchema(const Node& parent) {
  if (!parent.Has("schema")) return {};
  const Node node = parent.At("schema");
  if (!ExpectObject(node, "`schema`")) return {};
  CheckKeys(node, {"format", "document", "resource"});
  if (node.Has("resource"))
    Unsupported(node.pointer + "/resource", "a schema from elsewhere (`resource`)");
  const std::string format = node.Has("format") ? Text(node, "format", true) : "json";
  if (format != "json" && !format.starts_with("json:"))
    Invalid(node.At("format"), "the schema's format must be json");
  if (!node.Has("document")) {
    if (!node.Has("resource"))
      Report("WORKFLOW_FIELD_MISSING", node.pointer,
             "`document` is missing here: the schema itself");
    return {};
  }
  auto schema = JsonSchema::Compile(node.At("document").value);
  if (!schema.ok()) {
    Invalid(node.At("document"), schema.error().message);
    return {};
  }
  return std::make_shared<const JsonSchema>(std::move(schema).value());
}

std::optional<Duration> DefinitionReader::ReadDuration(const Node& node, ArgumentSet arguments) {
  if (node.value.is_string()) {
    const std::string text = node.value.get<std::string>();
    if (IsExpression(text)) {
      CheckSource(ExpressionSource(text), node.pointer, arguments);
      return Duration(ExpressionSource(text));
    }
    if (const auto parsed = ParseIsoDuration(text)) return Duration(*parsed);
    Invalid(node,
            "a duration is written as ISO 8601, such as PT15M or P1DT2H, or as a mapping such as "
            "`minutes: 15`");
    return {};
  }
  if (!ExpectObject(node, "a duration")) return {};
  constexpr std::array<std::pair<const char*, std::int64_t>, 5> kUnits = {{{"days", 86'400'000},
                                                                           {"hours", 3'600'000},
                                                                           {"minutes", 60'000},
                                                                           {"seconds", 1000},
                                                                           {"milliseconds", 1}}};
  CheckKeys(node, {"days", "hours", "minutes", "seconds", "milliseconds"});
  std::int64_t total = 0;
  for (const auto& [unit, milliseconds] : kUnits) {
    const Json& amount = Member(node.value, unit);
    if (amount.is_null()) continue;
    constexpr std::int64_t kMost = 1'000'000;
    if (!amount.is_number_integer() || amount.get<std::int64_t>() < 0 ||
        amount.get<std::int64_t>() > kMost) {
      Invalid(node.At(unit),
              std::string("`") + unit + "` must be a whole number from 0 to 1,000,000");
      return {};
    }
    total += amount.get<std::int64_t>() * milliseconds;
  }
  if (node.value.empty()) Invalid(node, "the duration is empty; say for example `minutes: 15`");
  return Duration(Millis(total));
}

// Only those who show runs act on it; they read the definition as it was written.
void DefinitionReader::CheckRedact(const Node& node) {
  const bool list = node.value.is_array() && node.value.size() <= 100;
  if (!list || !std::ranges::all_of(node.value, [](const Json& rule) {
        return rule.is_string() && !rule.get_ref<const std::string&>().empty();
      })) {
    Invalid(node,
            "`redact` must be a list of up to 100 names of fields, such as email, or JSON pointers "
            "into an input or output, such as /contact/email");
  }
}

std::optional<Concurrency> DefinitionReader::ReadConcurrency(const Node& node) {
  if (!ExpectObject(node, "`concurrency`")) return {};
  CheckKeys(node, {"key", "limit", "policy"});
  Concurrency concurrency;
  concurrency.key = Expression(node, "key", ArgumentSet::kWorkflowInput);
  if (node.Has("limit")) {
    constexpr std::int64_t kMost = 1000;
    const Json& limit = node.At("limit").value;
    const bool good = limit.is_number_integer() && limit.get<std::int64_t>() >= 1 &&
                      limit.get<std::int64_t>() <= kMost;
    if (!good) Invalid(node.At("limit"), "`limit` must be a whole number from 1 to 1000");
    if (good) concurrency.limit = limit.get<int>();
  }
  if (node.Has("policy")) {
    using Policy = Concurrency::Policy;
    const std::map<std::string, Policy> policies = {
        {"queue", Policy::kQueue}, {"skip", Policy::kSkip}, {"replace", Policy::kReplace}};
    const auto found = policies.find(Text(node, "policy", true));
    if (found == policies.end())
      Invalid(node.At("policy"), "`policy` must be queue, skip or replace");
    if (found != policies.end()) concurrency.policy = found->second;
  }
  return concurrency;
}

void DefinitionReader::ReadDocumentPolicy(const Node& node, EnginePolicy& policy) {
  if (node.Has("concurrency")) policy.concurrency = ReadConcurrency(node.At("concurrency"));
  if (!node.Has("timezone")) return;
  policy.timezone = Text(node, "timezone", true);
  if (zones_.Find(policy.timezone) == nullptr) {
    Invalid(node.At("timezone"), "there is no time zone `" + policy.timezone.substr(0, 60) +
                                     "`: use a name of the IANA database, such as Europe/Paris or "
                                     "Etc/UTC");
  }
}

std::optional<UnknownOutcomePolicy> DefinitionReader::ReadUnknownOutcome(const Node& parent) {
  const std::string name = Text(parent, "on_unknown_outcome", true);
  if (name == "park") return UnknownOutcomePolicy::kPark;
  if (name == "raise") return UnknownOutcomePolicy::kRaise;
  if (name == "retry") return UnknownOutcomePolicy::kRetry;
  if (name == "assume_done") return UnknownOutcomePolicy::kAssumeDone;
  Invalid(parent.At("on_unknown_outcome"),
          "`on_unknown_outcome` must be park, raise, retry or assume_done");
  return {};
}

EnginePolicy DefinitionReader::ReadPolicy(const Node& metadata, PolicyPlace place) {
  EnginePolicy policy;
  if (!metadata.Has("switchboard")) return policy;
  const Node node = metadata.At("switchboard");
  if (!ExpectObject(node, "`switchboard`")) return policy;
  std::vector<std::string> known = {"lane", "on_unknown_outcome", "idempotency_key", "redact"};
  if (place == PolicyPlace::kDocument) known.insert(known.end(), {"timezone", "concurrency"});
  CheckKeys(node, known);
  if (place == PolicyPlace::kDocument) ReadDocumentPolicy(node, policy);
  if (node.Has("idempotency_key")) {
    const Json& keyed = node.At("idempotency_key").value;
    if (!keyed.is_boolean())
      Invalid(node.At("idempotency_key"), "`idempotency_key` must be true or false");
    policy.idempotency_key = keyed == Json(true);
  }
  if (node.Has("redact")) CheckRedact(node.At("redact"));
  if (node.Has("lane")) {
    const std::string lane = Text(node, "lane", true);
    for (int i = 0; i < quota::kLaneCount; ++i) {
      if (lane == ToString(static_cast<quota::Lane>(i))) policy.lane = static_cast<quota::Lane>(i);
    }
    if (!policy.lane)
      Invalid(node.At("lane"), "`lane` must be interactive, live, sync or backfill");
  }
  if (node.Has("on_unknown_outcome")) policy.on_unknown_outcome = ReadUnknownOutcome(node);
  return policy;
}

std::string DefinitionReader::VariableName(const Node& parent, const std::string& key,
                                           const std::string& fallback) {
  if (!parent.Has(key)) return fallback;
  const std::string name = Text(parent, key, true);
  const std::vector<std::string> taken = NamesOf(ArgumentSet::kOutput);
  if (name.empty()) return fallback;
  if (!IsIdentifier(name) || name.starts_with("__") || name == "ENV" ||
      std::find(taken.begin(), taken.end(), name) != taken.end()) {
    Invalid(
        parent.At(key),
        "`" + key +
            "` names a variable: letters, digits and underscores, and none of $context, $input, "
            "$output, $runtime, $steps, $task, $workflow");
    return fallback;
  }
  return name;
}

Node DefinitionReader::Reusable(const char* kind) const {
  return Node{yaml_.value, ""}.At("use").At(kind);
}

// ---- The whole ----

void DefinitionReader::ReadDocument(const Node& node, Workflow& workflow) {
  if (!ExpectObject(node, "`document`")) return;
  CheckKeys(node, {"dsl", "namespace", "name", "version", "title", "summary", "tags", "metadata"});
  Document& document = workflow.document;
  document.dsl = Text(node, "dsl", true);
  document.workspace = Text(node, "namespace", true);
  document.name = Text(node, "name", true);
  document.version = Text(node, "version", true);
  document.title = Text(node, "title", false);
  document.summary = Text(node, "summary", false);
  if (node.Has("tags") && ExpectObject(node.At("tags"), "`tags`"))
    document.tags = node.At("tags").value;
  if (node.Has("metadata") && ExpectObject(node.At("metadata"), "`metadata`")) {
    document.metadata = node.At("metadata").value;
    workflow.policy = ReadPolicy(node.At("metadata"), PolicyPlace::kDocument);
  }
  static const std::regex kDsl("1\\.0\\.[0-3]");
  static const std::regex kName("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  static const std::regex kVersion(
      "(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})(-[0-9A-Za-z.-]{1,60})?(\\+["
      "0-9A-Za-z.-]{1,60})?");
  const auto check = [&](const char* key, const std::string& text, const std::regex& form,
                         const char* message) {
    if (!text.empty() && (text.size() > 200 || !std::regex_match(text, form)))
      Invalid(node.At(key), message);
  };
  constexpr const char* kNameRule =
      "it must be 1 to 63 lower-case letters, digits and dashes, with no dash at either end";
  check("dsl", document.dsl, kDsl, "this engine speaks versions 1.0.0 to 1.0.3 of the language");
  check("namespace", document.workspace, kName, kNameRule);
  check("name", document.name, kName, kNameRule);
  check("version", document.version, kVersion, "it must be a semantic version such as 1.0.0");
}

std::optional<EventFilter> DefinitionReader::ReadEventFilter(const Node& node, FilterPlace place) {
  if (!ExpectObject(node, "an event filter")) return {};
  const bool listens = place == FilterPlace::kListen;
  CheckKeys(node, {"with", "correlate"});
  if (node.Has("correlate") && !listens) {
    Report(
        "WORKFLOW_FIELD_INVALID", node.pointer + "/correlate",
        "a starting event has nothing to be correlated with; use `correlate` in a `listen` task");
  }
  const Node with = node.At("with");
  if (!ExpectObject(with, "`with`")) return {};
  CheckKeys(with,
            {"type", "id", "source", "subject", "time", "datacontenttype", "dataschema", "data"});
  EventFilter filter;
  filter.type = Text(with, "type", !listens);
  if (IsExpression(filter.type)) {
    Invalid(with.At("type"),
            "the type of an event must be a plain text such as io.aircall.call.ended");
  }
  const ArgumentSet arguments = listens ? ArgumentSet::kBody : ArgumentSet::kEvent;
  for (const auto& [name, expected] : with.value.items()) {
    if (name == "type") continue;
    CheckTemplate(with.At(name), arguments);
    filter.attributes[name] = expected;
  }
  if (listens && node.Has("correlate") && ExpectObject(node.At("correlate"), "`correlate`"))
    ReadCorrelations(node.At("correlate"), filter);
  return filter;
}

void DefinitionReader::ReadCorrelations(const Node& node, EventFilter& filter) {
  for (const auto& [name, rule] : node.value.items()) {
    const Node each = node.At(name);
    if (!ExpectObject(each, "a correlation")) continue;
    CheckKeys(each, {"from", "expect"});
    Correlation correlation;
    correlation.from = Expression(each, "from", ArgumentSet::kBody);
    if (!each.Has("from")) {
      Report("WORKFLOW_FIELD_MISSING", each.pointer,
             "`from` is missing here: what of the event tells which story it belongs to");
    }
    if (each.Has("expect")) {
      CheckTemplate(each.At("expect"), ArgumentSet::kBody);
      correlation.expect = each.At("expect").value;
    }
    filter.correlate[name] = std::move(correlation);
  }
}

std::optional<Duration> DefinitionReader::ReadTimeout(const Node& parent, ArgumentSet arguments) {
  if (!parent.Has("timeout")) return {};
  const Node node = parent.At("timeout");
  const bool named = node.value.is_string();
  const Node timeouts = Reusable("timeouts");
  if (named && !timeouts.Has(node.value.get<std::string>())) {
    std::vector<std::string> names;
    if (timeouts.value.is_object()) {
      for (const auto& [name, timeout] : timeouts.value.items()) names.push_back(name);
    }
    const std::string name = node.value.get<std::string>().substr(0, 60);
    Report("WORKFLOW_FIELD_INVALID", node.pointer,
           "there is no timeout `" + name + "` in use.timeouts", DidYouMean(name, names));
    return {};
  }
  const Node timeout = named ? timeouts.At(node.value.get<std::string>()) : node;
  if (!ExpectObject(timeout, "`timeout`")) return {};
  CheckKeys(timeout, {"after"});
  if (!timeout.Has("after")) {
    Report("WORKFLOW_FIELD_MISSING", timeout.pointer,
           "`after` is missing here: how long it may take");
    return {};
  }
  return ReadDuration(timeout.At("after"), arguments);
}

void DefinitionReader::ReadSchedule(const Node& node, Workflow& workflow) {
  if (!ExpectObject(node, "`schedule`")) return;
  CheckKeys(node, {"on", "every", "cron", "after"});
  if (node.value.empty()) {
    Report("WORKFLOW_FIELD_MISSING", node.pointer,
           "`on`, `every`, `cron` or `after` is missing here: what starts a run");
  }
  Schedule schedule;
  if (node.Has("on") && ExpectObject(node.At("on"), "`on`"))
    ReadStartingEvents(node.At("on"), schedule);
  schedule.timetable = ReadTimetable(node, workflow.policy.timezone);
  workflow.schedule = std::move(schedule);
}

void DefinitionReader::ReadStartingEvents(const Node& on, Schedule& schedule) {
  CheckKeys(on, {"one", "any", "all", "until"});
  for (const char* key : {"all", "until"}) {
    if (on.Has(key)) Unsupported(on.pointer + "/" + key, std::string("`schedule.on.") + key + "`");
  }
  if (on.Has("one")) {
    if (auto filter = ReadEventFilter(on.At("one"), FilterPlace::kSchedule))
      schedule.any.push_back(std::move(*filter));
  } else if (on.Has("any")) {
    if (!ExpectList(on.At("any"), "`any`")) return;
    for (std::size_t i = 0; i < on.At("any").value.size(); ++i) {
      if (auto filter = ReadEventFilter(on.At("any").At(i), FilterPlace::kSchedule))
        schedule.any.push_back(std::move(*filter));
    }
  } else if (!on.Has("all")) {
    Report("WORKFLOW_FIELD_MISSING", on.pointer,
           "`one` or `any` is missing here: the events that start a run");
  }
}

std::optional<schedule::Timetable> DefinitionReader::ReadTimetable(const Node& node,
                                                                   const std::string& timezone) {
  std::vector<std::string> given;
  for (const char* key : {"every", "cron", "after"}) {
    if (node.Has(key)) given.emplace_back(key);
  }
  if (given.empty()) return {};
  if (given.size() > 1) {
    ReportKey("WORKFLOW_FIELD_INVALID", node.pointer + "/" + given[1],
              "a workflow has one of `every`, `cron` and `after`; put `" + given[1] +
                  "` into a workflow of its own");
    return {};
  }
  const Node rule = node.At(given[0]);
  if (given[0] == "cron") return ReadCron(rule, timezone);
  const auto read = ReadDuration(rule, ArgumentSet::kBeforeInput);
  if (!read) return {};
  const Millis* duration = std::get_if<Millis>(&*read);
  constexpr Millis kLeast = std::chrono::seconds(1);
  constexpr Millis kMost = std::chrono::hours(24 * 366 * 10);
  if (duration == nullptr || *duration < kLeast || *duration > kMost) {
    Invalid(rule, "`" + given[0] + "` must be a fixed time from one second to ten years");
    return {};
  }
  if (given[0] == "every") return schedule::Timetable(schedule::Every{*duration});
  return schedule::Timetable(schedule::After{*duration});
}

std::optional<schedule::Timetable> DefinitionReader::ReadCron(const Node& node,
                                                              const std::string& timezone) {
  if (!node.value.is_string()) {
    Invalid(node, "`cron` is a text of five fields, such as '0 9 * * mon-fri'");
    return {};
  }
  const std::string line = node.value.get<std::string>();
  auto cron = schedule::Cron::Parse(line);
  if (!cron.ok()) {
    Invalid(node, "`cron`: " + cron.error().message);
    return {};
  }
  const date::time_zone* zone = zones_.Find(timezone.empty() ? "Etc/UTC" : timezone);
  if (zone == nullptr) return {};  // reported where it stands
  return schedule::Timetable(schedule::ByClock{std::move(cron).value(), line, zone});
}

void DefinitionReader::ReadUse(const Node& node) {
  if (!ExpectObject(node, "`use`")) return;
  CheckKeys(node, {"authentications", "catalogs", "errors", "extensions", "functions", "retries",
                   "secrets", "timeouts"});
  for (const char* key : {"catalogs", "extensions"}) {
    if (node.Has(key)) Unsupported(node.pointer + "/" + key, std::string("`use.") + key + "`");
  }
  if (node.Has("secrets")) ReadSecrets(node.At("secrets"));
  for (const char* key : {"authentications", "errors", "functions", "retries", "timeouts"}) {
    if (node.Has(key)) ExpectObject(node.At(key), std::string("`") + key + "`");
  }
  if (!node.At("authentications").value.is_object()) return;
  for (const auto& [name, policy] : node.At("authentications").value.items())
    CheckAuthentication(*this, node.At("authentications").At(name));
}

void DefinitionReader::ReadSecrets(const Node& node) {
  if (!ExpectList(node, "`secrets`")) return;
  for (std::size_t i = 0; i < node.value.size(); ++i) {
    if (!node.value[i].is_string()) Invalid(node.At(i), "a secret is named by a text");
  }
}

void DefinitionReader::ReadEvaluate(const Node& node) {
  if (!ExpectObject(node, "`evaluate`")) return;
  CheckKeys(node, {"language", "mode"});
  if (node.Has("language") && Text(node, "language", true) != "jq") {
    Invalid(node.At("language"), "expressions are written in jq here");
  }
  if (node.Has("mode") && Text(node, "mode", true) != "strict") {
    Invalid(node.At("mode"), "the mode is strict here: expressions stand in ${ }");
  }
}

Workflow DefinitionReader::Read() {
  Workflow workflow;
  const Node root{yaml_.value, ""};
  if (!ExpectObject(root, "a workflow")) return workflow;
  CheckKeys(root, {"document", "schedule", "input", "output", "use", "do", "timeout", "evaluate"});
  workflow.definition = root.value;
  for (const char* key : {"document", "do"}) {
    if (!root.Has(key))
      Report("WORKFLOW_FIELD_MISSING", "", std::string("`") + key + "` is missing");
  }
  if (root.Has("document")) ReadDocument(root.At("document"), workflow);
  if (root.Has("schedule")) ReadSchedule(root.At("schedule"), workflow);
  workflow.timeout = ReadTimeout(root, ArgumentSet::kWorkflowInput);
  if (root.Has("evaluate")) ReadEvaluate(root.At("evaluate"));
  if (root.Has("use")) ReadUse(root.At("use"));
  workflow.use = root.At("use").value;
  if (root.Has("input") && ExpectObject(root.At("input"), "`input`")) {
    CheckKeys(root.At("input"), {"schema", "from"});
    workflow.input = {ReadSchema(root.At("input")),
                      ReadTransformation(root.At("input"), "from", ArgumentSet::kWorkflowInput)};
  }
  if (root.Has("do")) workflow.tasks = ReadTasks(root.At("do"));
  if (root.Has("output") && ExpectObject(root.At("output"), "`output`")) {
    CheckKeys(root.At("output"), {"schema", "as"});
    workflow.output = {ReadSchema(root.At("output")),
                       ReadTransformation(root.At("output"), "as", ArgumentSet::kWorkflowOutput)};
  }
  CheckSteps();
  return workflow;
}

void DefinitionReader::CheckSteps() {
  for (const StepMention& mention : step_mentions_) {
    if (task_names_.contains(mention.name)) continue;
    Report("WORKFLOW_STEP_UNKNOWN", mention.pointer,
           "$steps." + mention.name + " names no task of this workflow",
           DidYouMean(mention.name, {task_names_.begin(), task_names_.end()}));
  }
}

}  // namespace sb::core::workflow
