#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/core/sync/form_reader.h"
#include "engine/core/twoway/definition.h"
#include "engine/core/workflow/suggest.h"

namespace sb::core::twoway {
namespace {

using sync::Listed;
using workflow::DidYouMean;
using workflow::Node;

constexpr const char* kTable = "postgres";
constexpr const char* kPlatform = "platform";
constexpr std::size_t kLongestObject = 60;  // as RecordService takes it

/// Words that mean something where the name of a side may stand.
const std::vector<std::string> kTakenWords = {"as",   "ask",        "both",  "conflict", "flag",
                                              "from", "fill_blank", "label", "newest",   "none"};

const std::map<std::string, Shape> kShapes = {
    {"text", Shape::kText},     {"number", Shape::kNumber}, {"boolean", Shape::kBoolean},
    {"email", Shape::kEmail},   {"phone", Shape::kPhone},   {"phones", Shape::kPhones},
    {"emails", Shape::kEmails},
};

/// Turns one definition into a Definition and collects what is wrong with it. Used once.
class TwoWayParser : sync::FormReader {
 public:
  TwoWayParser(const YamlDocument& yaml, const RecordCatalog& catalog,
               const workflow::Expressions* expressions, std::vector<Diagnostic>& errors)
      : FormReader(yaml, errors), catalog_(catalog), expressions_(expressions) {}

  /// As far as it could be read: good only if no error was reported.
  Definition Read();

 private:
  // Sides
  bool ReadSides(const Node& node);
  std::optional<std::string> FindProvider(const Node& node, const std::vector<std::string>& names);
  SideSpec ReadSide(const Node& node, const std::string& name, bool provider);
  void ReadRecordSide(const Node& node, bool provider, SideSpec& spec);
  void ReadTableSide(const Node& node, SideSpec& spec);
  const SideShape* ShapeOf(const SideSpec& spec) const;
  bool HoldsLabels(const SideSpec& spec, const SideField& field) const;

  // Fields
  void ReadFields(const Node& list);
  Field ReadField(const Node& node);
  SideField ReadSideField(const Node& node);
  std::vector<std::string> ReadNames(const Node& node);
  Shape ReadShape(const Node& node, const Field& field);
  void ReadRules(const Node& node, Field& field);
  std::optional<Conflict> ReadConflict(const Node& parent);
  std::optional<Side> SideCalled(const std::string& name) const;

  std::string SidesInWords() const { return made_.a.name + ", " + made_.b.name; }

  // What has to hold between parts
  void CheckDirections(const Node& list);
  void CheckDuplicates(const Node& list);
  void CheckMatch(const Node& list);
  void CheckShapes();

  void ReadMatch(const Node& root);
  void ReadCreates(const Node& root);
  void ReadDeletes(const Node& node);
  void ReadPolicy(const Node& node, Side side);
  void ReadBrake(const Node& node);
  std::string NativeName(const Node& node);
  std::string Jq(const Node& parent, const std::string& key);

  const RecordCatalog& catalog_;
  const workflow::Expressions* const expressions_;
  Definition made_;  ///< What becomes of it all.
  Conflict conflict_ = Conflict::kNewest;
};

// ---- Small parts ----

std::string TwoWayParser::NativeName(const Node& node) {
  constexpr std::size_t kLongestName = 100;
  const std::string name = node.value.is_string() ? node.value.get<std::string>() : "";
  const bool control = std::ranges::any_of(
      name, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; });
  if (!name.empty() && name.size() <= kLongestName && !control) return name;
  Invalid(node, "it must be the name of a field or column, a text of at most 100 characters");
  return {};
}

std::string TwoWayParser::Jq(const Node& parent, const std::string& key) {
  constexpr std::size_t kLongestProgram = 4'096;
  if (!parent.Has(key)) return {};
  const Node node = parent.At(key);
  const std::string program = workflow::ExpressionSource(Text(parent, key, false));
  if (!node.value.is_string()) return {};  // reported already
  if (program.size() > kLongestProgram) {
    Invalid(node, "`" + key + "` has at most 4,096 characters");
  } else if (program.find_first_not_of(" \t\r\n") == std::string::npos) {
    Invalid(node, "`" + key + "` must say something; leave it out where nothing is to be done");
  } else if (expressions_ != nullptr) {
    const Status compiles = expressions_->Check(program, {});
    if (!compiles.ok()) Report("LINK_TRANSFORM_INVALID", node.pointer, compiles.error().message);
  }
  return program;
}

std::optional<Side> TwoWayParser::SideCalled(const std::string& name) const {
  if (name == made_.a.name) return Side::kA;
  if (name == made_.b.name) return Side::kB;
  return {};
}

// ---- Sides ----

std::optional<std::string> TwoWayParser::FindProvider(const Node& node,
                                                      const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const Node side = node.At(name);
    const std::string connector = TextMember(side.value, "connector");
    if (catalog_.contains(connector) && !side.Has("account")) return name;
  }
  std::vector<std::string> known;
  for (const auto& [connector, kinds] : catalog_) known.push_back(connector);
  Report("LINK_SIDE_UNKNOWN", node.pointer,
         "one side must be the provider that the account is connected to, without `account`; "
         "connectors with records are: " +
             Listed(known));
  return {};
}

bool TwoWayParser::ReadSides(const Node& node) {
  static const std::regex kSideName("[a-z][a-z0-9_]{0,30}");
  if (!ExpectMapping(node, "`between`")) return false;
  const auto keys = yaml().keys.find(node.pointer);
  const std::vector<std::string> names =
      keys == yaml().keys.end() ? std::vector<std::string>() : keys->second;
  if (names.size() != 2) {
    Invalid(node, "`between` names the two sides, `name: { connector: ... }` each");
    return false;
  }
  for (const std::string& name : names) {
    const bool taken = std::ranges::find(kTakenWords, name) != kTakenWords.end();
    if (taken || !std::regex_match(name, kSideName)) {
      Invalid(node.At(name),
              "a side is named by lower-case letters, digits and underscores, at most 31, and "
              "not by one of: " +
                  Listed(kTakenWords));
      return false;
    }
    if (!ExpectMapping(node.At(name), "a side")) return false;
  }
  const auto provider = FindProvider(node, names);
  if (!provider) return false;
  const std::string& other = names[0] == *provider ? names[1] : names[0];
  made_.a = ReadSide(node.At(*provider), *provider, true);
  made_.b = ReadSide(node.At(other), other, false);
  if (!made_.a.external_key.empty() && !made_.b.external_key.empty())
    Invalid(node.At(made_.a.name).At("external_key"), "only one side can hold the other's key");
  const auto known = [&](const SideSpec& side) {
    return side.connector == kTable || side.connector == kPlatform || ShapeOf(side) != nullptr;
  };
  return known(made_.a) && known(made_.b);
}

SideSpec TwoWayParser::ReadSide(const Node& node, const std::string& name, bool provider) {
  SideSpec spec;
  spec.name = name;
  spec.connector = Text(node, "connector", true);
  if (spec.connector == kTable) {
    ReadTableSide(node, spec);
  } else if (spec.connector == kPlatform) {
    CheckKeys(node, {"connector", "object", "where", "external_key"});
    spec.object = Text(node, "object", true);
    if (spec.object.size() > kLongestObject)
      Invalid(node.At("object"), "the word for the records takes at most 60 bytes");
  } else if (!spec.connector.empty()) {
    ReadRecordSide(node, provider, spec);
  }
  spec.where = Jq(node, "where");
  if (node.Has("external_key")) spec.external_key = NativeName(node.At("external_key"));
  return spec;
}

void TwoWayParser::ReadRecordSide(const Node& node, bool provider, SideSpec& spec) {
  CheckKeys(node, {"connector", "object", "account", "where", "external_key"});
  const auto connector = catalog_.find(spec.connector);
  if (connector == catalog_.end()) {
    std::vector<std::string> known = {kTable, kPlatform};
    for (const auto& [each, kinds] : catalog_) known.push_back(each);
    Report("LINK_SIDE_UNKNOWN", node.At("connector").pointer,
           "there is no connector `" + spec.connector.substr(0, 60) +
               "` that has records; there are: " + Listed(known),
           DidYouMean(spec.connector, known));
    return;
  }
  spec.object = Text(node, "object", true);
  if (!spec.object.empty() && !connector->second.contains(spec.object)) {
    std::vector<std::string> known;
    for (const auto& [each, kind] : connector->second) known.push_back(each);
    Report("LINK_SIDE_UNKNOWN", node.At("object").pointer,
           "`" + spec.connector + "` has no records `" + spec.object.substr(0, 60) +
               "`; it has: " + Listed(known),
           DidYouMean(spec.object, known));
  }
  if (provider) return;
  spec.account = Text(node, "account", true);
  if (!spec.account.empty() && !ParseAccountId(spec.account))
    Invalid(node.At("account"), "it must be the id of a connected account: acc_...");
}

void TwoWayParser::ReadTableSide(const Node& node, SideSpec& spec) {
  static const std::regex kConnection("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  static const std::regex kTableName(
      "([A-Za-z_][A-Za-z0-9_$]{0,62}\\.)?[A-Za-z_][A-Za-z0-9_$]{0,62}");
  CheckKeys(node, {"connector", "connection", "table", "key", "updated_at", "changes", "where",
                   "external_key"});
  if (node.Has("connection"))
    spec.connection = TextLike(node, "connection", kConnection, "it is the name of a connection");
  spec.table = TextLike(node, "table", kTableName,
                        "it must be the name of a table, with its schema: public.customers");
  // Without one it is `public`, whatever the table's own name begins with.
  const std::size_t dot = spec.table.find('.');
  const std::string schema = dot == std::string::npos ? "" : spec.table.substr(0, dot);
  const bool reserved = schema == "eng" || schema == "switchboard" ||
                        schema == "information_schema" || schema.starts_with("pg_");
  if (reserved) {
    Report("SYNC_SCHEMA_RESERVED", node.At("table").pointer,
           "`" + schema + "` belongs to the database or to the engine; choose a table of yours");
  }
  if (node.Has("key"))
    spec.key = NativeName(node.At("key"));
  else
    Report("SYNC_FIELD_MISSING", node.pointer,
           "`key` is missing here: the column that names a row");
  if (node.Has("updated_at")) spec.updated_at = NativeName(node.At("updated_at"));
  const std::string changes = Text(node, "changes", false);
  if (changes == "polling") spec.changes = ChangeFeed::kPolling;
  if (node.Has("changes") && changes != "polling" && changes != "trigger")
    Invalid(node.At("changes"), "it is one of: trigger, polling");
  if (spec.changes == ChangeFeed::kPolling && !node.Has("updated_at"))
    Report(
        "SYNC_FIELD_MISSING", node.pointer,
        "`updated_at` is missing here: polling looks at the column that says when a row changed");
}

const SideShape* TwoWayParser::ShapeOf(const SideSpec& spec) const {
  const auto connector = catalog_.find(spec.connector);
  if (connector == catalog_.end()) return nullptr;
  const auto kind = connector->second.find(spec.object);
  return kind == connector->second.end() ? nullptr : &kind->second.fields;
}

/// Whether it keeps a list with labels in one field.
bool TwoWayParser::HoldsLabels(const SideSpec& spec, const SideField& field) const {
  if (field.names.size() != 1 || spec.connector == kTable) return false;
  const SideShape* shape = ShapeOf(spec);
  if (shape == nullptr) return true;
  const auto found = shape->find(field.names.front());
  return found == shape->end() || found->second.type != "text";
}

// ---- Fields ----

std::vector<std::string> TwoWayParser::ReadNames(const Node& node) {
  constexpr std::size_t kMostColumns = 20;
  if (!node.value.is_array()) return {NativeName(node)};
  if (node.value.empty() || node.value.size() > kMostColumns) {
    Invalid(node, "a list of columns has 1 to 20 names");
    return {};
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < node.value.size(); ++i) names.push_back(NativeName(node.At(i)));
  return names;
}

SideField TwoWayParser::ReadSideField(const Node& node) {
  SideField side;
  if (!node.value.is_object()) {
    side.names = ReadNames(node);
    return side;
  }
  CheckKeys(node, {"field", "column", "read", "write"});
  if (node.Has("field") == node.Has("column"))
    Report("SYNC_FIELD_MISSING", node.pointer, "either `field` or `column` must stand here");
  else
    side.names = ReadNames(node.At(node.Has("field") ? "field" : "column"));
  side.read = Jq(node, "read");
  side.write = Jq(node, "write");
  return side;
}

Shape TwoWayParser::ReadShape(const Node& node, const Field& field) {
  if (node.Has("as")) {
    const std::string as = Text(node, "as", true);
    const auto shape = kShapes.find(as);
    if (shape != kShapes.end()) return shape->second;
    std::vector<std::string> names;
    for (const auto& [name, each] : kShapes) names.push_back(name);
    if (!as.empty()) Invalid(node.At("as"), "it is one of: " + Listed(names));
    return Shape::kText;
  }
  for (const Side side : {Side::kA, Side::kB}) {
    const SideShape* known = ShapeOf(made_.at(side));
    const SideField& of = field.at(side);
    if (known == nullptr || of.names.size() != 1 || !known->contains(of.names.front())) continue;
    const auto shape = kShapes.find(known->at(of.names.front()).type);
    if (shape != kShapes.end()) return shape->second;
  }
  const bool several = field.a.names.size() > 1 || field.b.names.size() > 1;
  if (several) Report("SYNC_FIELD_MISSING", node.pointer, "`as` is missing here: phones or emails");
  return Shape::kText;
}

std::optional<Conflict> TwoWayParser::ReadConflict(const Node& parent) {
  if (!parent.Has("conflict")) return {};
  const std::string rule = Text(parent, "conflict", true);
  if (rule == "newest") return Conflict::kNewest;
  if (rule == "fill_blank") return Conflict::kFillBlank;
  if (rule == "ask") return Conflict::kAsk;
  if (const auto side = SideCalled(rule)) return *side == Side::kA ? Conflict::kA : Conflict::kB;
  if (!rule.empty())
    Invalid(parent.At("conflict"), "it is one of: newest, fill_blank, ask, " + SidesInWords());
  return {};
}

void TwoWayParser::ReadRules(const Node& node, Field& field) {
  field.conflict = ReadConflict(node).value_or(conflict_);
  if (node.Has("from")) {
    const auto right = SideCalled(Text(node, "from", true));
    if (!right)
      Invalid(node.At("from"), "it is one of: " + SidesInWords());
    else
      field.direction = *right == Side::kA ? Direction::kToB : Direction::kToA;
    if (node.Has("conflict"))
      Invalid(node.At("conflict"), "with `from` that side is always right: leave `conflict` out");
  }
  if (!node.Has("label")) return;
  constexpr std::size_t kLongestLabel = 100;
  field.label = Text(node, "label", true);
  if (field.label.size() > kLongestLabel) Invalid(node.At("label"), "it has at most 100 bytes");
  if (!IsList(field.shape)) Invalid(node.At("label"), "only phones and emails have labels");
}

Field TwoWayParser::ReadField(const Node& node) {
  Field field;
  if (!ExpectMapping(node, "a field")) return field;
  CheckKeys(node, {made_.a.name, made_.b.name, "as", "from", "conflict", "label"});
  for (const SideSpec* side : {&made_.a, &made_.b}) {
    if (!node.Has(side->name)) {
      Report("SYNC_FIELD_MISSING", node.pointer,
             "`" + side->name + "` is missing here: the field of that side");
      continue;
    }
    (side == &made_.a ? field.a : field.b) = ReadSideField(node.At(side->name));
  }
  if (!field.a.names.empty()) field.name = field.a.names.front();
  field.shape = ReadShape(node, field);
  ReadRules(node, field);
  const bool several = field.a.names.size() > 1 || field.b.names.size() > 1;
  if (several && !IsList(field.shape) && node.Has("as"))
    Invalid(node.At("as"), "several columns make a list: phones or emails");
  field.labels =
      IsList(field.shape) && HoldsLabels(made_.a, field.a) && HoldsLabels(made_.b, field.b);
  return field;
}

void TwoWayParser::ReadFields(const Node& list) {
  constexpr std::size_t kMostFields = 100;
  if (!list.value.is_array() || list.value.empty() || list.value.size() > kMostFields) {
    Invalid(list, "`fields` must be a list of 1 to 100 fields");
    return;
  }
  for (std::size_t i = 0; i < list.value.size(); ++i) made_.fields.push_back(ReadField(list.At(i)));
  CheckDirections(list);
  CheckDuplicates(list);
}

/// What is written has to be read back, and what is read and changed has to be written back.
void TwoWayParser::CheckDirections(const Node& list) {
  for (std::size_t i = 0; i < made_.fields.size(); ++i) {
    const Field& field = made_.fields[i];
    for (const Side side : {Side::kA, Side::kB}) {
      const SideField& of = field.at(side);
      if (!field.IsWritten(side) || of.read.empty() == of.write.empty()) continue;
      const std::string& name = made_.at(side).name;
      const std::string given = of.read.empty() ? "write" : "read";
      const std::string missing = of.read.empty() ? "read" : "write";
      Report("LINK_TRANSFORM_INVALID", list.At(i).At(name).pointer,
             "`" + given + "` alone cannot come back: what is written to `" + name +
                 "` is read there again; add `" + missing + "` ('.' where it is as it is)");
    }
  }
}

void TwoWayParser::CheckDuplicates(const Node& list) {
  for (const Side side : {Side::kA, Side::kB}) {
    const SideSpec& spec = made_.at(side);
    std::set<std::string> taken;
    for (std::size_t i = 0; i < made_.fields.size(); ++i) {
      const std::string pointer = list.At(i).At(spec.name).pointer;
      for (const std::string& name : made_.fields[i].at(side).names) {
        if (name.empty()) continue;  // reported already
        if (!taken.insert(name).second)
          Report("LINK_FIELD_DUPLICATE", pointer, "`" + name + "` is mapped twice");
        const bool ours = name == spec.key || name == spec.external_key || name == spec.updated_at;
        if (ours && made_.fields[i].IsWritten(side))
          Report("LINK_FIELD_DUPLICATE", pointer,
                 "`" + name + "` says which row it is or when it changed; it cannot be written");
      }
    }
  }
}

// ---- The rest ----

void TwoWayParser::ReadMatch(const Node& root) {
  static const std::map<std::string, MatchBy> kRules = {{"external_key", MatchBy::kExternalKey},
                                                        {"phone", MatchBy::kPhone},
                                                        {"email", MatchBy::kEmail}};
  const Node list = root.At("match");
  if (!root.Has("match")) {
    Report("SYNC_FIELD_MISSING", root.pointer,
           "`match` is missing: what makes two records one, of external_key, phone, email");
    return;
  }
  if (!list.value.is_array() || list.value.empty()) {
    Invalid(list, "`match` must be a list of: external_key, phone, email");
    return;
  }
  for (std::size_t i = 0; i < list.value.size(); ++i) {
    const auto rule =
        list.value[i].is_string() ? kRules.find(list.value[i].get<std::string>()) : kRules.end();
    if (rule == kRules.end())
      Invalid(list.At(i), "it is one of: external_key, phone, email");
    else if (std::ranges::find(made_.match, rule->second) != made_.match.end())
      Invalid(list.At(i), "`" + rule->first + "` is named twice");
    else
      made_.match.push_back(rule->second);
  }
  CheckMatch(list);
}

void TwoWayParser::CheckMatch(const Node& list) {
  const auto maps = [&](Shape one, Shape many) {
    return std::ranges::any_of(made_.fields, [&](const Field& field) {
      return field.shape == one || field.shape == many;
    });
  };
  for (const MatchBy by : made_.match) {
    std::string lacks;
    if (by == MatchBy::kPhone && !maps(Shape::kPhone, Shape::kPhones))
      lacks = "to match by phone, map a field `as: phone` or `as: phones`";
    if (by == MatchBy::kEmail && !maps(Shape::kEmail, Shape::kEmails))
      lacks = "to match by email, map a field `as: email` or `as: emails`";
    const bool keyed = !made_.a.external_key.empty() || !made_.b.external_key.empty();
    if (by == MatchBy::kExternalKey && !keyed)
      lacks =
          "to match by external_key, say `external_key:` of the side that holds the other's key";
    if (!lacks.empty()) Report("LINK_MATCH_UNUSABLE", list.pointer, lacks);
  }
}

void TwoWayParser::ReadCreates(const Node& root) {
  const std::string where = Text(root, "creates", false);
  if (!root.Has("creates") || where == "both" || where.empty()) return;
  const auto side = SideCalled(where);
  if (where == "none")
    made_.creates = Creates::kNowhere;
  else if (side)
    made_.creates = *side == Side::kA ? Creates::kInA : Creates::kInB;
  else
    Invalid(root.At("creates"), "it is one of: both, none, " + SidesInWords());
}

/// What happens to this side's record when the other side's is gone.
void TwoWayParser::ReadPolicy(const Node& node, Side side) {
  static const std::map<std::string, Deletes> kPolicies = {
      {"ignore", Deletes::kIgnore}, {"unlink", Deletes::kUnlink}, {"delete", Deletes::kDelete}};
  Deletes& policy = side == Side::kA ? made_.deletes.to_a : made_.deletes.to_b;
  const std::string word = node.value.is_string() ? node.value.get<std::string>() : "";
  if (node.Has("flag")) {
    CheckKeys(node, {"flag"});
    policy = Deletes::kFlag;
    (side == Side::kA ? made_.deletes.flag_a : made_.deletes.flag_b) = NativeName(node.At("flag"));
  } else if (const auto known = kPolicies.find(word); known != kPolicies.end()) {
    policy = known->second;
  } else if (word == "flag") {
    Report("LINK_FLAG_MISSING", node.pointer,
           "say which field of which side is set to true: `" + made_.at(side).name +
               ": { flag: FIELD }`");
  } else {
    Invalid(node, "it is one of: ignore, unlink, delete, { flag: FIELD }");
  }
}

void TwoWayParser::ReadBrake(const Node& node) {
  constexpr std::int64_t kMostCount = 1'000'000;
  constexpr std::int64_t kMostPercent = 100;
  if (!ExpectMapping(node, "`brake`")) return;
  CheckKeys(node, {"count", "percent"});
  DeleteRules& rules = made_.deletes;
  rules.brake_count = Number(node, "count", kMostCount).value_or(rules.brake_count);
  rules.brake_percent =
      static_cast<int>(Number(node, "percent", kMostPercent).value_or(rules.brake_percent));
}

void TwoWayParser::ReadDeletes(const Node& node) {
  if (!ExpectMapping(node, "`deletes`")) return;
  CheckKeys(node, {"policy", "brake"});
  if (node.Has("brake")) ReadBrake(node.At("brake"));
  if (!node.Has("policy")) return;
  const Node policy = node.At("policy");
  if (policy.Has("flag")) {
    Report("LINK_FLAG_MISSING", policy.pointer,
           "a flag is a field of one side: `policy: { " + made_.b.name + ": { flag: FIELD } }`");
  } else if (policy.value.is_object()) {
    CheckKeys(policy, {made_.a.name, made_.b.name});
    for (const Side side : {Side::kA, Side::kB}) {
      const std::string& name = made_.at(side).name;
      if (policy.Has(name)) ReadPolicy(policy.At(name), side);
    }
  } else {
    ReadPolicy(policy, Side::kB);
    made_.deletes.to_a = made_.deletes.to_b;
  }
}

void TwoWayParser::CheckShapes() {
  for (const Side side : {Side::kA, Side::kB}) {
    const SideShape* shape = ShapeOf(made_.at(side));
    if (shape == nullptr) continue;
    for (Diagnostic& fault : CheckShape(made_, side, *shape))
      Report(std::move(fault.code), fault.pointer, std::move(fault.message),
             std::move(fault.suggestion));
  }
}

Definition TwoWayParser::Read() {
  static const std::regex kRegion("[A-Z]{2}");
  const Node root = Root();
  if (!ExpectMapping(root, "a two-way sync")) return {};
  CheckKeys(root, {"sync", "between", "match", "fields", "conflict", "creates", "deletes", "region",
                   "compare"});
  made_.definition = root.value;
  for (const char* key : {"sync", "between", "fields"}) {
    if (!root.Has(key)) Report("SYNC_FIELD_MISSING", "", std::string("`") + key + "` is missing");
  }
  if (root.Has("sync")) made_.head = ReadHead(root.At("sync"));
  // Without the sides nothing else can be understood.
  if (!root.Has("between") || !ReadSides(root.At("between"))) return std::move(made_);
  conflict_ = ReadConflict(root).value_or(conflict_);
  if (root.Has("fields")) ReadFields(root.At("fields"));
  ReadMatch(root);
  ReadCreates(root);
  if (root.Has("deletes")) ReadDeletes(root.At("deletes"));
  if (root.Has("region"))
    made_.region = TextLike(root, "region", kRegion, "it must be a country, as in ISO 3166: FR");
  made_.compare =
      Interval(root, "compare", made_.compare, std::chrono::hours(1), std::chrono::days(31));
  CheckShapes();
  return std::move(made_);
}

}  // namespace

DefinitionOutcome ParseDefinition(std::string_view yaml, const RecordCatalog& catalog,
                                  const workflow::Expressions* expressions) {
  DefinitionOutcome outcome;
  YamlOutcome parsed = ParseYaml(yaml);
  if (!parsed.document) {
    outcome.errors.push_back(std::move(parsed.diagnostic));
    return outcome;
  }
  Definition definition =
      TwoWayParser(*parsed.document, catalog, expressions, outcome.errors).Read();
  sync::SortByPlace(outcome.errors);
  if (outcome.errors.empty()) outcome.definition = std::move(definition);
  return outcome;
}

}  // namespace sb::core::twoway
