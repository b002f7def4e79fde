#include "engine/base/json_schema.h"

// Without this the library ends the process when a schema is wrong.
#define VALIJSON_USE_EXCEPTIONS 1  // NOLINT(bugprone-reserved-identifier): the library's own switch

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <regex>
#include <string_view>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "engine/base/yaml.h"

namespace sb {
namespace {

constexpr std::size_t kMaxViolations = 20;
/// std::regex recurses once per character: a longer text could overflow the stack.
constexpr std::size_t kMaxPatternText = 8192;

const char* TypeName(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::boolean:
      return "a boolean";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "an integer";
    case Json::value_t::number_float:
      return "a number";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::object:
      return "an object";
    default:
      return "something else";
  }
}

std::string WithArticle(const std::string& schema_type) {
  if (schema_type == "null") return "null";
  if (schema_type == "array") return "a list";
  if (schema_type == "integer" || schema_type == "object") return "an " + schema_type;
  return "a " + schema_type;
}

/// The schema that `$ref`, if any, points to within `root`.
const Json& Resolved(const Json& root, const Json& schema) {
  const Json* at = &schema;
  for (int hops = 0; hops < 16; ++hops) {
    const std::string reference = TextMember(*at, "$ref");
    if (!reference.starts_with("#")) return *at;
    try {
      const Json::json_pointer pointer(reference.substr(1));
      if (!root.contains(pointer)) return *at;
      at = &root.at(pointer);
    } catch (const Json::exception&) {
      return *at;
    }
  }
  return *at;
}

/// The schema of one member or item: as far as it can be told without evaluating conditions.
const Json& ChildSchema(const Json& root, const Json& schema, const std::string& step) {
  const Json& resolved = Resolved(root, schema);
  const Json& property = Member(Member(resolved, "properties"), step);
  if (!property.is_null()) return Resolved(root, property);
  const Json& items = Member(resolved, "items");
  if (items.is_object()) return Resolved(root, items);
  return Resolved(root, Member(resolved, "additionalProperties"));
}

/// "a string or null" of a `type` keyword; "" when the schema does not say.
std::string ExpectedType(const Json& schema) {
  const Json& type = Member(schema, "type");
  if (type.is_string()) return WithArticle(type.get<std::string>());
  std::string expected;
  if (!type.is_array()) return expected;
  for (const Json& entry : type) {
    if (entry.is_string()) {
      expected += (expected.empty() ? "" : " or ") + WithArticle(entry.get<std::string>());
    }
  }
  return expected;
}

std::string EnumText(const Json& schema) {
  std::string list;
  const Json& values = Member(schema, "enum");
  if (!values.is_array() || values.size() > 12) return "must be one of the allowed values";
  for (const Json& value : values) list += (list.empty() ? "" : ", ") + DumpJson(value);
  return "must be one of " + list;
}

/// The part of a message between its first and last apostrophe.
std::string QuotedPart(const std::string& text) {
  const std::size_t first = text.find(" '");
  const std::size_t last = text.rfind('\'');
  if (first == std::string::npos || last <= first + 1) return {};
  return text.substr(first + 2, last - first - 2);
}

/// A number inside a message of the library, which prints doubles with six zeros.
std::string TrimNumber(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

/// A violation at one place: where the value stands and what the library said.
struct Finding {
  std::string pointer;
  const Json* value = nullptr;
  const Json* schema = nullptr;
  std::string description;
};

struct Wording {
  std::string_view prefix;  ///< Of the library's description.
  std::string_view ours;  ///< What follows the prefix is put behind it when `ours` ends in a blank.
};

constexpr std::array<Wording, 16> kWordings = {{
    {"Failed to match expected value set by 'const'", "is not the one allowed value"},
    {"Failed to match regex specified by 'pattern'", "does not have the required form"},
    {"Expected number ", "must be "},
    {"Array should contain ", "must have "},
    {"Array contains more items", "has too many items"},
    {"Cannot validate item #", "has too many items"},
    {"String should be a valid ", "must be a valid "},
    {"String should be ", "must be "},
    {"Object should have ", "must have "},
    {"Value should be ", "must be "},
    {"Failed to validate against any schemas allowed by anyOf", "fits none of the allowed forms"},
    {"Failed to validate against any child schemas allowed by oneOf",
     "fits none of the allowed forms"},
    {"Failed to validate against exactly one child schema",
     "fits several forms, of which one is allowed"},
    {"Target should not validate against schema specified in 'not'",
     "has a form that is not allowed"},
    {"Failed to any values against subschema in 'contains'", "lacks an item of the required form"},
    {"Elements at indexes ", "must not repeat an item"},
}};

/// "phone_number or email" where the alternatives of an `anyOf` differ only in the members that
/// they require.
std::string RequiredAlternatives(const Json& schema) {
  std::string text;
  const Json& alternatives = Member(schema, "anyOf");
  for (const Json& alternative : alternatives) {
    const Json& required = Member(alternative, "required");
    if (alternative.size() != 1 || !required.is_array()) return {};
    text += text.empty() ? "" : " or ";
    std::string all;
    for (const Json& name : required) {
      if (!name.is_string()) return {};
      all += (all.empty() ? "" : " and ") + name.get<std::string>();
    }
    text += all;
  }
  return text;
}

/// Takes out of `violations` what an `anyOf` said about each of its alternatives: one sentence
/// replaces them.
void DropAlternatives(const Finding& finding, std::vector<SchemaViolation>& violations) {
  const Json& always = Member(*finding.schema, "required");
  std::erase_if(violations, [&](const SchemaViolation& violation) {
    if (violation.message != "is required") return false;
    const std::size_t name = violation.pointer.rfind('/');
    const bool here = violation.pointer.substr(0, name) == finding.pointer;
    const Json key = violation.pointer.substr(name + 1);
    return here && std::find(always.begin(), always.end(), key) == always.end();
  });
}

std::optional<SchemaViolation> Missing(const Finding& finding) {
  for (const std::string_view prefix : {"Missing required property", "Missing dependency"}) {
    if (finding.description.starts_with(prefix)) {
      const std::string name = QuotedPart(finding.description);
      return SchemaViolation{finding.pointer + "/" + PointerStep(name), "is required"};
    }
  }
  if (finding.description.starts_with("Object contains a property that could not be validated")) {
    const std::size_t at = finding.description.rfind(": '");
    const std::string name =
        finding.description.substr(at + 3, finding.description.size() - at - 5);
    return SchemaViolation{finding.pointer + "/" + PointerStep(name), "is not known here"};
  }
  return {};
}

std::optional<SchemaViolation> Worded(const Finding& finding) {
  for (const Wording& wording : kWordings) {
    if (!finding.description.starts_with(wording.prefix)) continue;
    std::string message(wording.ours);
    if (wording.ours.ends_with(' ')) {
      message += TrimNumber(finding.description.substr(wording.prefix.size()));
      if (message.ends_with('.')) message.pop_back();
    }
    return SchemaViolation{finding.pointer, std::move(message)};
  }
  return {};
}

/// The finding in our words; nothing for the library's remarks that a part below has failed.
std::optional<SchemaViolation> Translate(const Finding& finding) {
  if (finding.description.starts_with("Value type not permitted")) {
    const std::string expected = ExpectedType(*finding.schema);
    return SchemaViolation{finding.pointer,
                           expected.empty()
                               ? std::string("has the wrong type: ") + TypeName(*finding.value)
                               : "must be " + expected + ", not " + TypeName(*finding.value)};
  }
  if (finding.description.starts_with("Failed to match against any enum values")) {
    return SchemaViolation{finding.pointer, EnumText(*finding.schema)};
  }
  if (finding.description.starts_with("Failed to validate against any schemas allowed by anyOf")) {
    const std::string alternatives = RequiredAlternatives(*finding.schema);
    if (!alternatives.empty()) return SchemaViolation{finding.pointer, "needs " + alternatives};
  }
  if (auto missing = Missing(finding)) return missing;
  return Worded(finding);
}

/// Follows the library's context ("<root>", "[name]", "[0]") through value and schema.
Finding Locate(const Json& root, const Json& value,
               const valijson::ValidationResults::Error& error) {
  Finding finding{"", &value, &root, error.description};
  for (std::size_t i = 1; i < error.context.size(); ++i) {
    const std::string& raw = error.context[i];
    const std::string step = raw.size() >= 2 ? raw.substr(1, raw.size() - 2) : raw;
    finding.pointer += "/" + PointerStep(step);
    finding.schema = &ChildSchema(root, *finding.schema, step);
    if (finding.value->is_array()) {
      const std::size_t index = std::stoul(step);
      if (index >= finding.value->size()) break;
      finding.value = &(*finding.value)[index];
    } else {
      finding.value = &Member(*finding.value, step);
    }
  }
  return finding;
}

bool UsesPattern(const Json& schema) {
  if (schema.is_object() && (schema.contains("pattern") || schema.contains("patternProperties")))
    return true;
  return schema.is_structured() && std::any_of(schema.begin(), schema.end(),
                                               [](const Json& part) { return UsesPattern(part); });
}

std::optional<std::string> FindLongText(const Json& value, const std::string& pointer) {
  if (value.is_string() && value.get_ref<const std::string&>().size() > kMaxPatternText)
    return pointer;
  if (!value.is_structured()) return {};
  for (const auto& [key, part] : value.items()) {
    if (auto found = FindLongText(part, pointer + "/" + PointerStep(key))) return found;
  }
  return {};
}

/// Compiles every `pattern` once, so that a wrong one is told now and not with the first value.
void TryPatterns(const Json& schema) {
  const Json& pattern = Member(schema, "pattern");
  if (pattern.is_string()) std::regex(pattern.get<std::string>());
  if (!schema.is_structured()) return;
  for (const Json& part : schema) TryPatterns(part);
}

/// Finds schemas that come back to themselves without going into the value: checking one would
/// never end.
class CircleFinder {
 public:
  explicit CircleFinder(const Json& root) : root_(root) {}

  bool Finds(const Json& schema) {
    if (!schema.is_structured()) return false;
    if (GoesInCircles(schema)) return true;
    return std::any_of(schema.begin(), schema.end(),
                       [this](const Json& part) { return Finds(part); });
  }

 private:
  enum class Mark { kOpen, kDone };

  /// Whether a schema that applies to the same value as `schema` leads back to it.
  bool GoesInCircles(const Json& schema) {
    if (!schema.is_object()) return false;
    const auto [mark, is_new] = marks_.try_emplace(&schema, Mark::kOpen);
    if (!is_new) return mark->second == Mark::kOpen;
    for (const Json* next : Following(schema)) {
      if (GoesInCircles(*next)) return true;
    }
    marks_[&schema] = Mark::kDone;
    return false;
  }

  std::vector<const Json*> Following(const Json& schema) const {
    std::vector<const Json*> following;
    const std::string reference = TextMember(schema, "$ref");
    if (reference.starts_with("#")) {
      const Json::json_pointer pointer(reference.substr(1));
      if (root_.contains(pointer)) following.push_back(&root_.at(pointer));
    }
    for (const char* key : {"not", "if", "then", "else"}) following.push_back(&Member(schema, key));
    for (const char* key : {"allOf", "anyOf", "oneOf"}) {
      for (const Json& part : Member(schema, key)) following.push_back(&part);
    }
    return following;
  }

  const Json& root_;
  std::map<const Json*, Mark> marks_;
};

Error Malformed(const std::string& why) {
  return Invalid("SCHEMA_MALFORMED", "the JSON Schema cannot be used: " + why);
}

}  // namespace

struct JsonSchema::Compiled {
  Json source;
  bool uses_pattern = false;
  valijson::Schema schema;
};

JsonSchema::JsonSchema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;
JsonSchema::~JsonSchema() = default;

Result<JsonSchema> JsonSchema::Compile(const Json& schema) {
  if (!schema.is_object() && !schema.is_boolean()) {
    return Malformed("it must be an object, not " + std::string(TypeName(schema)));
  }
  auto compiled = std::make_shared<Compiled>();  // shared, see the header
  compiled->source = schema;
  if (schema.is_object()) {
    // With an address of its own, the library would look for "#/definitions/x" in the network.
    compiled->source.erase("$id");
    compiled->source.erase("$schema");
  }
  compiled->uses_pattern = UsesPattern(compiled->source);
  try {
    TryPatterns(compiled->source);
    if (CircleFinder(compiled->source).Finds(compiled->source)) {
      return Malformed("it refers to itself without end");
    }
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(compiled->source),
                          compiled->schema);
    return JsonSchema(std::move(compiled));
  } catch (const std::exception& error) {
    return Malformed(error.what());
  }
}

std::vector<SchemaViolation> JsonSchema::Check(const Json& value) const {
  if (compiled_->uses_pattern) {
    if (const auto pointer = FindLongText(value, "")) {
      return {{*pointer, "is longer than 8,192 bytes, too long to be compared with a pattern"}};
    }
  }
  std::vector<SchemaViolation> violations;
  try {
    // A validator of its own for each check: it caches regular expressions without a lock.
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(compiled_->schema, valijson::adapters::NlohmannJsonAdapter(value),
                           &results))
      return {};
    valijson::ValidationResults::Error error;
    while (violations.size() < kMaxViolations && results.popError(error)) {
      const Finding finding = Locate(compiled_->source, value, error);
      auto violation = Translate(finding);
      if (!violation) continue;
      if (violation->message.starts_with("needs ")) DropAlternatives(finding, violations);
      if (std::find(violations.begin(), violations.end(), *violation) == violations.end()) {
        violations.push_back(std::move(*violation));
      }
    }
    if (violations.empty()) violations.push_back({"", "does not fit its schema"});
  } catch (const std::exception& error) {
    violations.push_back({"", std::string("cannot be checked: ") + error.what()});
  }
  return violations;
}

}  // namespace sb
