#include "engine/runtime/openapi.h"

#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/core/workflow/http_call.h"
#include "engine/core/workflow/suggest.h"
#include "engine/runtime/openapi_document.h"

namespace sb::runtime {
namespace {

constexpr const char* kForm = "application/x-www-form-urlencoded";

/// The parameters of path item and operation; the operation's win.
std::vector<Json> ParametersOf(const Json& document, const ApiOperation& operation) {
  std::vector<Json> all;
  for (const Json* holder : {operation.path_item, operation.definition}) {
    const Json& listed = Member(*holder, "parameters");
    if (!listed.is_array()) continue;
    for (const Json& each : listed) {
      const Json& parameter = FollowReference(document, each);
      std::erase_if(all, [&](const Json& other) {
        return TextMember(other, "name") == TextMember(parameter, "name") &&
               TextMember(other, "in") == TextMember(parameter, "in");
      });
      all.push_back(parameter);
    }
  }
  return all;
}

std::string TextOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return DumpJson(value);
  std::string list;
  for (const Json& each : value) list += (list.empty() ? "" : ",") + TextOf(each);
  return list;
}

/// A list in the query: repeated by default in OpenAPI 3, with commas in Swagger 2.0.
Json QueryValue(const Json& document, const Json& parameter, const Json& value) {
  if (!value.is_array()) return value;
  const bool swagger = document.contains("swagger");
  const bool repeated = swagger ? TextMember(parameter, "collectionFormat") == "multi"
                                : Member(parameter, "explode") != Json(false);
  return repeated ? value : Json(TextOf(value));
}

/// Puts one value where the document wants it.
Status Place(const Json& document, const Json& parameter, const Json& value, std::string& path,
             Json& request) {
  const std::string name = TextMember(parameter, "name");
  const std::string in = TextMember(parameter, "in");
  if (in == "path") {
    const std::string mark = "{" + name + "}";
    if (const auto at = path.find(mark); at != std::string::npos)
      path.replace(at, mark.size(), UrlEncode(TextOf(value)));
  } else if (in == "query") {
    request["query"][name] = QueryValue(document, parameter, value);
  } else if (in == "header") {
    if (core::workflow::IsReservedHeader(name)) {
      return Invalid("OPENAPI_PARAMETER_REFUSED",
                     "the header `" + name +
                         "` is not for a workflow to set; a credential "
                         "stands in `authentication`");
    }
    request["headers"][name] = TextOf(value);
  } else if (in == "cookie") {
    const std::string before = TextMember(Member(request, "headers"), "Cookie");
    request["headers"]["Cookie"] =
        before + (before.empty() ? "" : "; ") + UrlEncode(name) + "=" + UrlEncode(TextOf(value));
  } else if (in == "body") {
    request["body"] = value;
  } else if (in == "formData") {
    request["headers"]["Content-Type"] = kForm;
    request["body"][name] = value;
  }
  return {};
}

/// A header that is a credential stands in `authentication`: the document's wish for it is no
/// parameter (OpenAPI 3, "Parameter Object").
bool IsNeeded(const Json& parameter) {
  const std::string in = TextMember(parameter, "in");
  if (in == "header" && core::workflow::IsReservedHeader(TextMember(parameter, "name")))
    return false;
  return in == "path" || Member(parameter, "required") == Json(true);
}

Error Missing(const std::string& name, const std::string& id) {
  return Invalid("OPENAPI_PARAMETER_MISSING",
                 "the operation " + id + " needs the parameter `" + name + "`");
}

Error Unknown(const std::string& name, const std::string& id,
              const std::vector<std::string>& known) {
  const std::string hint = core::workflow::DidYouMean(name, known);
  return Invalid("OPENAPI_PARAMETER_UNKNOWN", "the operation " + id + " has no parameter `" +
                                                  name.substr(0, 100) + "`" +
                                                  (hint.empty() ? "" : "; " + hint));
}

/// Of the media types that a body may have, the one that we can write; "" if there is none.
std::string WritableType(const Json& content) {
  std::string form;
  for (const auto& [type, schema] : content.items()) {
    const std::string bare = type.substr(0, type.find(';'));
    if (bare == "application/json" || bare.ends_with("+json") || bare == "*/*") return type;
    if (bare == kForm || bare.starts_with("text/")) form = type;
  }
  return form;
}

/// OpenAPI 3: what is no parameter is a property of the body; `body` is the body as a whole.
Status PlaceBody(const Json& document, const ApiOperation& operation, const std::string& id,
                 const Json& rest, const std::vector<std::string>& known, Json& request) {
  const Json& body = FollowReference(document, Member(*operation.definition, "requestBody"));
  if (rest.empty())
    return Member(body, "required") == Json(true) ? Status(Missing("body", id)) : Status();
  if (!body.is_object()) return Unknown(rest.begin().key(), id, known);
  request["body"] = rest.size() == 1 && rest.contains("body") ? rest["body"] : rest;
  const Json& content = Member(body, "content");
  if (!content.is_object() || content.empty()) return {};
  const std::string type = WritableType(content);
  if (type.empty()) {
    return Invalid("OPENAPI_PARAMETER_REFUSED",
                   "the operation " + id + " takes a body of the type " +
                       content.begin().key().substr(0, 100) + ", which cannot be written here");
  }
  request["headers"]["Content-Type"] = type.starts_with("*/*") ? "application/json" : type;
  return {};
}

Status PlaceParameters(const Json& document, const ApiOperation& operation, const Json& call,
                       std::string& path, Json& request) {
  const std::string id = TextMember(call, "operationId");
  const Json& given = Member(call, "parameters");
  Json rest = given.is_object() ? given : Json::object();
  std::vector<std::string> known;
  for (const Json& parameter : ParametersOf(document, operation)) {
    const std::string name = TextMember(parameter, "name");
    known.push_back(name);
    rest.erase(name);
    const Json& value = Member(given, name);
    if (value.is_null() && IsNeeded(parameter)) return Missing(name, id);
    if (value.is_null()) continue;
    if (Status placed = Place(document, parameter, value, path, request); !placed.ok())
      return placed;
  }
  return PlaceBody(document, operation, id, rest, known, request);
}

}  // namespace

Result<Json> OpenApiRequest(const Json& document, const std::string& uri, const Json& call) {
  const auto operation = FindOperation(document, TextMember(call, "operationId"));
  if (!operation.ok()) return operation.error();
  Json request = {{"method", operation->method}};
  for (const char* key : {"output", "redirect", "idempotency_key"}) {
    if (call.contains(key)) request[key] = call[key];
  }
  std::string path = operation->path;
  const Status placed = PlaceParameters(document, *operation, call, path, request);
  if (!placed.ok()) return placed.error();
  request["uri"] = ServerOf(document, *operation, uri) + path;
  return request;
}

}  // namespace sb::runtime
