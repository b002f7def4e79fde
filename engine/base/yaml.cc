#include "engine/base/yaml.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <regex>
#include <set>
#include <sstream>
#include <system_error>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "engine/base/encoding.h"

namespace sb {
namespace {

constexpr std::size_t kMaxText = 1024UL * 1024;
constexpr std::size_t kMaxNodes = 50'000;
constexpr std::size_t kMaxExpandedBytes = 16UL * 1024 * 1024;
constexpr int kMaxYamlDepth = 64;
// A key that is written longer has to be announced (YAML 1.2, 7.4.2: 1024 characters).
constexpr std::size_t kMaxImplicitKey = 1'000;

Position ToPosition(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

Diagnostic Fault(std::string code, std::string message, std::string pointer, Position position) {
  return {std::move(code), std::move(message), std::move(pointer), position, {}};
}

/// The number's digits in `base`, signed; nothing when it does not fit 64 bits.
std::optional<Json> Integer(std::string_view digits, bool negative, int base) {
  std::uint64_t magnitude = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return {};
  if (!negative) return Json(magnitude);
  if (magnitude > static_cast<std::uint64_t>(INT64_MAX)) return {};
  return Json(-static_cast<std::int64_t>(magnitude));
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// What a plain scalar can be besides text.
struct Typed {
  std::optional<Json> value;
  std::string complaint;  ///< Why it can be neither that nor text.
};

Typed TypeOfInteger(const std::string& text) {
  const bool negative = text[0] == '-';
  const std::size_t sign = text[0] == '-' || text[0] == '+' ? 1 : 0;
  std::optional<Json> number = Integer(std::string_view(text).substr(sign), negative, 10);
  if (!number) return {{}, "this whole number does not fit 64 bits; quote it to make it text"};
  return {std::move(number), {}};
}

Typed TypeOfFloat(const std::string& text) {
  const std::string_view digits = std::string_view(text).substr(text[0] == '+' ? 1 : 0);
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || !std::isfinite(number)) {
    return {{}, "this number is too large; quote it to make it text"};
  }
  return {Json(number), {}};
}

/// The YAML 1.2 core schema (chapter 10.3.2 of its specification).
Typed TypeOfPlain(const std::string& text) {
  static const std::regex kDecimal("[-+]?[0-9]+");
  static const std::regex kOctal("0o[0-7]+");
  static const std::regex kHex("0x[0-9a-fA-F]+");
  static const std::regex kFloat("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
  static const std::regex kNoNumber("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
  if (IsOneOf(text, {"", "~", "null", "Null", "NULL"})) return {Json(), {}};
  if (IsOneOf(text, {"true", "True", "TRUE"})) return {Json(true), {}};
  if (IsOneOf(text, {"false", "False", "FALSE"})) return {Json(false), {}};
  // No number is this long, and std::regex recurses once per character.
  if (text.size() > 400) return {Json(text), {}};
  if (std::regex_match(text, kDecimal)) return TypeOfInteger(text);
  if (std::regex_match(text, kOctal) || std::regex_match(text, kHex)) {
    auto number = Integer(std::string_view(text).substr(2), false, text[1] == 'o' ? 8 : 16);
    if (!number) return {{}, "this whole number does not fit 64 bits; quote it to make it text"};
    return {std::move(number), {}};
  }
  if (std::regex_match(text, kFloat)) return TypeOfFloat(text);
  if (std::regex_match(text, kNoNumber)) {
    return {{}, "JSON has no infinity and no NaN; quote it to make it text"};
  }
  return {Json(text), {}};
}

/// A scalar's text. yaml-cpp 0.7 reads the escapes \N and \_ (a line break and a space of
/// Unicode, U+0085 and U+00A0) as one byte each, which is no UTF-8; they get their first byte back.
std::string TextOf(const YAML::Node& scalar) {
  const std::string& read = scalar.Scalar();
  if (IsUtf8(read)) return read;
  std::string text;
  std::size_t continues = 0;  // bytes that still belong to the character before
  for (const char c : read) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_alone = continues == 0 && (byte == 0x85 || byte == 0xA0);
    if (is_alone) text += '\xC2';
    const std::size_t follow = byte < 0xC0 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    continues = continues > 0 ? continues - 1 : follow;
    text += c;
  }
  return text;
}

/// Walks yaml-cpp's graph, in which an alias is the same node again, into a tree of JSON. The
/// budget counts what the walk produces: a small file of aliases can expand without end.
class Reader {
 public:
  bool Read(const YAML::Node& node, const std::string& pointer, Position fallback, Json& into);

  YamlDocument document;
  Diagnostic fault;

 private:
  bool ReadScalar(const YAML::Node& node, const std::string& pointer, Json& into);
  bool ReadSequence(const YAML::Node& node, const std::string& pointer, Json& into);
  bool ReadMapping(const YAML::Node& node, const std::string& pointer, Json& into);
  bool ReadKey(const YAML::Node& key, const std::string& pointer,
               const std::set<std::string>& seen);
  bool Spend(const YAML::Node& node, const std::string& pointer);
  bool Refuse(const char* code, const std::string& message, const std::string& pointer,
              Position position);

  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  int depth_ = 0;
};

bool Reader::Refuse(const char* code, const std::string& message, const std::string& pointer,
                    Position position) {
  fault = Fault(code, message, pointer, position);
  return false;
}

bool Reader::Spend(const YAML::Node& node, const std::string& pointer) {
  bytes_ += pointer.size() + (node.IsScalar() ? node.Scalar().size() : 0);
  if (++nodes_ <= kMaxNodes && bytes_ <= kMaxExpandedBytes) return true;
  return Refuse(
      "YAML_TOO_LARGE",
      "with its aliases expanded the file has more than 50,000 values or 16 MiB; split it "
      "or use fewer aliases",
      pointer.substr(0, 200), ToPosition(node.Mark()));
}

bool Reader::Read(const YAML::Node& node, const std::string& pointer, Position fallback,
                  Json& into) {
  if (!Spend(node, pointer)) return false;
  const Position place = node.Mark().is_null() ? fallback : ToPosition(node.Mark());
  document.positions[pointer] = place;
  if (depth_ >= kMaxYamlDepth) {
    return Refuse("YAML_TOO_LARGE", "the file nests deeper than 64 levels; flatten it",
                  pointer.substr(0, 200), place);
  }
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      into = Json();
      return true;
    case YAML::NodeType::Scalar:
      return ReadScalar(node, pointer, into);
    case YAML::NodeType::Sequence:
      return ReadSequence(node, pointer, into);
    case YAML::NodeType::Map:
      return ReadMapping(node, pointer, into);
  }
  return true;
}

bool Reader::ReadScalar(const YAML::Node& node, const std::string& pointer, Json& into) {
  const std::string& tag = node.Tag();
  if (tag == "!" || tag == "tag:yaml.org,2002:str") {
    into = TextOf(node);
    return true;
  }
  if (tag != "?" && !tag.empty() && !tag.starts_with("tag:yaml.org,2002:")) {
    return Refuse("YAML_MALFORMED", "the tag " + tag + " means nothing here; remove it", pointer,
                  ToPosition(node.Mark()));
  }
  Typed typed = TypeOfPlain(TextOf(node));
  if (!typed.value) {
    return Refuse("YAML_MALFORMED", typed.complaint, pointer, ToPosition(node.Mark()));
  }
  into = std::move(*typed.value);
  return true;
}

bool Reader::ReadSequence(const YAML::Node& node, const std::string& pointer, Json& into) {
  into = Json::array();
  ++depth_;
  for (std::size_t i = 0; i < node.size(); ++i) {
    Json item;
    if (!Read(node[i], pointer + "/" + std::to_string(i), ToPosition(node.Mark()), item)) {
      return false;
    }
    into.push_back(std::move(item));
  }
  --depth_;
  return true;
}

bool Reader::ReadKey(const YAML::Node& key, const std::string& pointer,
                     const std::set<std::string>& seen) {
  const Position place = ToPosition(key.Mark());
  Json name;
  if (!key.IsScalar()) {
    return Refuse("YAML_MALFORMED", "a key must be text, not a list, a mapping or nothing", pointer,
                  place);
  }
  if (!ReadScalar(key, pointer, name)) return false;
  const std::string text = TextOf(key);
  if (!name.is_string()) {
    return Refuse("YAML_MALFORMED",
                  "a key must be text: write '" + text.substr(0, 60) + "' in quotes", pointer,
                  place);
  }
  if (seen.contains(text)) {
    return Refuse("YAML_DUPLICATE_KEY",
                  "the key '" + text.substr(0, 60) +
                      "' stands twice in this mapping; remove or rename one of them",
                  pointer + "/" + PointerStep(text.substr(0, 200)), place);
  }
  return true;
}

bool Reader::ReadMapping(const YAML::Node& node, const std::string& pointer, Json& into) {
  into = Json::object();
  std::vector<std::string> order;
  std::set<std::string> seen;
  ++depth_;
  for (const auto& entry : node) {
    if (!ReadKey(entry.first, pointer, seen)) return false;
    const std::string key = TextOf(entry.first);
    const std::string child = pointer + "/" + PointerStep(key);
    const Position key_place = ToPosition(entry.first.Mark());
    seen.insert(key);
    order.push_back(key);
    bytes_ += 2 * key.size();
    document.key_positions[child] = key_place;
    if (!Read(entry.second, child, key_place, into[key])) return false;
  }
  --depth_;
  document.keys[pointer] = std::move(order);
  return true;
}

/// Reads past the first document and no further than where the second one begins. yaml-cpp's own
/// way to read all of them never ends where something follows that is no document, as in "{a: b},
/// c".
class SecondDocument : public YAML::EventHandler {
 public:
  /// Its place; nothing when there is none. Throws as the parser does.
  static std::optional<Position> Find(std::string_view text) {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    SecondDocument handler;
    while (!handler.place_ && parser.HandleNextDocument(handler)) {
    }
    return handler.place_;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) place_ = ToPosition(mark);
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}

  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}

  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}

  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}

  void OnSequenceEnd() override {}

  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}

  void OnMapEnd() override {}

 private:
  int documents_ = 0;
  std::optional<Position> place_;
};

YamlOutcome Refused(std::string code, std::string message, Position position) {
  return {std::nullopt, Fault(std::move(code), std::move(message), {}, position)};
}

/// The line that `position` names, without its end.
std::string_view LineAt(std::string_view text, Position position) {
  for (int line = 1; line < position.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

YamlOutcome RefusedByParser(std::string_view text, const YAML::Exception& error) {
  const Position position = ToPosition(error.mark);
  const std::string_view line = LineAt(text, position);
  const std::size_t indent = line.find_first_not_of(" \t");
  const bool has_tab = line.substr(0, indent).find('\t') != std::string_view::npos;
  return Refused("YAML_MALFORMED",
                 has_tab ? "not valid YAML: indent with spaces, not with tabs"
                         : "not valid YAML: " + error.msg,
                 position);
}

}  // namespace

std::string PointerStep(std::string_view key) {
  std::string step;
  for (const char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

Position YamlDocument::PositionOf(const std::string& pointer) const {
  std::string at = pointer;
  while (true) {
    if (const auto found = positions.find(at); found != positions.end()) return found->second;
    if (at.empty()) return {};
    at.resize(at.rfind('/') == std::string::npos ? 0 : at.rfind('/'));
  }
}

Position YamlDocument::KeyPositionOf(const std::string& pointer) const {
  const auto found = key_positions.find(pointer);
  return found == key_positions.end() ? PositionOf(pointer) : found->second;
}

YamlOutcome ParseYaml(std::string_view text) {
  if (text.size() > kMaxText) {
    return Refused("YAML_TOO_LARGE", "the file is larger than 1 MiB; split it", {});
  }
  if (!IsUtf8(text)) {
    return Refused("YAML_MALFORMED", "the file is not UTF-8 text; save it as UTF-8", {});
  }
  if (text.find('\0') != std::string_view::npos) {
    return Refused("YAML_MALFORMED", "the file holds a NUL byte; save it as plain text", {});
  }
  try {
    if (const auto second = SecondDocument::Find(text)) {
      return Refused("YAML_MALFORMED", "the file holds several documents; keep one per file",
                     *second);
    }
    Reader reader;
    const YAML::Node root = YAML::Load(std::string(text));
    if (!reader.Read(root, "", {}, reader.document.value)) return {std::nullopt, reader.fault};
    return {std::move(reader.document), {}};
  } catch (const YAML::Exception& error) {
    return RefusedByParser(text, error);
  }
}

Result<YamlDocument> ParseYamlFile(std::string_view text, std::string_view file) {
  YamlOutcome outcome = ParseYaml(text);
  if (outcome.document) return std::move(*outcome.document);
  const Diagnostic& fault = outcome.diagnostic;
  return Invalid(fault.code, std::string(file) + ":" + std::to_string(fault.position.line) + ":" +
                                 std::to_string(fault.position.column) + ": " + fault.message);
}

// ---- Writing ------------------------------------------------------------------------------------

namespace {

/// Whether plain `text` reads back as the same text, both as a key and as a value.
bool IsPlainSafe(const std::string& text) {
  static const std::regex kPlain("[A-Za-z_/][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*");
  return text.size() <= 200 && std::regex_match(text, kPlain) &&
         TypeOfPlain(text).value == Json(text);
}

std::string Quoted(const std::string& text) {
  return IsPlainSafe(text) ? text : DumpJson(text);
}

/// Whether a literal block can carry the text unchanged.
bool FitsLiteral(const std::string& text) {
  if (text.find('\n') == std::string::npos || text[0] == ' ' || text[0] == '\n') return false;
  if (text.find_first_not_of(" \n") == std::string::npos || !IsUtf8(text)) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\n' || (byte >= 0x20 && byte < 0x7F);
  });
}

std::string Literal(const std::string& text, const std::string& indent) {
  const std::size_t content_end = text.find_last_not_of('\n') + 1;
  const std::size_t breaks = text.size() - content_end;
  std::string block = breaks == 0 ? "|-\n" : breaks == 1 ? "|\n" : "|+\n";
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end > start) block += indent + text.substr(start, end - start);
    block += '\n';
    start = end + 1;
  }
  return block;
}

void Write(const Json& value, const std::string& indent, std::string& out);

void WriteMapping(const Json& value, const std::string& indent, std::string& out) {
  bool first = true;
  for (const auto& [key, member] : value.items()) {
    if (!first) out += indent;
    first = false;
    const std::string name = Quoted(key);
    out += name.size() <= kMaxImplicitKey ? name + ":" : "? " + name + "\n" + indent + ":";
    const bool nested = member.is_structured() && !member.empty();
    out += nested ? "\n" + indent + "  " : " ";
    Write(member, indent + "  ", out);
  }
}

void WriteSequence(const Json& value, const std::string& indent, std::string& out) {
  bool first = true;
  for (const Json& item : value) {
    if (!first) out += indent;
    first = false;
    out += "- ";
    Write(item, indent + "  ", out);
  }
}

/// Writes `value` from where the cursor stands, ending with a line break.
void Write(const Json& value, const std::string& indent, std::string& out) {
  if (value.is_object() && !value.empty()) {
    WriteMapping(value, indent, out);
  } else if (value.is_array() && !value.empty()) {
    WriteSequence(value, indent, out);
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    out += FitsLiteral(text) ? Literal(text, indent.empty() ? "  " : indent) : Quoted(text) + "\n";
  } else {
    out += DumpJson(value) + "\n";
  }
}

}  // namespace

std::string ToYaml(const Json& value) {
  std::string text;
  Write(value, "", text);
  return text;
}

}  // namespace sb
