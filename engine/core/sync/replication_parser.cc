#include <algorithm>
#include <optional>
#include <regex>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/core/sync/form_reader.h"
#include "engine/core/sync/replication.h"
#include "engine/core/workflow/duration.h"
#include "engine/core/workflow/suggest.h"

namespace sb::core::sync {
namespace {

using workflow::DidYouMean;
using workflow::Node;

constexpr Millis kMostOftenAsked = std::chrono::minutes(1);
constexpr Millis kLeastOftenAsked = std::chrono::hours(24);
constexpr Millis kMostOftenRescanned = std::chrono::hours(1);
constexpr Millis kLeastOftenRescanned = std::chrono::days(31);
constexpr const char* kAccountInSchema = "{account}";

const char* ExampleOf(LimitType type) {
  switch (type) {
    case LimitType::kDuration:
      return "a duration such as P14D";
    case LimitType::kBytes:
      return "a size such as 200 MB";
    case LimitType::kTexts:
      return "a list of 1 to 1,000 texts";
    case LimitType::kNone:
      break;
  }
  return "nothing";
}

/// Turns one definition into a Replication and collects what is wrong with it. Used once.
class ReplicationReader : FormReader {
 public:
  ReplicationReader(const YamlDocument& yaml, const StreamCatalog& catalog, WallTime now,
                    const workflow::Expressions* expressions, ReplicationOutcome& outcome)
      : FormReader(yaml, outcome.errors), catalog_(catalog), now_(now), expressions_(expressions) {}

  /// As far as it could be read: good only if no error was reported.
  Replication Read();

 private:
  std::optional<WallTime> Start(const Node& parent);
  void ReadBody(const Node& node, Replication& replication);
  std::string ReadSource(const Node& node);
  std::vector<StreamChoice> ReadStreams(const Node& parent, const std::string& source);
  StreamChoice ReadChoice(const Node& node);
  ImportFilter ReadFilter(const Node& node, const Stream* stream);
  void ReadWhen(const Node& parent, ImportFilter& filter);
  std::vector<ChosenRule> ReadRules(const Node& list, const Stream* stream);
  ChosenRule ReadRule(const Node& node, const Stream* stream);
  void CheckLimit(const Node& node, const ImportRule& rule, ChosenRule& chosen);
  std::optional<std::int64_t> ReadCap(const Node& node, const Stream* stream);
  void CheckChoices(const Node& list, const std::map<std::string, Stream>& known,
                    const std::vector<StreamChoice>& choices);
  Destination ReadDestination(const Node& node);
  void ReadDeletes(const Node& node, Replication& replication);

  const StreamCatalog& catalog_;
  const WallTime now_;
  const workflow::Expressions* const expressions_;
  const std::map<std::string, Stream>* known_ = nullptr;  ///< The source's, once it is read.
};

// ---- The parts ----

std::optional<WallTime> ReplicationReader::Start(const Node& parent) {
  const std::string text = Text(parent, "start", false);
  if (text.empty()) return {};
  const Node node = parent.At("start");
  constexpr std::size_t kDay = 10;  // "2026-06-01"
  const auto start = ParseRfc3339(text.size() == kDay ? text + "T00:00:00Z" : text);
  if (!start) {
    Invalid(node, "it must be a day (2026-06-01) or an instant (2026-06-01T08:00:00Z)");
  } else if (*start > now_) {
    Report("SYNC_START_IN_FUTURE", node.pointer,
           "this start is still to come; leave it out for "
           "everything that the provider tells");
  }
  return start;
}

std::string ReplicationReader::ReadSource(const Node& node) {
  const std::string source = Text(node, "from", true);
  if (!source.empty() && catalog_.FindStreams(source) == nullptr) {
    Report("SYNC_SOURCE_UNKNOWN", node.At("from").pointer,
           "there is no connector `" + source.substr(0, 60) +
               "` that has streams; those that have are: " + Listed(catalog_.Sources()),
           DidYouMean(source, catalog_.Sources()));
  }
  return source;
}

StreamChoice ReplicationReader::ReadChoice(const Node& node) {
  if (node.value.is_string()) return {node.value.get<std::string>(), {}, {}};
  if (!ExpectMapping(node, "a stream is named, or")) return {};
  CheckKeys(node, {"stream", "start", "only"});
  StreamChoice choice{Text(node, "stream", true), Start(node), {}};
  if (!node.Has("only")) return choice;
  const bool known = known_ != nullptr && known_->contains(choice.stream);
  choice.only = ReadFilter(node.At("only"), known ? &known_->at(choice.stream) : nullptr);
  return choice;
}

// ---- What of a stream is imported ----

/// `stream` is null where it is not known, which is reported elsewhere.
ImportFilter ReplicationReader::ReadFilter(const Node& node, const Stream* stream) {
  ImportFilter filter;
  if (!ExpectMapping(node, "`only`")) return filter;
  CheckKeys(node, {"rules", "when", "first_import"});
  if (stream != nullptr && stream->key.empty())
    Invalid(node, "`" + stream->name + "` is one object; there is nothing to choose from");
  if (node.Has("rules")) filter.rules = ReadRules(node.At("rules"), stream);
  if (node.Has("when")) ReadWhen(node, filter);
  if (node.Has("first_import")) filter.first_import = ReadCap(node.At("first_import"), stream);
  return filter;
}

void ReplicationReader::ReadWhen(const Node& parent, ImportFilter& filter) {
  constexpr std::size_t kLongestWhen = 4'096;
  const Node node = parent.At("when");
  filter.when = workflow::ExpressionSource(Text(parent, "when", false));
  if (!node.value.is_string()) return;  // reported already
  if (filter.when.size() > kLongestWhen) {
    Invalid(node, "`when` has at most 4,096 characters");
  } else if (filter.when.find_first_not_of(" \t\r\n") == std::string::npos) {
    Invalid(node, "`when` must say something; leave it out where everything is wanted");
  } else if (expressions_ != nullptr) {
    const Status compiles = CheckWhen(filter, *expressions_);
    if (!compiles.ok()) Report("SYNC_WHEN_INVALID", node.pointer, compiles.error().message);
  }
}

std::vector<ChosenRule> ReplicationReader::ReadRules(const Node& list, const Stream* stream) {
  constexpr std::size_t kMostRules = 20;
  std::vector<ChosenRule> rules;
  if (!list.value.is_array() || list.value.size() > kMostRules) {
    Invalid(list, "`rules` must be a list of at most 20 rules (`- name`, or `- name: limit`)");
    return rules;
  }
  std::set<std::string> taken;
  for (std::size_t i = 0; i < list.value.size(); ++i) {
    rules.push_back(ReadRule(list.At(i), stream));
    const std::string& name = rules.back().name;
    if (!name.empty() && !taken.insert(name).second)
      Report("SYNC_RULE_DUPLICATE", list.At(i).pointer, "`" + name + "` is named twice");
  }
  return rules;
}

ChosenRule ReplicationReader::ReadRule(const Node& node, const Stream* stream) {
  ChosenRule chosen;
  const bool named = node.value.is_string();
  if (!named && !(node.value.is_object() && node.value.size() == 1)) {
    Invalid(node, "a rule is its name, or its name with one limit (`max_age: P14D`)");
    return chosen;
  }
  chosen.name = named ? node.value.get<std::string>() : node.value.begin().key();
  if (stream == nullptr) return chosen;
  const ImportRule* rule = stream->FindRule(chosen.name);
  if (rule == nullptr) {
    std::vector<std::string> names;
    for (const ImportRule& each : stream->rules) names.push_back(each.name);
    Report("SYNC_RULE_UNKNOWN", node.pointer,
           "`" + stream->name + "` has no rule `" + chosen.name.substr(0, 60) +
               "`; it has: " + (names.empty() ? "none" : Listed(names)),
           DidYouMean(chosen.name, names));
    return chosen;
  }
  if (!named) {
    CheckLimit(node.At(chosen.name), *rule, chosen);
  } else if (rule->limit != LimitType::kNone && !rule->limit_optional) {
    Invalid(node, "`" + chosen.name + "` needs a limit: " + ExampleOf(rule->limit));
  }
  return chosen;
}

void ReplicationReader::CheckLimit(const Node& node, const ImportRule& rule, ChosenRule& chosen) {
  if (rule.limit == LimitType::kNone) {
    Invalid(node, "`" + rule.name + "` takes no limit; write its name alone");
    return;
  }
  const auto limit = ReadLimit(rule.limit, node.value);
  if (!limit) {
    Invalid(node, "the limit of `" + rule.name + "` must be " + ExampleOf(rule.limit));
    return;
  }
  chosen.limit = *limit;
}

std::optional<std::int64_t> ReplicationReader::ReadCap(const Node& node, const Stream* stream) {
  constexpr std::int64_t kMostFirst = 1'000'000;
  if (!ExpectMapping(node, "`first_import`")) return {};
  CheckKeys(node, {"most"});
  const auto most = Number(node, "most", kMostFirst);
  if (!node.Has("most"))
    Report("SYNC_FIELD_MISSING", node.pointer, "`most` is missing here: how many at most");
  else if (most == 0)
    Invalid(node.At("most"), "it must be at least 1; leave the stream out to import nothing");
  if (stream != nullptr && stream->WindowColumn() == nullptr) {
    Invalid(node, "`" + stream->name +
                      "` is not read by time, so that nobody can tell which are the newest");
  }
  return most;
}

void ReplicationReader::CheckChoices(const Node& list, const std::map<std::string, Stream>& known,
                                     const std::vector<StreamChoice>& choices) {
  std::vector<std::string> names;
  for (const auto& [name, stream] : known) names.push_back(name);
  std::set<std::string> taken;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const std::string& name = choices[i].stream;
    if (name.empty()) continue;  // reported already
    const std::string pointer = list.At(i).pointer;
    if (!known.contains(name)) {
      Report("SYNC_STREAM_UNKNOWN", pointer,
             "there is no stream `" + name.substr(0, 60) + "`; there are: " + Listed(names),
             DidYouMean(name, names));
    } else if (!taken.insert(name).second) {
      Report("SYNC_STREAM_DUPLICATE", pointer, "`" + name + "` is named twice");
    }
  }
}

std::vector<StreamChoice> ReplicationReader::ReadStreams(const Node& parent,
                                                         const std::string& source) {
  std::vector<StreamChoice> choices;
  if (!parent.Has("streams")) {
    Report("SYNC_FIELD_MISSING", parent.pointer,
           "`streams` is missing here: a list of names, or `all`");
    return choices;
  }
  known_ = catalog_.FindStreams(source);
  const Node list = parent.At("streams");
  if (list.value == Json("all")) {
    if (known_ == nullptr) return choices;
    for (const auto& [name, stream] : *known_) choices.push_back({name, {}, {}});
    return choices;
  }
  if (!list.value.is_array() || list.value.empty()) {
    Invalid(list, "`streams` must be a list with at least one entry (`- calls`), or `all`");
    return choices;
  }
  for (std::size_t i = 0; i < list.value.size(); ++i) choices.push_back(ReadChoice(list.At(i)));
  if (known_ != nullptr) CheckChoices(list, *known_, choices);
  return choices;
}

Destination ReplicationReader::ReadDestination(const Node& node) {
  static const std::regex kConnection("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  static const std::regex kSchema("[a-z_]([a-z0-9_]|\\{account\\})*");
  static const std::set<std::string> kReserved = {"eng", "information_schema"};
  constexpr std::size_t kLongestSchema = 63;
  Destination into;
  if (!ExpectMapping(node, "`into`")) return into;
  CheckKeys(node, {"connector", "connection", "schema"});
  into.connector = Text(node, "connector", true);
  if (!into.connector.empty() && into.connector != "postgres") {
    Report("SYNC_DESTINATION_UNKNOWN", node.At("connector").pointer,
           "tables can be kept in: postgres", DidYouMean(into.connector, {"postgres"}));
  }
  if (node.Has("connection"))
    into.connection = TextLike(node, "connection", kConnection, "it is the name of a connection");
  into.schema =
      TextLike(node, "schema", kSchema,
               "it must be lower-case letters, digits and underscores, without a digit at "
               "its beginning; {account} may stand in it");
  if (into.schema.size() > kLongestSchema)
    Invalid(node.At("schema"), "the name of a schema has at most 63 characters");
  if (kReserved.contains(into.schema) || into.schema.starts_with("pg_")) {
    Report("SYNC_SCHEMA_RESERVED", node.At("schema").pointer,
           "`" + into.schema + "` belongs to the database or to the engine; choose another");
  }
  return into;
}

void ReplicationReader::ReadDeletes(const Node& node, Replication& replication) {
  if (!ExpectMapping(node, "`deletes`")) return;
  CheckKeys(node, {"policy", "brake"});
  const std::string policy = Text(node, "policy", false);
  if (policy == "remove") replication.deletes = DeletePolicy::kRemove;
  if (policy == "keep") replication.deletes = DeletePolicy::kKeep;
  if (node.Has("policy") && policy != "mark" && policy != "remove" && policy != "keep")
    Invalid(node.At("policy"), "the policy is one of: mark, remove, keep");
  if (!node.Has("brake")) return;
  const Node brake = node.At("brake");
  if (!ExpectMapping(brake, "`brake`")) return;
  CheckKeys(brake, {"count", "percent"});
  constexpr std::int64_t kMostCount = 1'000'000;
  constexpr std::int64_t kMostPercent = 100;
  replication.brake.count = Number(brake, "count", kMostCount).value_or(replication.brake.count);
  replication.brake.percent =
      static_cast<int>(Number(brake, "percent", kMostPercent).value_or(replication.brake.percent));
}

void ReplicationReader::ReadBody(const Node& node, Replication& replication) {
  if (!ExpectMapping(node, "`replicate`")) return;
  CheckKeys(node, {"from", "streams", "into", "start", "every", "rescan", "deletes", "analytics"});
  replication.from = ReadSource(node);
  replication.streams = ReadStreams(node, replication.from);
  if (node.Has("into"))
    replication.into = ReadDestination(node.At("into"));
  else
    Report("SYNC_FIELD_MISSING", node.pointer, "`into` is missing here: where the tables are kept");
  replication.start = Start(node);
  replication.every = Interval(node, "every", replication.every, kMostOftenAsked, kLeastOftenAsked);
  replication.rescan =
      Interval(node, "rescan", replication.rescan, kMostOftenRescanned, kLeastOftenRescanned);
  if (node.Has("deletes")) ReadDeletes(node.At("deletes"), replication);
  if (!node.Has("analytics")) return;
  const Node analytics = node.At("analytics");
  if (analytics.value.is_boolean())
    replication.analytics = analytics.value.get<bool>();
  else
    Invalid(analytics, "`analytics` is true or false");
}

Replication ReplicationReader::Read() {
  Replication replication;
  const Node root = Root();
  if (!ExpectMapping(root, "a replication")) return replication;
  CheckKeys(root, {"sync", "replicate"});
  replication.definition = root.value;
  for (const char* key : {"sync", "replicate"}) {
    if (!root.Has(key)) Report("SYNC_FIELD_MISSING", "", std::string("`") + key + "` is missing");
  }
  if (root.Has("sync")) replication.head = ReadHead(root.At("sync"));
  if (root.Has("replicate")) ReadBody(root.At("replicate"), replication);
  return replication;
}

}  // namespace

ReplicationOutcome ParseReplication(std::string_view yaml, const StreamCatalog& catalog,
                                    WallTime now, const workflow::Expressions* expressions) {
  ReplicationOutcome outcome;
  YamlOutcome parsed = ParseYaml(yaml);
  if (!parsed.document) {
    outcome.errors.push_back(std::move(parsed.diagnostic));
    return outcome;
  }
  Replication replication =
      ReplicationReader(*parsed.document, catalog, now, expressions, outcome).Read();
  SortByPlace(outcome.errors);
  if (outcome.errors.empty()) outcome.replication = std::move(replication);
  return outcome;
}

std::string SchemaFor(const Destination& into, const std::string& account) {
  constexpr std::size_t kLongestName = 63;
  std::string schema = into.schema;
  const std::string placeholder = kAccountInSchema;
  for (std::size_t at = schema.find(placeholder); at != std::string::npos;
       at = schema.find(placeholder, at + account.size()))
    schema.replace(at, placeholder.size(), account);
  for (char& c : schema) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!fits) c = '_';
  }
  return schema.substr(0, kLongestName);
}

}  // namespace sb::core::sync
