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
  Diagnostic error{std::move(code), std::move(message), pointer, yaml_.PositionOf(pointer),
                   std::move(suggestion)};
  // What `use` names is read where it stands and again wherever it is used.
  if (std::ranges::find(outcome_.errors, error) == outcome_.errors.end())
    outcome_.errors.push_back(std::move(error));
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

void DefinitionReader::ReportUnknownName(const Node& node, const std::string& what,
                                         const char* kind) {
  std::vector<std::string> names;
  const Json& there = Reusable(kind).value;
  if (there.is_object()) {
    for (const auto& [name, value] : there.items()) names.push_back(name);
  }
  const std::string name =
      node.value.is_string() ? node.value.get<std::string>() : TextMember(node.value, "use");
  Report("WORKFLOW_FIELD_INVALID", node.pointer,
         "there is no " + what + " `" + name.substr(0, 60) + "` in use." + kind,
         DidYouMean(name, names));
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

std::optional<int> DefinitionReader::WholeNumber(const Node& node, int least, int most) {
  const Json& value = node.value;
  if (value.is_number_integer() && value.get<std::int64_t>() >= least &&
      value.get<std::int64_t>() <= most) {
    return value.get<int>();
  }
  const std::string key = node.pointer.substr(node.pointer.rfind('/') + 1);
  Invalid(node, "`" + key + "` must be a whole number from " + std::to_string(least) + " to " +
                    std::to_string(most));
  return {};
}

bool DefinitionReader::ReadFlag(const Node& node) {
  const std::string key = node.pointer.substr(node.pointer.rfind('/') + 1);
  if (!node.value.is_boolean()) Invalid(node, "`" + key + "` must be true or false");
  return node.value == Json(true);
}

std::optional<Concurrency> DefinitionReader::ReadConcurrency(const Node& node) {
  if (!ExpectObject(node, "`concurrency`")) return {};
  CheckKeys(node, {"key", "limit", "policy"});
  Concurrency concurrency;
  concurrency.key = Expression(node, "key", ArgumentSet::kWorkflowInput);
  if (node.Has("limit")) concurrency.limit = WholeNumber(node.At("limit"), 1, 1000).value_or(1);
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
  if (node.Has("fetch_latest")) policy.fetch_latest = ReadFlag(node.At("fetch_latest"));
  if (node.Has("gather_for")) {
    const auto read = ReadDuration(node.At("gather_for"), ArgumentSet::kBeforeInput);
    policy.gather_for = FixedTime(node.At("gather_for"), read).value_or(policy.gather_for);
  }
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
  std::vector<std::string> known = {"lane", "on_unknown_outcome", "idempotency_key", "redact",
                                    "attempts"};
  if (place == PolicyPlace::kDocument)
    known.insert(known.end(), {"timezone", "concurrency", "gather_for", "fetch_latest"});
  CheckKeys(node, known);
  if (place == PolicyPlace::kDocument) ReadDocumentPolicy(node, policy);
  if (node.Has("idempotency_key")) policy.idempotency_key = ReadFlag(node.At("idempotency_key"));
  if (node.Has("attempts")) policy.attempts = WholeNumber(node.At("attempts"), 1, 10);
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
  if (node.Has("correlate") && place == FilterPlace::kSchedule) {
    Report(
        "WORKFLOW_FIELD_INVALID", node.pointer + "/correlate",
        "an event that starts a run by itself has nothing to be correlated with; use `correlate` "
        "in a `listen` task, or where several events start one run");
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
  if (place != FilterPlace::kSchedule && node.Has("correlate") &&
      ExpectObject(node.At("correlate"), "`correlate`")) {
    ReadCorrelations(node.At("correlate"), place, filter);
  }
  return filter;
}

void DefinitionReader::ReadCorrelations(const Node& node, FilterPlace place, EventFilter& filter) {
  const ArgumentSet arguments =
      place == FilterPlace::kListen ? ArgumentSet::kBody : ArgumentSet::kEvent;
  for (const auto& [name, rule] : node.value.items()) {
    const Node each = node.At(name);
    if (!ExpectObject(each, "a correlation")) continue;
    CheckKeys(each, {"from", "expect"});
    Correlation correlation;
    correlation.from = Expression(each, "from", arguments);
    if (!each.Has("from")) {
      Report("WORKFLOW_FIELD_MISSING", each.pointer,
             "`from` is missing here: what of the event tells which story it belongs to");
    }
    if (each.Has("expect")) {
      CheckTemplate(each.At("expect"), arguments);
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
    ReportUnknownName(node, "timeout", "timeouts");
    return {};
  }
  return ReadTimeLimit(named ? timeouts.At(node.value.get<std::string>()) : node, arguments);
}

std::optional<Duration> DefinitionReader::ReadTimeLimit(const Node& timeout,
                                                        ArgumentSet arguments) {
  if (!ExpectObject(timeout, "a timeout")) return {};
  CheckKeys(timeout, {"after"});
  if (!timeout.Has("after")) {
    Report("WORKFLOW_FIELD_MISSING", timeout.pointer,
           "`after` is missing here: how long it may take");
    return {};
  }
  return ReadDuration(timeout.At("after"), arguments);
}

void DefinitionReader::ReadUse(const Node& node) {
  if (!ExpectObject(node, "`use`")) return;
  CheckKeys(node, {"authentications", "catalogs", "errors", "extensions", "functions", "retries",
                   "secrets", "timeouts"});
  if (node.Has("secrets")) ReadSecrets(node.At("secrets"));
  if (node.Has("catalogs")) ReadCatalogs(node.At("catalogs"));
  for (const char* key : {"authentications", "errors", "functions", "retries", "timeouts"}) {
    if (node.Has(key)) ExpectObject(node.At(key), std::string("`") + key + "`");
  }
  const auto for_each = [&](const char* key, void (*check)(DefinitionReader&, const Node&)) {
    const Node named = node.At(key);
    if (!named.value.is_object()) return;
    for (const auto& [name, value] : named.value.items()) check(*this, named.At(name));
  };
  for_each("authentications", CheckAuthentication);
  for_each("errors", CheckErrorShape);
  for_each("functions", CheckFunction);
  for_each("retries", CheckRetryPolicy);
  for_each("timeouts", [](DefinitionReader& reader, const Node& timeout) {
    (void)reader.ReadTimeLimit(timeout, ArgumentSet::kBody);
  });
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
  if (root.At("use").Has("extensions")) ReadExtensions(root.At("use").At("extensions"));
  if (root.Has("input") && ExpectObject(root.At("input"), "`input`")) {
    CheckKeys(root.At("input"), {"schema", "from"});
    workflow.input = {ReadSchema(root.At("input")),
                      ReadTransformation(root.At("input"), "from", ArgumentSet::kWorkflowInput)};
  }
  if (root.Has("do")) workflow.tasks = ReadTasks(root.At("do"));
  if (workflow.policy.fetch_latest && !workflow.tasks.empty()) FetchLatest(workflow);
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
