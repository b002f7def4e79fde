#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/connector/check_use.h"
#include "engine/connector/load.h"
#include "engine/connector/pick.h"

// Actions: the part of a connector that grows. What can be wrong with one is found here, at start,
// not when a workflow calls it.
namespace sb::connector {
namespace {

using core::workflow::EffectClass;

const std::vector<std::string>& ReadBackArguments() {
  static const std::vector<std::string> kNames = {"input", "requested_at"};
  return kNames;
}

EffectClass EffectOf(const std::string& name) {
  for (const EffectClass effect : {EffectClass::kRead, EffectClass::kIdempotent,
                                   EffectClass::kKeyed, EffectClass::kVerifiable}) {
    if (name == core::workflow::ToString(effect)) return effect;
  }
  return EffectClass::kBlind;
}

/// "250ms" or "15s", as the format demands.
Millis ReadDuration(const std::string& text) {
  const bool millis = text.ends_with("ms");
  const long number = std::stol(text);
  return millis ? Millis(number) : Millis(std::chrono::seconds(number));
}

std::optional<ReadBackSpec> ReadReadBack(const Json& effect) {
  const Json& spec = Member(effect, "read_back");
  if (spec.is_null()) return {};
  ReadBackSpec read{TextMember(spec, "action"), spec.at("with"), TextMember(spec, "found"), {}};
  for (const Json& wait : spec.at("waits"))
    read.waits.push_back(ReadDuration(wait.get<std::string>()));
  return read;
}

std::optional<LookupSpec> ReadLookup(const Json& file) {
  const Json& spec = Member(file, "lookup");
  if (spec.is_null()) return {};
  return LookupSpec{TextMember(spec, "when"), TextMember(spec, "action"),
                    Member(spec, "with"),     TextMember(spec, "pick"),
                    TextMember(spec, "more"), TextMember(spec, "input")};
}

std::vector<RefusedInput> ReadRefusals(const Json& file) {
  std::vector<RefusedInput> rules;
  for (const Json& rule : Member(file, "refuse"))
    rules.push_back({TextMember(rule, "when"), TextMember(rule, "code"), TextMember(rule, "says")});
  return rules;
}

std::vector<EachUse> ReadEachUses(const Json& uses) {
  std::vector<EachUse> read;
  for (const Json& use : uses)
    read.push_back({TextMember(use, "action"), TextMember(use, "each"), TextMember(use, "pick")});
  return read;
}

std::optional<UpsertSpec> ReadUpsert(const Json& file) {
  const Json& spec = Member(file, "upsert");
  if (spec.is_null()) return {};
  const Json& read = spec.at("read");
  return UpsertSpec{TextMember(spec, "keys"),
                    ReadEachUses(spec.at("find")),
                    TextMember(read, "action"),
                    read.at("with"),
                    ReadEachUses(spec.at("changes")),
                    TextMember(spec, "output"),
                    ReadDuration(TextMember(spec, "settles"))};
}

Action ReadAction(const Connector& connector, const Json& file, JsonSchema input) {
  Action action;
  action.signature.name = connector.name + "." + TextMember(file, "action");
  action.signature.version = TextMember(file, "version");
  action.signature.effect = EffectOf(TextMember(file.at("effect"), "class"));
  action.signature.input = std::make_shared<const JsonSchema>(std::move(input));
  action.signature.input_schema = file.at("input");
  action.title = TextMember(file, "title");
  action.description = TextMember(file, "description");
  action.docs = TextMember(file, "docs");
  action.checked = TextMember(file, "checked");
  action.example = file.at("example");
  action.request = file.at("request");
  action.output = Member(file, "output").is_null() ? Json::object() : file.at("output");
  action.output_schema =
      Member(action.output, "schema").is_null() ? Json::object() : action.output.at("schema");
  action.errors = ReadErrorRules(Member(file, "errors"));
  action.read_back = ReadReadBack(file.at("effect"));
  action.lookup = ReadLookup(file);
  for (const Json& place : Member(file, "phones")) action.phones.push_back(place);
  action.refuse = ReadRefusals(file);
  action.upsert = ReadUpsert(file);
  if (action.read_back) action.signature.read_back_waits = action.read_back->waits;
  return action;
}

/// One action file with what its checks need.
struct ActionFile : CheckedFile {
  const Json& file;
};

Status CheckPath(const ActionFile& at) {
  const std::string path = TextMember(at.file.at("request"), "path");
  std::size_t from = 0;
  for (std::size_t open = 0; (open = path.find('{', from)) != std::string::npos;) {
    const std::size_t close = path.find('}', open);
    if (close == std::string::npos) return at.Fault("/request/path", "'{' has no '}'");
    const std::string name = path.substr(open + 1, close - open - 1);
    if (!TakesInput(at.file.at("input"), name, true)) {
      return at.Fault("/request/path", "{" + name + "} must be a required member of the input");
    }
    from = close + 1;
  }
  return {};
}

Status CheckRequest(const ActionFile& at) {
  if (Status path = CheckPath(at); !path.ok()) return path;
  const Json& request = at.file.at("request");
  for (const char* part : {"query_from", "body_from"}) {
    for (const Json& name : Member(request, part)) {
      if (TakesInput(at.file.at("input"), name.get<std::string>(), false)) continue;
      return at.Fault(std::string("/request/") + part,
                      name.get<std::string>() + " is no member of the input");
    }
  }
  for (const char* part : {"query", "body"}) {
    at.AddTemplate(std::string("/request/") + part, Member(request, part), {});
  }
  return {};
}

Status CheckEffect(const ActionFile& at) {
  const Json& effect = at.file.at("effect");
  const Json& spec = Member(effect, "read_back");
  const bool verifiable = TextMember(effect, "class") == "verifiable";
  if (verifiable == spec.is_null()) {
    return at.Fault("/effect", verifiable ? "a verifiable effect needs a read_back"
                                          : "only a verifiable effect has a read_back");
  }
  if (!verifiable) return {};
  at.AddTemplate("/effect/read_back/with", spec.at("with"), ReadBackArguments());
  at.AddExpression("/effect/read_back/found", TextMember(spec, "found"), ReadBackArguments());
  return {};
}

void CheckLookup(const ActionFile& at) {
  const Json& spec = Member(at.file, "lookup");
  if (spec.is_null()) return;
  at.AddExpression("/lookup/when", TextMember(spec, "when"), {});
  at.AddTemplate("/lookup/with", Member(spec, "with"), {"page"});
  for (const char* part : {"pick", "more"}) {
    const std::string source = TextMember(spec, part);
    if (!source.empty()) at.AddExpression(std::string("/lookup/") + part, source, {"page"});
  }
  at.AddExpression("/lookup/input", TextMember(spec, "input"), {"input"});
}

Status CheckPhonePlaces(const ActionFile& at) {
  for (const Json& place : Member(at.file, "phones")) {
    const auto text = place.get<std::string>();
    if (TakesInput(at.file.at("input"), text.substr(0, text.find('.')), false)) continue;
    return at.Fault("/phones", text + " does not begin with a member of the input");
  }
  return {};
}

void CheckRefuse(const ActionFile& at) {
  for (const Json& rule : Member(at.file, "refuse"))
    at.AddExpression("/refuse", TextMember(rule, "when"), {});
}

Status CheckUpsert(const ActionFile& at) {
  const Json& spec = Member(at.file, "upsert");
  if (spec.is_null()) return {};
  if (TextMember(at.file.at("effect"), "class") != "verifiable")
    return at.Fault("/effect/class", "an action with an upsert must be verifiable");
  at.AddExpression("/upsert/keys", TextMember(spec, "keys"), {});
  for (const Json& find : spec.at("find")) {
    at.AddExpression("/upsert/find", TextMember(find, "each"), {});
    at.AddExpression("/upsert/find", TextMember(find, "pick"), {"input", "with"});
  }
  at.AddTemplate("/upsert/read/with", spec.at("read").at("with"), {"object"});
  for (const Json& change : spec.at("changes"))
    at.AddExpression("/upsert/changes", TextMember(change, "each"), {"input"});
  at.AddExpression("/upsert/output", TextMember(spec, "output"), {});
  return {};
}

Status CheckOutput(const ActionFile& at) {
  const Json& output = Member(at.file, "output");
  const std::string pick = TextMember(output, "pick");
  if (!pick.empty() && !IsPlainPick(pick)) at.AddExpression("/output/pick", pick, {"input"});
  const Json& schema = Member(output, "schema");
  if (schema.is_null()) return {};
  const auto compiled = JsonSchema::Compile(schema);
  return compiled.ok() ? Status() : at.Fault("/output/schema", compiled.error().message);
}

Status CheckExample(const ActionFile& at, const JsonSchema& input) {
  const auto violations = input.Check(at.file.at("example"));
  if (violations.empty()) return {};
  return at.Fault("/example" + violations.front().pointer,
                  "the example does not fit the input: " + violations.front().message);
}

/// The compiled input schema. It must close itself: a member that nobody reads is a misspelt one.
Result<JsonSchema> CheckInput(const ActionFile& at) {
  const Json& schema = at.file.at("input");
  if (TextMember(schema, "type") != "object" ||
      Member(schema, "additionalProperties") != Json(false)) {
    return at.Fault("/input", "the input must be of type object, with additionalProperties: false");
  }
  auto compiled = JsonSchema::Compile(schema);
  if (!compiled.ok()) return at.Fault("/input", compiled.error().message);
  return compiled;
}

Result<Action> LoadAction(const Connector& connector, const ActionFile& at) {
  if (at.path != "actions/" + TextMember(at.file, "action") + ".yaml") {
    return at.Fault("/action", "must be the file's name");
  }
  auto input = CheckInput(at);
  if (!input.ok()) return input.error();
  if (Status request = CheckRequest(at); !request.ok()) return request.error();
  CheckLookup(at);
  CheckRefuse(at);
  if (Status phones = CheckPhonePlaces(at); !phones.ok()) return phones.error();
  if (Status upsert = CheckUpsert(at); !upsert.ok()) return upsert.error();
  if (Status effect = CheckEffect(at); !effect.ok()) return effect.error();
  if (Status output = CheckOutput(at); !output.ok()) return output.error();
  if (Status example = CheckExample(at, *input); !example.ok()) return example.error();
  return ReadAction(connector, at.file, std::move(input).value());
}

}  // namespace

Status LoadActions(const Folder& folder, const Formats& formats, Connector& connector,
                   ExpressionList& list) {
  for (const std::string& path : folder.PathsBelow("actions/")) {
    const auto file = folder.Load(path);
    if (!file.ok()) return file.error();
    if (Status fits = folder.Check(path, *file, formats.action); !fits.ok()) return fits;
    auto action = LoadAction(connector, {{folder, path, list}, *file});
    if (!action.ok()) return action.error();
    connector.actions.emplace(TextMember(*file, "action"), std::move(action).value());
  }
  return {};
}

Status CheckReadBacks(const Folder& folder, const Connector& connector, ExpressionList& list) {
  for (const auto& [name, action] : connector.actions) {
    if (!action.read_back) continue;
    const CheckedFile at{folder, "actions/" + name + ".yaml", list};
    Status fine = at.CheckUse("/effect/read_back/action", connector, action.read_back->action,
                              action.read_back->with);
    if (!fine.ok()) return fine;
  }
  return {};
}

Status CheckLookups(const Folder& folder, const Connector& connector, ExpressionList& list) {
  for (const auto& [name, action] : connector.actions) {
    if (!action.lookup) continue;
    const CheckedFile at{folder, "actions/" + name + ".yaml", list};
    const LookupSpec& lookup = *action.lookup;
    Status fine = at.CheckUse("/lookup/action", connector, lookup.action, lookup.with);
    if (!fine.ok()) return fine;
    const Action& reading = connector.actions.at(lookup.action);
    if (reading.signature.effect != EffectClass::kRead || reading.lookup) {
      return at.Fault("/lookup/action", "must be a reading action without a lookup of its own");
    }
  }
  return {};
}

namespace {

/// The actions that an upsert uses are single requests, which read or write as their place needs.
Status CheckUpsertUse(const CheckedFile& at, const std::string& pointer, const Connector& connector,
                      const std::string& name, bool reads) {
  if (Status there = at.CheckUse(pointer, connector, name, Json()); !there.ok()) return there;
  const Action& used = connector.actions.at(name);
  const bool reading = used.signature.effect == EffectClass::kRead;
  if (reading == reads && !used.lookup && !used.upsert) return {};
  return at.Fault(pointer, std::string("must be a ") + (reads ? "reading" : "writing") +
                               " action without lookup and upsert of its own");
}

}  // namespace

Status CheckUpserts(const Folder& folder, const Connector& connector, ExpressionList& list) {
  for (const auto& [name, action] : connector.actions) {
    if (!action.upsert) continue;
    const CheckedFile at{folder, "actions/" + name + ".yaml", list};
    const UpsertSpec& spec = *action.upsert;
    for (const EachUse& find : spec.find) {
      Status fine = CheckUpsertUse(at, "/upsert/find", connector, find.action, true);
      if (!fine.ok()) return fine;
    }
    Status read = CheckUpsertUse(at, "/upsert/read/action", connector, spec.read, true);
    if (!read.ok()) return read;
    read = at.CheckUse("/upsert/read/action", connector, spec.read, spec.read_with);
    if (!read.ok()) return read;
    for (const EachUse& change : spec.changes) {
      Status fine = CheckUpsertUse(at, "/upsert/changes", connector, change.action, false);
      if (!fine.ok()) return fine;
    }
  }
  return {};
}

}  // namespace sb::connector
