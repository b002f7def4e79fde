#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/connector/check_use.h"
#include "engine/connector/event_rows.h"
#include "engine/connector/load.h"
#include "engine/core/sync/rows.h"
#include "engine/core/workflow/duration.h"

// streams/*.yaml: what can be replicated. That it can be is found here, at start.
namespace sb::connector {
namespace {

namespace sync = core::sync;

constexpr const char* kOwnKeyColumn = "position";

std::string StreamPath(const std::string& name) {
  return "streams/" + name + ".yaml";
}

bool IsMemberName(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

/// ".a.b" needs no interpreter, and "." neither.
std::optional<std::vector<std::string>> PathOf(const std::string& expression) {
  if (expression == ".") return std::vector<std::string>();
  if (!expression.starts_with('.')) return {};
  std::vector<std::string> path;
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::size_t next = expression.find('.', at + 1);
    path.push_back(expression.substr(at + 1, next == std::string::npos ? next : next - at - 1));
    if (!IsMemberName(path.back())) return {};
    at = next;
  }
  return path;
}

sync::Source ReadSource(const std::string& expression) {
  if (auto path = PathOf(expression)) return {*std::move(path), {}};
  return {{}, expression};
}

std::optional<sync::Source> SourceMember(const Json& value, const char* name) {
  if (!value.contains(name)) return {};
  return ReadSource(TextMember(value, name));
}

Millis StreamDuration(const Json& value, const char* name) {
  return core::workflow::ParseIsoDuration(TextMember(value, name)).value_or(Millis(0));
}

std::vector<std::string> NamesIn(const Json& list) {
  std::vector<std::string> names;
  for (const Json& name : list) names.push_back(name.get<std::string>());
  return names;
}

sync::Reading ReadReading(const Json& json) {
  sync::Reading reading;
  reading.action = TextMember(json, "action");
  reading.with = json.value("with", Json::object());
  reading.items = ReadSource(TextMember(json, "items"));
  reading.more = SourceMember(json, "more");
  reading.total = SourceMember(json, "total");
  return reading;
}

void ReadPaging(const Json& json, sync::Stream& stream) {
  if (json.is_null()) return;
  sync::ScanShape& shape = stream.shape;
  shape.per_page = json.at("per_page").get<int>();
  shape.most = json.value("most", std::int64_t{0});
  shape.comfortable = json.value("comfortable", shape.comfortable);
  shape.windowed = json.contains("window");
  shape.reach = StreamDuration(json, "reach");
  stream.window_at = SourceMember(json, "window");
  stream.overlap = StreamDuration(json, "overlap");
}

sync::Column ReadColumn(const Json& json) {
  sync::Column column;
  column.name = TextMember(json, "name");
  column.type = sync::ColumnTypeFrom(TextMember(json, "type")).value_or(sync::ColumnType::kText);
  column.from = ReadSource(json.contains("from") ? TextMember(json, "from") : "." + column.name);
  column.in_events = !json.contains("events");
  column.comment = TextMember(json, "comment");
  return column;
}

void ReadColumns(const Json& list, std::vector<sync::Column>& columns,
                 std::vector<sync::Relation>& relations) {
  for (const Json& json : list) {
    columns.push_back(ReadColumn(json));
    if (json.contains("refers_to"))
      relations.push_back({columns.back().name, TextMember(json, "refers_to")});
  }
}

sync::ChildTable ReadChild(const Json& json) {
  sync::ChildTable child;
  child.table = TextMember(json, "table");
  child.title = TextMember(json, "title");
  child.items = ReadSource(TextMember(json, "items"));
  child.key = NamesIn(json.at("key"));
  child.in_events = !json.contains("events");
  ReadColumns(json.at("columns"), child.columns, child.relations);
  return child;
}

sync::ImportRule ReadImportRule(const Json& json) {
  static const std::map<std::string, sync::LimitType> kLimits = {
      {"duration", sync::LimitType::kDuration},
      {"bytes", sync::LimitType::kBytes},
      {"texts", sync::LimitType::kTexts}};
  sync::ImportRule rule;
  rule.name = TextMember(json, "name");
  rule.title = TextMember(json, "title");
  if (json.contains("limit")) rule.limit = kLimits.at(TextMember(json, "limit"));
  rule.limit_optional = json.contains("limit_optional");
  rule.passes = TextMember(json, "passes");
  rule.reason = TextMember(json, "reason");
  return rule;
}

/// Events of the stream, ranked as events.yaml has them.
Status ReadLive(const CheckedFile& at, const Connector& connector, const std::string& member,
                const Json& live, sync::Stream& stream) {
  for (const char* list : {"events", "gone"}) {
    const Json& names = Member(live, list);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto name = names[i].get<std::string>();
      const auto kind = std::ranges::find_if(
          connector.events, [&](const EventKind& each) { return each.name == name; });
      if (kind == connector.events.end() || kind->ours) {
        return at.Fault("/" + member + "/" + std::string(list) + "/" + std::to_string(i),
                        "events.yaml has no event '" + name + "'");
      }
      const auto rank = static_cast<int>(kind - connector.events.begin());
      stream.live.push_back({kind->type, rank, std::string(list) == "gone"});
    }
  }
  return {};
}

Result<std::set<std::string>> KnownMembers(const CheckedFile& at, const Connector& connector,
                                           const std::string& object) {
  const auto found = connector.objects.find(object);
  if (found == connector.objects.end())
    return at.Fault("/object", "objects/ has no '" + object + "'");
  std::set<std::string> members;
  const Json& properties = Member(found->second.at("schema"), "properties");
  if (!properties.is_object()) return members;
  for (const auto& [name, schema] : properties.items()) members.insert(name);
  return members;
}

Result<sync::Stream> ReadStream(const CheckedFile& at, const Connector& connector,
                                const Json& json) {
  sync::Stream stream;
  stream.name = TextMember(json, "stream");
  stream.title = TextMember(json, "title");
  stream.singular = TextMember(json, "singular");
  if (json.contains("list")) stream.list = ReadReading(json["list"]);
  ReadPaging(Member(json, "paging"), stream);
  if (json.contains("changes")) stream.changes = ReadReading(json["changes"]);
  stream.changed_at = SourceMember(json, "changed_at");
  if (json.contains("get")) {
    const Json& get = json["get"];
    const std::string item = get.contains("item") ? TextMember(get, "item") : ".";
    stream.get = sync::Reading{TextMember(get, "action"), get.at("with"), ReadSource(item), {}, {}};
  }
  stream.detailed = json.contains("detailed");
  stream.key = NamesIn(json.at("key"));
  ReadColumns(json.at("columns"), stream.columns, stream.relations);
  for (const Json& child : Member(json, "children")) stream.children.push_back(ReadChild(child));
  stream.leave_out = NamesIn(Member(json, "leave_out"));
  for (const Json& rule : Member(json, "rules")) stream.rules.push_back(ReadImportRule(rule));
  if (json.contains("object")) {
    auto known = KnownMembers(at, connector, TextMember(json, "object"));
    if (!known.ok()) return known.error();
    stream.known = *std::move(known);
  }
  stream.by_name = json.contains("named");
  const std::string told = stream.by_name ? "named" : "live";
  if (json.contains(told)) {
    stream.event_program = TextMember(json[told], stream.by_name ? "key" : "object");
    if (Status live = ReadLive(at, connector, told, json[told], stream); !live.ok())
      return live.error();
  }
  stream.derived = sync::DerivedProgram(stream);
  return stream;
}

// ---- Checks of one stream ----

/// That columns are named once, that the key is among them, and that no name is ours.
Status CheckTable(const CheckedFile& at, const std::string& pointer,
                  const std::vector<sync::Column>& columns, const std::vector<std::string>& key,
                  bool is_child) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& name = columns[i].name;
    const bool ours = is_child ? name == kOwnKeyColumn : name == "raw";
    if (ours || !names.insert(name).second)
      return at.Fault(pointer + "/columns/" + std::to_string(i) + "/name",
                      "there is a column '" + name + "' already");
  }
  if (is_child) names.insert(kOwnKeyColumn);
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (!names.contains(key[i]))
      return at.Fault(pointer + "/key/" + std::to_string(i), "there is no column '" + key[i] + "'");
  }
  return {};
}

Status CheckChild(const CheckedFile& at, const std::string& pointer,
                  const sync::ChildTable& child) {
  for (std::size_t i = 0; i < child.columns.size(); ++i) {
    if (!child.columns[i].from.program.empty())
      return at.Fault(pointer + "/columns/" + std::to_string(i) + "/from",
                      "columns of child tables are members of an item: .a or .a.b");
  }
  return CheckTable(at, pointer, child.columns, child.key, /*is_child=*/true);
}

Status CheckImportRules(const CheckedFile& at, const std::vector<sync::ImportRule>& rules) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string pointer = "/rules/" + std::to_string(i);
    if (!names.insert(rules[i].name).second)
      return at.Fault(pointer + "/name", "there is a rule '" + rules[i].name + "' already");
    if (rules[i].limit_optional && rules[i].limit == sync::LimitType::kNone)
      return at.Fault(pointer + "/limit_optional", "`limit` says what it is");
  }
  return {};
}

Status CheckStreamShape(const CheckedFile& at, const sync::Stream& stream) {
  if (stream.by_name && stream.key.size() != 1)
    return at.Fault("/key", "what events name has a key of one column");
  if (stream.detailed && !stream.get) return at.Fault("/detailed", "`get` says how one is read");
  if (stream.changes.has_value() != stream.changed_at.has_value())
    return at.Fault("", "`changes` and `changed_at` belong together");
  const sync::Column* window = stream.WindowColumn();
  if (stream.window_at && (window == nullptr || window->type != sync::ColumnType::kTimestamp))
    return at.Fault("/paging/window", "no timestamp column is made from the same");
  if (stream.key.empty() && !stream.children.empty())
    return at.Fault("/children", "a stream without a key has no child tables");
  if (Status rules = CheckImportRules(at, stream.rules); !rules.ok()) return rules;
  if (!stream.rules.empty() && stream.key.empty())
    return at.Fault("/rules", "a stream without a key has nothing to choose from");
  Status table = CheckTable(at, "", stream.columns, stream.key, /*is_child=*/false);
  for (std::size_t i = 0; table.ok() && i < stream.children.size(); ++i)
    table = CheckChild(at, "/children/" + std::to_string(i), stream.children[i]);
  return table;
}

Status CheckRelations(const CheckedFile& at, const std::string& pointer, const Connector& connector,
                      const std::vector<sync::Relation>& relations) {
  for (const sync::Relation& relation : relations) {
    const auto other = connector.streams.find(relation.stream);
    if (other == connector.streams.end() || other->second.key.size() != 1) {
      return at.Fault(pointer + "/columns", "'" + relation.column + "' refers to '" +
                                                relation.stream +
                                                "', which is no stream with a key of one column");
    }
  }
  return {};
}

// ---- Expressions and uses of actions ----

void AddSource(const CheckedFile& at, const std::string& pointer,
               const std::optional<sync::Source>& source, const std::vector<std::string>& names) {
  if (source && !source->program.empty()) at.AddExpression(pointer, source->program, names);
}

Status CheckReading(const CheckedFile& at, const std::string& pointer, const Connector& connector,
                    const sync::Reading& reading, const std::vector<std::string>& arguments) {
  const bool is_get = arguments == std::vector<std::string>{"id"};
  at.AddTemplate(pointer + "/with", reading.with, arguments);
  AddSource(at, pointer + (is_get ? "/item" : "/items"), reading.items, {is_get ? "id" : "page"});
  AddSource(at, pointer + "/more", reading.more, {"page"});
  AddSource(at, pointer + "/total", reading.total, {"page"});
  return at.CheckUse(pointer + "/action", connector, reading.action, reading.with);
}

void AddStreamExpressions(const CheckedFile& at, const sync::Stream& stream) {
  AddSource(at, "/paging/window", stream.window_at, {});
  AddSource(at, "/changed_at", stream.changed_at, {});
  for (std::size_t i = 0; i < stream.columns.size(); ++i)
    AddSource(at, "/columns/" + std::to_string(i) + "/from", stream.columns[i].from, {});
  for (std::size_t i = 0; i < stream.children.size(); ++i)
    AddSource(at, "/children/" + std::to_string(i) + "/items", stream.children[i].items, {});
  if (!stream.event_program.empty())
    at.AddExpression(stream.by_name ? "/named/key" : "/live/object", stream.event_program, {});
  for (std::size_t i = 0; i < stream.rules.size(); ++i) {
    const std::string rule = "/rules/" + std::to_string(i);
    at.AddExpression(rule + "/passes", stream.rules[i].passes, {"limit", "now"});
    at.AddExpression(rule + "/reason", stream.rules[i].reason, {"limit", "now"});
  }
}

Status CheckStream(const CheckedFile& at, const Connector& connector, const sync::Stream& stream) {
  const std::vector<std::string> of_list = {"from", "page", "to"};
  AddStreamExpressions(at, stream);
  Status fine;
  if (stream.is_listed()) fine = CheckReading(at, "/list", connector, stream.list, of_list);
  if (fine.ok() && stream.changes)
    fine = CheckReading(at, "/changes", connector, *stream.changes, of_list);
  if (fine.ok() && stream.get) fine = CheckReading(at, "/get", connector, *stream.get, {"id"});
  if (fine.ok()) fine = CheckRelations(at, "", connector, stream.relations);
  for (std::size_t i = 0; fine.ok() && i < stream.children.size(); ++i) {
    fine = CheckRelations(at, "/children/" + std::to_string(i), connector,
                          stream.children[i].relations);
  }
  return fine;
}

/// That no two streams write the same table.
Status CheckTables(const CheckedFile& at, const sync::Stream& stream,
                   std::set<std::string>& tables) {
  if (!tables.insert(stream.name).second)
    return at.Fault("/stream", "there is a table '" + stream.name + "' already");
  for (std::size_t i = 0; i < stream.children.size(); ++i) {
    if (!tables.insert(stream.children[i].table).second) {
      return at.Fault("/children/" + std::to_string(i) + "/table",
                      "there is a table '" + stream.children[i].table + "' already");
    }
  }
  return {};
}

}  // namespace

Status LoadStreams(const Folder& folder, const Formats& formats, Connector& connector) {
  ExpressionList unused;  // what is checked here needs none
  for (const std::string& path : folder.PathsBelow("streams/")) {
    const auto file = folder.Load(path);
    if (!file.ok()) return file.error();
    if (Status fits = folder.Check(path, *file, formats.stream); !fits.ok()) return fits;
    const CheckedFile at{folder, path, unused};
    const std::string name = TextMember(*file, "stream");
    if (path != StreamPath(name)) return at.Fault("/stream", "must be the file's name");
    auto stream = ReadStream(at, connector, *file);
    if (!stream.ok()) return stream.error();
    if (Status fine = CheckStreamShape(at, *stream); !fine.ok()) return fine;
    connector.streams.emplace(name, *std::move(stream));
  }
  return {};
}

Status CheckStreams(const Folder& folder, const Connector& connector, ExpressionList& list) {
  std::set<std::string> tables = {kEventsStream};  // which every connector gets
  for (const auto& [name, stream] : connector.streams) {
    const CheckedFile at{folder, StreamPath(name), list};
    Status fine = CheckTables(at, stream, tables);
    if (fine.ok()) fine = CheckStream(at, connector, stream);
    if (!fine.ok()) return fine;
  }
  return {};
}

}  // namespace sb::connector
