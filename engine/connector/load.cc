#include "engine/connector/load.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "embedded/ConnectorFormats.h"
#include "engine/connector/event_rows.h"
#include "engine/core/workflow/duration.h"

namespace sb::connector {
namespace {

constexpr Millis kMostOften = std::chrono::minutes(1);

Result<JsonSchema> LoadFormat(const Folder& formats, const std::string& file) {
  const auto schema = formats.Load(file);
  if (!schema.ok()) return schema.error();
  return JsonSchema::Compile(*schema);
}

std::vector<std::string> TextsOf(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& text : list) texts.push_back(text.get<std::string>());
  return texts;
}

/// 404 is 404 to 404, "5xx" is 500 to 599.
std::pair<int, int> StatusRange(const Json& status) {
  if (status.is_number_integer()) return {status.get<int>(), status.get<int>()};
  const int hundreds = (status.get<std::string>()[0] - '0') * 100;
  return {hundreds, hundreds + 99};
}

ErrorRule ReadErrorRule(const Json& rule) {
  ErrorRule read;
  const Json& status = rule.at("status");
  if (status.is_array()) {
    for (const Json& one : status) read.statuses.push_back(StatusRange(one));
  } else {
    read.statuses.push_back(StatusRange(status));
  }
  const std::string kind = TextMember(rule, "is");
  read.done = kind == "done";
  if (!read.done) read.kind = ErrorKindFromString(kind);
  read.effect_unknown = Member(rule, "effect_unknown") == Json(true);
  read.hint = TextMember(rule, "hint");
  return read;
}

AuthScheme ReadScheme(const Json& send) {
  return {TextMember(send, "scheme"), TextMember(send, "username"), TextMember(send, "password"),
          TextMember(send, "token")};
}

std::optional<RefreshSpec> ReadRefresh(const Json& refresh) {
  if (refresh.is_null()) return {};
  RefreshSpec spec;
  if (const auto often = core::workflow::ParseIsoDuration(TextMember(refresh, "at_least_every")))
    spec.at_least_every = std::max(*often, kMostOften);
  if (refresh.contains("grant_dead")) spec.grant_dead = TextsOf(refresh["grant_dead"]);
  if (refresh.contains("application_refused"))
    spec.application_refused = TextsOf(refresh["application_refused"]);
  return spec;
}

void ReadOAuth(const Json& oauth, Connector& connector) {
  if (oauth.is_null()) return;
  connector.oauth =
      OAuthSpec{TextMember(oauth, "authorize_url"),  TextMember(oauth, "token_url"),
                TextMember(oauth, "scope"),          TextMember(oauth, "token_request"),
                ReadScheme(oauth.at("send")),        ReadRefresh(Member(oauth, "refresh")),
                TextMember(oauth, "pkce") == "S256", TextMember(oauth, "success_url")};
}

void ReadKeys(const Json& keys, Connector& connector) {
  if (keys.is_null()) return;
  connector.consent.key_help = TextMember(keys, "help");
  connector.key_scheme = ReadScheme(keys.at("send"));
  for (const Json& field : keys.at("fields")) {
    connector.key_fields.push_back({TextMember(field, "name"), TextMember(field, "label"),
                                    TextMember(field, "help"), field.at("secret").get<bool>()});
  }
}

void ReadLimits(const Json& limits, Connector& connector) {
  connector.quota.limit = limits.at("start_with").get<int>();
  connector.quota.ceiling = limits.at("per_minute").get<int>();
  const Json& headers = Member(limits, "headers");
  connector.limit_headers = {TextMember(headers, "limit"), TextMember(headers, "remaining"),
                             TextMember(headers, "reset"), TextMember(headers, "retry_after")};
}

/// Both facts in one program. The line breaks keep a comment at the end from swallowing the rest.
std::string AboutProgramOf(const Json& onward) {
  if (onward.is_null()) return {};
  const auto first = [&onward](const char* name) {
    return "(first((" + TextMember(onward, name) + "\n)) // null)";
  };
  return "{number: " + first("number") + ", user: " + first("user") + "}";
}

Status CheckKeyScheme(const Folder& folder, const Connector& connector) {
  const AuthScheme& scheme = connector.key_scheme;
  for (const std::string& used : {scheme.username, scheme.password, scheme.token}) {
    bool known = used.empty();
    for (const KeyField& field : connector.key_fields) known = known || field.name == used;
    if (!known) {
      return folder.Fault("connector.yaml", "/auth/api_key/send",
                          "'" + used + "' is not among the fields");
    }
  }
  return {};
}

bool IsPointer(const std::string& text) {
  try {
    const Json::json_pointer pointer(text);
    return !pointer.empty() || text.empty();
  } catch (const Json::exception&) {
    return false;
  }
}

Status CheckPointers(const Folder& folder, const Json& file) {
  for (const auto& [name, pointer] : file.at("envelope").items()) {
    if (!IsPointer(pointer.get<std::string>())) {
      return folder.Fault("events.yaml", "/envelope/" + name, name + " must be a JSON pointer");
    }
  }
  for (std::size_t at = 0; at < file.at("events").size(); ++at) {
    if (!IsPointer(TextMember(file.at("events")[at], "entity_id"))) {
      return folder.Fault("events.yaml", "/events/" + std::to_string(at) + "/entity_id",
                          "entity_id must be a JSON pointer");
    }
  }
  return {};
}

WebhookEnvelope ReadEnvelope(const Json& file) {
  const Json& places = file.at("envelope");
  WebhookEnvelope envelope{TextMember(places, "name"),
                           TextMember(places, "token"),
                           TextMember(places, "time"),
                           TextMember(places, "data"),
                           TextMember(places, "entity"),
                           TextMember(places, "entity_id"),
                           {},
                           TextMember(file, "type_prefix")};
  for (const auto& [name, plural] : file.at("entities").items()) {
    envelope.entities[name] = plural.get<std::string>();
  }
  return envelope;
}

/// Files that no part of a connector reads are a misspelt name or a misplaced file.
Status CheckNames(const Folder& folder) {
  constexpr std::array<std::string_view, 6> kFolders = {"actions/", "analytics/", "objects/",
                                                        "records/", "schemas/",   "streams/"};
  constexpr std::string_view kWhere =
      "a connector has connector.yaml, events.yaml, actions/, analytics/, objects/, records/, "
      "schemas/ and streams/: rename or move it";
  for (const auto& [path, sql] : folder.queries()) {
    if (!path.starts_with("analytics/")) return folder.Fault(path, "", std::string(kWhere));
  }
  for (const std::string& path : folder.Paths()) {
    bool known = path == "connector.yaml" || path == "events.yaml";
    for (const std::string_view prefix : kFolders) known = known || path.starts_with(prefix);
    if (!known) return folder.Fault(path, "", std::string(kWhere));
  }
  return {};
}

Status CheckSchemas(const Folder& folder) {
  for (const std::string& path : folder.PathsBelow("schemas/")) {
    const auto schema = folder.Load(path);
    if (!schema.ok()) return schema.error();
    if (const auto compiled = JsonSchema::Compile(*schema); !compiled.ok()) {
      return folder.Fault(path, "", compiled.error().message);
    }
  }
  return {};
}

}  // namespace

Result<Formats> Formats::Load() {
  const EmbeddedFiles files = embedded::ConnectorFormats();
  const auto folder = Folder::Parse("format", {files.begin(), files.end()});
  if (!folder.ok()) return folder.error();
  auto connector = LoadFormat(*folder, "connector.yaml");
  if (!connector.ok()) return connector.error();
  auto action = LoadFormat(*folder, "action.yaml");
  if (!action.ok()) return action.error();
  auto events = LoadFormat(*folder, "events.yaml");
  if (!events.ok()) return events.error();
  auto object = LoadFormat(*folder, "object.yaml");
  if (!object.ok()) return object.error();
  auto stream = LoadFormat(*folder, "stream.yaml");
  if (!stream.ok()) return stream.error();
  auto tables = LoadFormat(*folder, "analytics_tables.yaml");
  if (!tables.ok()) return tables.error();
  auto reports = LoadFormat(*folder, "reports.yaml");
  if (!reports.ok()) return reports.error();
  auto sink = LoadFormat(*folder, "sink.yaml");
  if (!sink.ok()) return sink.error();
  auto record = LoadFormat(*folder, "record.yaml");
  if (!record.ok()) return record.error();
  return Formats{
      std::move(connector).value(), std::move(action).value(), std::move(events).value(),
      std::move(object).value(),    std::move(stream).value(), std::move(tables).value(),
      std::move(reports).value(),   std::move(sink).value(),   std::move(record).value()};
}

Result<Connector> LoadConnector(const Folder& folder, const Formats& formats,
                                const core::workflow::Expressions& expressions) {
  if (!folder.Has("connector.yaml")) {
    return Invalid("CONNECTOR_INVALID", folder.name() + ": there is no connector.yaml");
  }
  Connector connector;
  ExpressionList list;
  if (Status names = CheckNames(folder); !names.ok()) return names.error();
  if (Status manifest = LoadManifest(folder, formats, connector); !manifest.ok())
    return manifest.error();
  if (Status schemas = CheckSchemas(folder); !schemas.ok()) return schemas.error();
  if (Status events = LoadEvents(folder, formats, connector); !events.ok()) return events.error();
  if (Status recovery = LoadRecovery(folder, connector); !recovery.ok()) return recovery.error();
  if (Status settling = LoadSettling(folder, connector); !settling.ok()) return settling.error();
  if (Status files = LoadRecordings(folder, connector); !files.ok()) return files.error();
  if (Status objects = LoadObjects(folder, formats, connector); !objects.ok())
    return objects.error();
  if (Status streams = LoadStreams(folder, formats, connector); !streams.ok())
    return streams.error();
  if (Status records = LoadRecords(folder, formats, connector); !records.ok())
    return records.error();
  if (Status actions = LoadActions(folder, formats, connector, list); !actions.ok())
    return actions.error();
  for (const auto check : {CheckCredentialProbe, CheckReadBacks, CheckLookups, CheckUpserts,
                           CheckObjects, CheckAccounts, CheckRecovery, CheckRecordings,
                           CheckSettling, CheckStreams, CheckRecords, CheckOnward}) {
    if (Status whole = check(folder, connector, list); !whole.ok()) return whole.error();
  }
  if (!connector.streams.empty() && !connector.events.empty())
    connector.streams.emplace(kEventsStream, EventsStream(connector));
  // Views may stand on the events, too.
  if (Status views = LoadAnalytics(folder, formats, connector); !views.ok()) return views.error();
  if (Status views = CheckAnalytics(folder, connector, list); !views.ok()) return views.error();
  if (Status compiled = list.Compile(folder, expressions); !compiled.ok()) return compiled.error();
  return connector;
}

Status LoadManifest(const Folder& folder, const Formats& formats, Connector& connector) {
  auto file = folder.Load("connector.yaml");
  if (!file.ok()) return file.error();
  if (Status fits = folder.Check("connector.yaml", *file, formats.connector); !fits.ok())
    return fits;
  connector.name = TextMember(*file, "connector");
  if (connector.name != folder.name()) {
    return folder.Fault("connector.yaml", "/connector",
                        "the connector must be called as its folder");
  }
  connector.title = TextMember(*file, "title");
  connector.base_url = TextMember(*file, "base_url");
  connector.check_action = TextMember(file->at("check"), "action");
  connector.array_style = TextMember(*file, "query_arrays");
  connector.consent.reads = TextsOf(Member(Member(*file, "consent"), "reads"));
  connector.consent.writes = TextsOf(Member(Member(*file, "consent"), "writes"));
  connector.error_words = TextsOf(file->at("errors").at("words"));
  connector.errors = ReadErrorRules(file->at("errors").at("rules"));
  connector.always_subscribe = TextsOf(Member(*file, "always_subscribe"));
  ReadOAuth(Member(file->at("auth"), "oauth"), connector);
  ReadKeys(Member(file->at("auth"), "api_key"), connector);
  ReadLimits(file->at("limits"), connector);
  connector.about_program = AboutProgramOf(Member(*file, "onward"));
  connector.data = std::move(file).value();
  return CheckKeyScheme(folder, connector);
}

Status LoadEvents(const Folder& folder, const Formats& formats, Connector& connector) {
  if (!folder.Has("events.yaml")) return {};
  const auto file = folder.Load("events.yaml");
  if (!file.ok()) return file.error();
  if (Status fits = folder.Check("events.yaml", *file, formats.events); !fits.ok()) return fits;
  if (Status pointers = CheckPointers(folder, *file); !pointers.ok()) return pointers;
  connector.envelope = ReadEnvelope(*file);
  for (const Json& event : file->at("events")) {
    const std::string name = TextMember(event, "name");
    connector.events.push_back({name, connector.envelope.type_prefix + name,
                                TextMember(event, "description"), TextMember(event, "entity_id"),
                                /*ours=*/false});
  }
  const Json& accounts = Member(connector.data, "accounts");
  for (const std::string& name : TextsOf(Member(accounts, "taken_back_by")))
    connector.taken_back_by.push_back(connector.envelope.type_prefix + name);
  for (const std::string& name : TextsOf(Member(accounts, "region_changed_by")))
    connector.region_changed_by.push_back(connector.envelope.type_prefix + name);
  for (const std::string& name : TextsOf(Member(Member(connector.data, "onward"), "events")))
    connector.onward_types.push_back(connector.envelope.type_prefix + name);
  return {};
}

Status LoadObjects(const Folder& folder, const Formats& formats, Connector& connector) {
  for (const std::string& path : folder.PathsBelow("objects/")) {
    auto file = folder.Load(path);
    if (!file.ok()) return file.error();
    if (Status fits = folder.Check(path, *file, formats.object); !fits.ok()) return fits;
    const std::string name = TextMember(*file, "object");
    if (path != "objects/" + name + ".yaml")
      return folder.Fault(path, "/object", "must be the file's name");
    if (const auto schema = JsonSchema::Compile(file->at("schema")); !schema.ok()) {
      return folder.Fault(path, "/schema", schema.error().message);
    }
    connector.objects.emplace(name, std::move(file).value());
  }
  return {};
}

Status CheckObjects(const Folder& folder, const Connector& connector, ExpressionList& list) {
  for (const auto& [name, object] : connector.objects) {
    const CheckedFile at{folder, "objects/" + name + ".yaml", list};
    for (const char* use : {"list", "get"}) {
      const Json& call = Member(object, use);
      if (call.is_null()) continue;
      Status fine = at.CheckUse(std::string("/") + use + "/action", connector,
                                TextMember(call, "action"), Member(call, "with"));
      if (!fine.ok()) return fine;
    }
  }
  return {};
}

Status CheckOnward(const Folder& folder, const Connector& connector, ExpressionList& list) {
  const Json& onward = Member(connector.data, "onward");
  if (onward.is_null()) return {};
  const CheckedFile at{folder, "connector.yaml", list};
  for (const Json& name : Member(onward, "events")) {
    const bool known = std::ranges::any_of(
        connector.events, [&](const EventKind& kind) { return name == Json(kind.name); });
    if (!known)
      return at.Fault("/onward/events",
                      "events.yaml has no event '" + name.get<std::string>() + "'");
  }
  for (const char* name : {"number", "user"})
    at.AddExpression(Below("/onward", name), TextMember(onward, name), {"name"});
  return {};
}

std::vector<ErrorRule> ReadErrorRules(const Json& rules) {
  std::vector<ErrorRule> read;
  for (const Json& rule : rules) read.push_back(ReadErrorRule(rule));
  return read;
}

}  // namespace sb::connector
