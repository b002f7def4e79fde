#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/connector/connector.h"

namespace sb::connector {
namespace {

using core::workflow::EvaluateTemplate;
using core::workflow::Expressions;

Error BadInput(const Action& action, const std::string& what) {
  return Invalid("ACTION_INPUT_INVALID", action.signature.name + ": " + what);
}

Json WithoutNulls(const Json& input) {
  Json present = Json::object();
  for (const auto& [name, value] : input.items()) {
    if (!value.is_null()) present[name] = value;
  }
  return present;
}

Status CheckRefusals(const Action& action, const Json& input, const Expressions& expressions) {
  for (const RefusedInput& rule : action.refuse) {
    const auto fits = expressions.Evaluate(rule.when, input, {});
    if (!fits.ok()) return fits.error();
    if (*fits == Json(true)) return Invalid(rule.code, action.signature.name + ": " + rule.says);
  }
  return {};
}

/// How a scalar stands in a path or a query; nothing for what has no such form.
std::optional<std::string> ScalarText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return DumpJson(value);
  return {};
}

/// A path segment. '@' may stand as it is there (RFC 3986), and some servers insist on that.
std::string EncodeSegment(const std::string& text) {
  std::string encoded = UrlEncode(text);
  for (std::size_t at = 0; (at = encoded.find("%40", at)) != std::string::npos; ++at)
    encoded.replace(at, 3, "@");
  return encoded;
}

Result<std::string> FillPath(const Action& action, const std::string& path, const Json& input) {
  std::string filled;
  std::size_t from = 0;
  for (std::size_t open = 0; (open = path.find('{', from)) != std::string::npos;) {
    const std::size_t close = path.find('}', open);
    const std::string name = path.substr(open + 1, close - open - 1);
    const auto text = ScalarText(Member(input, name));
    // An empty or dotted segment would reach another resource than the one that was meant.
    if (!text || text->empty() || *text == "." || *text == "..") {
      return BadInput(action, name + " must name one object");
    }
    filled += path.substr(from, open - from) + EncodeSegment(*text);
    from = close + 1;
  }
  return filled + path.substr(from);
}

/// A template's object and the input members that are taken as they are, in one; nulls left out.
Result<Json> Fill(const Json& request, const std::string& part, const Json& input,
                  const Expressions& expressions) {
  Json filled = Json::object();
  if (const Json& templates = Member(request, part); !templates.is_null()) {
    auto evaluated = EvaluateTemplate(expressions, templates, input, {});
    if (!evaluated.ok()) return evaluated;
    filled = WithoutNulls(*evaluated);
  }
  for (const Json& name : Member(request, part + "_from")) {
    const auto key = name.get<std::string>();
    if (input.contains(key)) filled[key] = input.at(key);
  }
  return filled;
}

class Query {
 public:
  explicit Query(const std::string& array_style) : array_style_(array_style) {}

  bool Add(const std::string& name, const Json& value) {
    if (value.is_array()) return AddArray(name, value);
    const auto scalar = ScalarText(value);
    if (scalar) Append(UrlEncode(name), *scalar);
    return scalar.has_value();
  }

  const std::string& text() const { return text_; }

 private:
  bool AddArray(const std::string& name, const Json& values) {
    std::string joined;
    for (const Json& value : values) {
      const auto scalar = ScalarText(value);
      if (!scalar) return false;
      if (array_style_ == "comma") {
        joined += (joined.empty() ? "" : ",") + *scalar;
      } else {
        Append(UrlEncode(name) + (array_style_ == "brackets" ? "[]" : ""), *scalar);
      }
    }
    if (!joined.empty()) Append(UrlEncode(name), joined);
    return true;
  }

  void Append(const std::string& encoded_name, const std::string& value) {
    text_ += (text_.empty() ? "?" : "&") + encoded_name + "=" + UrlEncode(value);
  }

  const std::string& array_style_;
  std::string text_;
};

Result<std::string> RenderQuery(const Connector& connector, const Action& action, const Json& input,
                                const Expressions& expressions) {
  const auto members = Fill(action.request, "query", input, expressions);
  if (!members.ok()) return members.error();
  Query query(connector.array_style);
  for (const auto& [name, value] : members->items()) {
    if (!query.Add(name, value)) return BadInput(action, name + " cannot stand in a query");
  }
  return query.text();
}

Result<std::string> Authorization(const Connector& connector, const Credential& credential) {
  const AuthScheme& scheme = credential.method == "oauth" && connector.oauth ? connector.oauth->send
                                                                             : connector.key_scheme;
  const auto value = [&](const std::string& name) {
    const auto found = credential.values.find(name);
    return found == credential.values.end() ? std::string() : found->second.Reveal();
  };
  if (scheme.scheme == "bearer" && !value(scheme.token).empty())
    return "Bearer " + value(scheme.token);
  if (scheme.scheme == "basic" && !value(scheme.username).empty()) {
    return "Basic " + ToBase64(value(scheme.username) + ":" + value(scheme.password));
  }
  return Unauthorized("CREDENTIAL_INCOMPLETE", "the account's credential does not open " +
                                                   connector.title + ": connect the account again");
}

}  // namespace

Result<Json> CheckedInput(const Action& action, const Json& input) {
  if (!input.is_null() && !input.is_object())
    return BadInput(action, "the input must be an object");
  Json present = WithoutNulls(input);
  const auto violations = action.signature.input->Check(present);
  if (violations.empty()) return present;
  const SchemaViolation& first = violations.front();
  const std::string field = first.pointer.empty() ? "the input" : first.pointer.substr(1);
  return BadInput(action, field + " " + first.message);
}

Result<ports::HttpRequest> RenderRequest(const Connector& connector, const Action& action,
                                         const Json& input, const Credential& credential,
                                         const Expressions& expressions) {
  const auto checked = CheckedInput(action, input);
  if (!checked.ok()) return checked.error();
  if (Status fine = CheckRefusals(action, *checked, expressions); !fine.ok()) return fine.error();
  if (Status phones = CheckPhones(action, *checked); !phones.ok()) return phones.error();
  const auto path = FillPath(action, TextMember(action.request, "path"), *checked);
  if (!path.ok()) return path.error();
  const auto query = RenderQuery(connector, action, *checked, expressions);
  if (!query.ok()) return query.error();
  const auto authorization = Authorization(connector, credential);
  if (!authorization.ok()) return authorization.error();

  ports::HttpRequest request;
  request.method = TextMember(action.request, "method");
  request.url = connector.base_url + *path + *query;
  request.headers = {{"Accept", "application/json"}, {"Authorization", *authorization}};
  if (request.method == "GET") return request;
  request.headers.emplace_back("Content-Type", "application/json");
  if (action.request.contains("body") || action.request.contains("body_from")) {
    const auto body = Fill(action.request, "body", *checked, expressions);
    if (!body.ok()) return body.error();
    request.body = DumpJson(*body);
  }
  return request;
}

}  // namespace sb::connector
