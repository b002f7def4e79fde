#include "engine/runtime/openapi.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/yaml.h"
#include "engine/core/workflow/suggest.h"

namespace sb::runtime {
namespace {

constexpr std::array kMethods = {"get", "head", "post", "put", "delete", "patch", "options"};
constexpr int kMostReferences = 20;

Error BadDocument(const std::string& what) {
  return Invalid("OPENAPI_DOCUMENT_INVALID", "the OpenAPI document " + what);
}

Result<Json> ReadDocument(const std::string& text) {
  if (auto json = ParseJson(text); json.ok() && json->is_object()) return json;
  auto yaml = ParseYaml(text);
  if (!yaml.document || !yaml.document->value.is_object())
    return BadDocument("is neither JSON nor YAML");
  return std::move(yaml.document->value);
}

/// The value, or what its `$ref` inside the same document names.
const Json& Follow(const Json& document, const Json& value) {
  static const Json kNothing;
  const Json* at = &value;
  for (int i = 0; i < kMostReferences; ++i) {
    const std::string ref = TextMember(*at, "$ref");
    if (ref.empty()) return *at;
    if (!ref.starts_with("#/")) return kNothing;
    const std::string pointer = UrlDecode(ref.substr(1)).value_or("");
    const Json* found = &document;
    for (std::size_t begin = 1; begin <= pointer.size() && found != &kNothing;) {
      const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
      std::string key = pointer.substr(begin, end - begin);
      for (std::size_t tilde = key.find('~'); tilde != std::string::npos;
           tilde = key.find('~', tilde + 1)) {
        key.replace(tilde, 2, key.substr(tilde, 2) == "~1" ? "/" : "~");
      }
      found = found->is_object() && found->contains(key) ? &(*found)[key] : &kNothing;
      begin = end + 1;
    }
    at = found;
  }
  return kNothing;
}

struct Operation {
  std::string method;  ///< Upper case.
  std::string path;
  const Json* path_item = nullptr;
  const Json* definition = nullptr;
};

Result<Operation> FindOperation(const Json& document, const std::string& id) {
  std::vector<std::string> known;
  const Json& paths = Member(document, "paths");
  if (!paths.is_object()) return BadDocument("has no `paths`");
  for (const auto& [path, value] : paths.items()) {
    const Json& item = Follow(document, value);
    for (const char* method : kMethods) {
      const Json& operation = Member(item, method);
      const std::string name = TextMember(operation, "operationId");
      if (!name.empty()) known.push_back(name);
      if (name != id) continue;
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      return Operation{upper, path, &item, &operation};
    }
  }
  const std::string hint = core::workflow::DidYouMean(id, known);
  return Invalid("OPENAPI_OPERATION_UNKNOWN", "the document has no operation " + id.substr(0, 100) +
                                                  (hint.empty() ? "" : "; " + hint));
}

/// Scheme and host of an address: "https://host:1234".
std::string OriginOf(const std::string& uri) {
  return uri.substr(0, uri.find_first_of("/?#", uri.find("://") + 3));
}

std::string Absolute(const std::string& server, const std::string& uri) {
  if (server.find("://") != std::string::npos) return server;
  if (server.starts_with("//")) return uri.substr(0, uri.find(':') + 1) + server;
  if (server.starts_with("/")) return OriginOf(uri) + server;
  const std::string base = uri.substr(0, uri.find_first_of("?#"));
  const std::size_t slash = base.rfind('/');
  const std::string folder = slash > base.find("://") + 2 ? base.substr(0, slash) : OriginOf(uri);
  return folder + "/" + server;
}

/// Swagger 2.0: scheme, host and basePath, each by default that of the document itself.
std::string SwaggerServer(const Json& document, const std::string& uri) {
  std::string origin = OriginOf(uri);
  std::string scheme = origin.substr(0, origin.find(':'));
  const Json& schemes = Member(document, "schemes");
  if (schemes.is_array() && !schemes.empty()) {
    const bool same = std::find(schemes.begin(), schemes.end(), Json(scheme)) != schemes.end();
    const bool secure = std::find(schemes.begin(), schemes.end(), Json("https")) != schemes.end();
    if (secure) scheme = "https";
    if (!secure && !same && schemes[0].is_string()) scheme = schemes[0].get<std::string>();
  }
  std::string host = TextMember(document, "host");
  if (host.empty()) host = origin.substr(origin.find("://") + 3);
  return scheme + "://" + host + TextMember(document, "basePath");
}

std::string ServerOf(const Json& document, const Operation& operation, const std::string& uri) {
  std::string server;
  if (document.contains("swagger")) {
    server = SwaggerServer(document, uri);
  } else {
    const Json* servers = &Member(document, "servers");
    for (const Json* nearer : {operation.path_item, operation.definition}) {
      if (Member(*nearer, "servers").is_array()) servers = &Member(*nearer, "servers");
    }
    const Json first = servers->is_array() && !servers->empty() ? servers->front() : Json();
    std::string url = TextMember(first, "url");
    const Json& variables = Member(first, "variables");
    if (variables.is_object()) {
      for (const auto& [name, variable] : variables.items()) {
        const std::string mark = "{" + name + "}";
        if (const auto at = url.find(mark); at != std::string::npos)
          url.replace(at, mark.size(), TextMember(variable, "default"));
      }
    }
    server = Absolute(url.empty() ? "/" : url, uri);
  }
  while (server.ends_with('/')) server.pop_back();
  return server;
}

/// The parameters of path item and operation; the operation's win.
std::vector<Json> ParametersOf(const Json& document, const Operation& operation) {
  std::vector<Json> all;
  for (const Json* holder : {operation.path_item, operation.definition}) {
    const Json& listed = Member(*holder, "parameters");
    if (!listed.is_array()) continue;
    for (const Json& each : listed) {
      const Json& parameter = Follow(document, each);
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
void Place(const Json& document, const Json& parameter, const Json& value, std::string& path,
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
    request["headers"][name] = TextOf(value);
  } else if (in == "cookie") {
    const std::string before = TextMember(Member(request, "headers"), "Cookie");
    request["headers"]["Cookie"] =
        before + (before.empty() ? "" : "; ") + name + "=" + UrlEncode(TextOf(value));
  } else if (in == "body") {
    request["body"] = value;
  } else if (in == "formData") {
    request["headers"]["Content-Type"] = "application/x-www-form-urlencoded";
    request["body"][name] = value;
  }
}

Error Missing(const std::string& name, const std::string& id) {
  return Invalid("OPENAPI_PARAMETER_MISSING",
                 "the operation " + id + " needs the parameter `" + name + "`");
}

/// OpenAPI 3: what is no parameter is a property of the body; `body` is the body as a whole.
Status PlaceBody(const Json& document, const Operation& operation, const std::string& id,
                 const Json& rest, const std::vector<std::string>& known, Json& request) {
  const Json& body = Follow(document, Member(*operation.definition, "requestBody"));
  if (rest.empty()) {
    return Member(body, "required") == Json(true) ? Status(Missing("body", id)) : Status();
  }
  if (!body.is_object()) {
    const std::string name = rest.begin().key();
    const std::string hint = core::workflow::DidYouMean(name, known);
    return Invalid("OPENAPI_PARAMETER_UNKNOWN", "the operation " + id + " has no parameter `" +
                                                    name.substr(0, 100) + "`" +
                                                    (hint.empty() ? "" : "; " + hint));
  }
  request["body"] = rest.size() == 1 && rest.contains("body") ? rest["body"] : rest;
  const Json& content = Member(body, "content");
  if (content.is_object() && !content.empty()) {
    const bool json = content.contains("application/json");
    request["headers"]["Content-Type"] =
        json ? std::string("application/json") : content.begin().key();
  }
  return {};
}

}  // namespace

Result<Json> OpenApiRequest(const std::string& text, const std::string& uri, const Json& call) {
  auto document = ReadDocument(text);
  if (!document.ok()) return document.error();
  if (!document->contains("openapi") && !document->contains("swagger"))
    return BadDocument("says neither `openapi` nor `swagger`");
  const std::string id = TextMember(call, "operationId");
  const auto operation = FindOperation(*document, id);
  if (!operation.ok()) return operation.error();
  Json request = {{"method", operation->method}};
  for (const char* key : {"output", "redirect", "idempotency_key"}) {
    if (call.contains(key)) request[key] = call[key];
  }
  Json rest = Member(call, "parameters").is_object() ? call["parameters"] : Json::object();
  std::string path = operation->path;
  std::vector<std::string> known;
  for (const Json& parameter : ParametersOf(*document, *operation)) {
    const std::string name = TextMember(parameter, "name");
    known.push_back(name);
    const Json& value = Member(Member(call, "parameters"), name);
    rest.erase(name);
    if (!value.is_null()) {
      Place(*document, parameter, value, path, request);
    } else if (Member(parameter, "required") == Json(true)) {
      return Missing(name, id);
    }
  }
  const Status placed = PlaceBody(*document, *operation, id, rest, known, request);
  if (!placed.ok()) return placed.error();
  request["uri"] = ServerOf(*document, *operation, uri) + path;
  return request;
}

}  // namespace sb::runtime
