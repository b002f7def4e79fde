#include "engine/runtime/openapi_document.h"

#include <algorithm>
#include <array>
#include <cctype>
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

/// The value at a JSON pointer; null if there is none.
const Json& At(const Json& document, const std::string& pointer) {
  static const Json kNothing;
  const Json* found = &document;
  for (std::size_t begin = 1; begin <= pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
    std::string key = pointer.substr(begin, end - begin);
    for (std::size_t tilde = key.find('~'); tilde != std::string::npos;
         tilde = key.find('~', tilde + 1)) {
      key.replace(tilde, 2, key.substr(tilde, 2) == "~1" ? "/" : "~");
    }
    if (!found->is_object() || !found->contains(key)) return kNothing;
    found = &(*found)[key];
    begin = end + 1;
  }
  return *found;
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

/// The address of `servers` that stands nearest to the operation, with its variables' defaults.
std::string ServerUrl(const Json& document, const ApiOperation& operation) {
  const Json* servers = &Member(document, "servers");
  for (const Json* nearer : {operation.path_item, operation.definition}) {
    if (Member(*nearer, "servers").is_array()) servers = &Member(*nearer, "servers");
  }
  const Json first = servers->is_array() && !servers->empty() ? servers->front() : Json();
  std::string url = TextMember(first, "url");
  const Json& variables = Member(first, "variables");
  if (!variables.is_object()) return url;
  for (const auto& [name, variable] : variables.items()) {
    const std::string mark = "{" + name + "}";
    if (const auto at = url.find(mark); at != std::string::npos)
      url.replace(at, mark.size(), TextMember(variable, "default"));
  }
  return url;
}

}  // namespace

Result<std::shared_ptr<const Json>> ReadOpenApiDocument(const std::string& text) {
  Json document;
  if (auto json = ParseJson(text); json.ok()) {
    document = std::move(json).value();
  } else if (auto yaml = ParseYaml(text); yaml.document) {
    document = std::move(yaml.document->value);
  }
  if (!document.is_object()) return BadDocument("is neither JSON nor YAML");
  if (!document.contains("openapi") && !document.contains("swagger"))
    return BadDocument("says neither `openapi` nor `swagger`");
  return std::make_shared<const Json>(std::move(document));
}

const Json& FollowReference(const Json& document, const Json& value) {
  static const Json kNothing;
  const Json* at = &value;
  for (int i = 0; i < kMostReferences; ++i) {
    const std::string ref = TextMember(*at, "$ref");
    if (ref.empty()) return *at;
    if (!ref.starts_with("#/")) return kNothing;
    at = &At(document, UrlDecode(ref.substr(1)).value_or(""));
  }
  return kNothing;
}

Result<ApiOperation> FindOperation(const Json& document, const std::string& id) {
  std::vector<std::string> known;
  const Json& paths = Member(document, "paths");
  if (!paths.is_object()) return BadDocument("has no `paths`");
  for (const auto& [path, value] : paths.items()) {
    const Json& item = FollowReference(document, value);
    for (const char* method : kMethods) {
      const Json& operation = Member(item, method);
      const std::string name = TextMember(operation, "operationId");
      if (!name.empty()) known.push_back(name);
      if (name != id) continue;
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      return ApiOperation{upper, path, &item, &operation};
    }
  }
  const std::string hint = core::workflow::DidYouMean(id, known);
  return Invalid("OPENAPI_OPERATION_UNKNOWN", "the document has no operation " + id.substr(0, 100) +
                                                  (hint.empty() ? "" : "; " + hint));
}

std::string ServerOf(const Json& document, const ApiOperation& operation, const std::string& uri) {
  std::string server;
  if (document.contains("swagger")) {
    server = SwaggerServer(document, uri);
  } else {
    const std::string url = ServerUrl(document, operation);
    server = Absolute(url.empty() ? "/" : url, uri);
  }
  while (server.ends_with('/')) server.pop_back();
  return server;
}

}  // namespace sb::runtime
