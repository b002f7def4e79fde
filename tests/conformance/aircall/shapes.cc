#include "tests/conformance/aircall/shapes.h"

#include <functional>
#include <map>
#include <regex>

namespace sb::aircall::sandbox {
namespace {

constexpr std::string_view kNullable = "|null";
constexpr std::string_view kOptional = " (optional)";

bool Fits(const Json& value, const char* pattern) {
  return value.is_string() && std::regex_match(value.get<std::string>(), std::regex(pattern));
}

bool IsBetween(const Json& value, std::int64_t least, std::int64_t most) {
  return value.is_number_integer() && value.get<std::int64_t>() >= least &&
         value.get<std::int64_t>() <= most;
}

using Predicate = std::function<bool(const Json&)>;

const std::map<std::string, Predicate>& Types() {
  constexpr std::int64_t kYear2001 = 1'000'000'000;
  constexpr std::int64_t kYear2100 = 4'102'444'800;
  static const std::map<std::string, Predicate> kTypes = {
      {"any", [](const Json&) { return true; }},
      {"null", [](const Json& v) { return v.is_null(); }},
      {"object", [](const Json& v) { return v.is_object(); }},
      {"integer", [](const Json& v) { return v.is_number_integer(); }},
      {"number", [](const Json& v) { return v.is_number(); }},
      {"boolean", [](const Json& v) { return v.is_boolean(); }},
      {"string", [](const Json& v) { return v.is_string(); }},
      {"unix", [](const Json& v) { return IsBetween(v, kYear2001, kYear2100); }},
      {"millis", [](const Json& v) { return IsBetween(v, kYear2001 * 1000, kYear2100 * 1000); }},
      {"iso", [](const Json& v) { return Fits(v, R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z)"); }},
      {"iso_ms",
       [](const Json& v) { return Fits(v, R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"); }},
      {"url", [](const Json& v) { return Fits(v, R"(https?://\S+)"); }},
      {"e164", [](const Json& v) { return Fits(v, R"(\+\d{3,15})"); }},
      // Spaces and dashes, never bare digits.
      {"display_phone", [](const Json& v) { return Fits(v, R"(\+\d[\d]*[ -][\d -]+|anonymous)"); }},
      {"hex32", [](const Json& v) { return Fits(v, "[0-9a-f]{32}"); }},
      {"hex40", [](const Json& v) { return Fits(v, "[0-9a-f]{40}"); }},
      {"sid", [](const Json& v) { return Fits(v, "CA[0-9a-f]{32}"); }},
      {"uuid", [](const Json& v) { return Fits(v, "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"); }},
      {"ulid", [](const Json& v) { return Fits(v, "[0-9A-HJKMNP-TV-Z]{26}"); }},
      {"colour", [](const Json& v) { return Fits(v, "#[0-9A-Fa-f]{6}"); }},
      {"country", [](const Json& v) { return Fits(v, "[A-Z]{2}"); }},
  };
  return kTypes;
}

}  // namespace

/// One comparison under way.
struct Shapes::Check {
  const Json& shapes;
  std::vector<std::string> complaints{};

  void Complain(const std::string& path, const std::string& what, const Json& value) {
    complaints.push_back((path.empty() ? "/" : path) + ": " + what + ", but it is " +
                         value.dump().substr(0, 120));
  }

  void Match(const Json& shape, const Json& value, const std::string& path) {
    if (shape.is_string()) return MatchNamed(shape.get<std::string>(), value, path);
    if (shape.is_array()) return MatchList(shape, value, path);
    if (shape.is_object()) return MatchKeys(shape, value, path);
    Complain(path, "the table holds a shape that is neither text, list nor mapping", shape);
  }

  void MatchNamed(std::string name, const Json& value, const std::string& path) {
    if (name.starts_with('=')) {
      if (!value.is_string() || value.get<std::string>() != name.substr(1)) {
        Complain(path, "should be '" + name.substr(1) + "'", value);
      }
      return;
    }
    const bool nullable = name.ends_with(kNullable);
    if (nullable) name.resize(name.size() - kNullable.size());
    if (nullable && value.is_null()) return;
    if (shapes.contains(name)) return Match(shapes.at(name), value, path);
    const auto type = Types().find(name);
    if (type == Types().end()) return Complain(path, "no shape is called " + name, value);
    if (!type->second(value))
      Complain(path, "should be " + name + (nullable ? " or null" : ""), value);
  }

  void MatchList(const Json& shape, const Json& value, const std::string& path) {
    if (!value.is_array()) return Complain(path, "should be a list", value);
    if (shape.empty()) return;
    std::size_t n = 0;
    for (const Json& item : value) Match(shape.at(0), item, path + "/" + std::to_string(n++));
  }

  void MatchKeys(const Json& shape, const Json& value, const std::string& path) {
    if (!value.is_object()) return Complain(path, "should be an object", value);
    Json left = value;
    for (const auto& [written, member] : shape.items()) {
      const bool optional = written.ends_with(kOptional);
      const std::string key = written.substr(0, written.size() - (optional ? kOptional.size() : 0));
      if (value.contains(key)) {
        Match(member, value.at(key), path + "/" + key);
      } else if (!optional) {
        Complain(path, "lacks the key " + key, value);
      }
      left.erase(key);
    }
    for (const auto& [key, member] : left.items()) {
      Complain(path, "has the key " + key + ", which nothing describes", member);
    }
  }
};

std::vector<std::string> Shapes::Complaints(const Json& shape, const Json& value) const {
  Check check{document_.value};
  check.Match(shape, value, "");
  return check.complaints;
}

std::vector<std::string> Shapes::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, shape] : document_.value.items()) names.push_back(name);
  return names;
}

}  // namespace sb::aircall::sandbox
