#include <algorithm>
#include <cctype>
#include <string_view>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/definition_reader.h"
#include "engine/core/workflow/http_call.h"
#include "engine/core/workflow/scope.h"
#include "engine/core/workflow/suggest.h"

namespace sb::core::workflow {
namespace {

const std::vector<std::string> kMethods = {"GET",    "HEAD",  "POST",   "PUT",
                                           "DELETE", "PATCH", "OPTIONS"};
const std::vector<std::string> kPolicies = {"basic", "bearer", "digest", "oauth2"};

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// ---- Authentication ----

void Require(DefinitionReader& reader, const Node& node, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (!node.Has(key))
      reader.Report("WORKFLOW_FIELD_MISSING", node.pointer, "`" + key + "` is missing here");
  }
}

void CheckOauth(DefinitionReader& reader, const Node& oauth) {
  reader.CheckKeys(oauth, {"authority", "endpoints", "grant", "client", "request", "scopes",
                           "audiences", "issuers"});
  Require(reader, oauth, {"authority", "client"});
  if (oauth.Has("grant") && oauth.At("grant").value != Json("client_credentials")) {
    reader.Report("WORKFLOW_UNSUPPORTED", oauth.pointer + "/grant",
                  "the grant of an OAuth 2 authentication must be client_credentials");
  }
  if (!oauth.Has("client") || !reader.ExpectObject(oauth.At("client"), "`client`")) return;
  const Node client = oauth.At("client");
  reader.CheckKeys(client, {"id", "secret", "authentication"});
  Require(reader, client, {"id", "secret"});
  const Json& way = client.At("authentication").value;
  if (!way.is_null() && way != Json("client_secret_post") && way != Json("client_secret_basic")) {
    reader.Report("WORKFLOW_UNSUPPORTED", client.pointer + "/authentication",
                  "a client authenticates with client_secret_post or client_secret_basic here");
  }
}

void CheckScheme(DefinitionReader& reader, const std::string& kind, const Node& scheme) {
  if (!reader.ExpectObject(scheme, "`" + kind + "`")) return;
  if (scheme.Has("use")) {
    reader.CheckKeys(scheme, {"use"});
    return reader.CheckSecretName(reader.Text(scheme, "use", true), scheme.pointer + "/use");
  }
  if (kind == "oauth2") {
    CheckOauth(reader, scheme);
  } else if (kind == "bearer") {
    reader.CheckKeys(scheme, {"token"});
    Require(reader, scheme, {"token"});
  } else {
    reader.CheckKeys(scheme, {"username", "password"});
    Require(reader, scheme, {"username", "password"});
  }
  reader.CheckTemplate(scheme, ArgumentSet::kAuthentication);
}

/// A policy, or the name of one, with the policy put in the name's place.
Authentication ReadAuthentication(DefinitionReader& reader, const Node& parent) {
  if (!parent.Has("authentication")) return {};
  const Node node = parent.At("authentication");
  const bool named = node.value.is_string() || node.Has("use");
  if (!named) {
    CheckAuthentication(reader, node);
    return node.value;
  }
  const std::string name =
      node.value.is_string() ? node.value.get<std::string>() : reader.Text(node, "use", true);
  const Node all = reader.Reusable("authentications");
  if (all.Has(name)) return all.At(name).value;
  reader.ReportUnknownName(node, "authentication", "authentications");
  return {};
}

// ---- Parts of both calls ----

struct Endpoint {
  std::string uri;
  Authentication authentication;
};

/// Whether all braces are those of `{name}`.
bool IsUriTemplate(std::string_view uri) {
  constexpr std::string_view kName =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  for (auto open = uri.find_first_of("{}"); open != std::string_view::npos;) {
    const auto close = uri.find_first_not_of(kName, open + 1);
    if (uri[open] != '{' || close == open + 1 || close >= uri.size() || uri[close] != '}')
      return false;
    open = uri.find_first_of("{}", close + 1);
  }
  return true;
}

std::string ReadUri(DefinitionReader& reader, const Node& parent, const std::string& key) {
  std::string uri = reader.Text(parent, key, true);
  const Node node = parent.At(key);
  if (IsExpression(uri)) {
    reader.CheckTemplate(node, ArgumentSet::kBody);
  } else if (!uri.empty() && !uri.starts_with("http://") && !uri.starts_with("https://") &&
             !uri.starts_with("{")) {
    reader.Invalid(node, "an address begins with https:// or http://");
  } else if (!IsUriTemplate(uri)) {
    reader.Invalid(node,
                   "`{name}` stands for a member of the task's input; other braces, and other "
                   "operators of RFC 6570, cannot be used here");
  }
  return uri;
}

Endpoint ReadEndpoint(DefinitionReader& reader, const Node& parent) {
  if (!parent.Has("endpoint")) {
    reader.Report("WORKFLOW_FIELD_MISSING", parent.pointer, "`endpoint` is missing here");
    return {};
  }
  if (parent.At("endpoint").value.is_string()) return {ReadUri(reader, parent, "endpoint"), {}};
  const Node node = parent.At("endpoint");
  if (!reader.ExpectObject(node, "`endpoint`")) return {};
  reader.CheckKeys(node, {"uri", "authentication"});
  return {ReadUri(reader, node, "uri"), ReadAuthentication(reader, node)};
}

AnswerRule ReadAnswer(DefinitionReader& reader, const Node& with) {
  AnswerRule rule;
  const std::string form = with.Has("output") ? reader.Text(with, "output", true) : "content";
  if (form == "response") rule.form = ResponseForm::kResponse;
  if (form == "raw") rule.form = ResponseForm::kRaw;
  if (!form.empty() && form != "content" && form != "response" && form != "raw")
    reader.Report("WORKFLOW_FIELD_INVALID", with.pointer + "/output",
                  "`output` must be content, response or raw",
                  DidYouMean(form, {"content", "response", "raw"}));
  const Json& redirect = with.At("redirect").value;
  rule.redirect = redirect == Json(true);
  if (!redirect.is_null() && !redirect.is_boolean())
    reader.Invalid(with.At("redirect"), "`redirect` must be true or false");
  return rule;
}

/// Headers and query: a mapping, or an expression that gives one.
Json ReadFields(DefinitionReader& reader, const Node& with, const std::string& key) {
  if (!with.Has(key)) return {};
  const Node node = with.At(key);
  const bool expression = node.value.is_string() && IsExpression(node.value.get<std::string>());
  if (!expression && !reader.ExpectObject(node, "`" + key + "`")) return {};
  reader.CheckTemplate(node, ArgumentSet::kBody);
  return node.value;
}

bool MentionsAuthorization(const Json& value) {
  return value.is_string() && IsExpression(value.get_ref<const std::string&>()) &&
         Mentions(value.get_ref<const std::string&>(), "authorization");
}

/// An expression of $authorization is evaluated when the request is sent, far from the run, so that
/// the credential enters no fact: nothing else is there.
void CheckAuthorized(DefinitionReader& reader, const Node& header,
                     const Authentication& authentication) {
  const std::string source = ExpressionSource(header.value.get<std::string>());
  const Status status = reader.expressions().Check(source, {"authorization"});
  if (!status.ok()) {
    reader.Report(
        "WORKFLOW_EXPRESSION_INVALID", header.pointer,
        status.error().message + "; an expression of $authorization can use nothing else");
  }
  if (!authentication.is_object()) {
    reader.Report("WORKFLOW_EXPRESSION_INVALID", header.pointer,
                  "$authorization is what `endpoint.authentication` gives, and there is none");
  } else if (authentication.contains("digest")) {
    reader.Report("WORKFLOW_EXPRESSION_INVALID", header.pointer,
                  "with `digest` each request is signed by itself: there is no $authorization");
  }
}

/// As ReadFields, but for what needs $authorization.
Json ReadHeaders(DefinitionReader& reader, const Node& with) {
  if (!with.At("headers").value.is_object()) return ReadFields(reader, with, "headers");
  for (const auto& [name, value] : with.At("headers").value.items()) {
    if (!MentionsAuthorization(value))
      reader.CheckTemplate(with.At("headers").At(name), ArgumentSet::kBody);
  }
  return with.At("headers").value;
}

/// Takes the headers that need $authorization out of `headers`.
Json TakeAuthorized(DefinitionReader& reader, const Node& with, HttpCall& call) {
  Json authorized;
  if (!call.headers.is_object()) return authorized;
  for (const auto& [name, value] : with.At("headers").value.items()) {
    if (!MentionsAuthorization(value)) continue;
    CheckAuthorized(reader, with.At("headers").At(name), call.authentication);
    authorized[name] = value;
    call.headers.erase(name);
  }
  return authorized;
}

void RefuseReserved(DefinitionReader& reader, const Node& headers) {
  if (!headers.value.is_object()) return;
  for (const auto& [name, value] : headers.value.items()) {
    if (!IsReservedHeader(name)) continue;
    reader.ReportKey("WORKFLOW_FIELD_INVALID", headers.pointer + "/" + name,
                     "the header `" + name +
                         "` is not for a workflow to set; a credential stands in "
                         "`endpoint.authentication`, so that it never enters the journal");
  }
}

}  // namespace

void CheckAuthentication(DefinitionReader& reader, const Node& policy) {
  if (!reader.ExpectObject(policy, "an authentication")) return;
  if (policy.value.size() != 1) {
    return reader.Invalid(policy, "an authentication is one of basic, bearer, digest and oauth2");
  }
  reader.CheckKeys(policy, kPolicies);
  const std::string kind = policy.value.begin().key();
  if (std::find(kPolicies.begin(), kPolicies.end(), kind) != kPolicies.end())
    CheckScheme(reader, kind, policy.At(kind));
}

std::optional<TaskKind> ParseHttpCall(DefinitionReader& reader, const Node& with) {
  if (!reader.ExpectObject(with, "`with`")) return {};
  reader.CheckKeys(with, {"method", "endpoint", "headers", "query", "body", "output", "redirect"});
  HttpCall call;
  call.method = Upper(reader.Text(with, "method", true));
  if (!call.method.empty() && std::count(kMethods.begin(), kMethods.end(), call.method) == 0) {
    reader.Report("WORKFLOW_FIELD_INVALID", with.pointer + "/method",
                  "`method` must be get, head, post, put, delete, patch or options",
                  DidYouMean(call.method, kMethods));
  }
  Endpoint endpoint = ReadEndpoint(reader, with);
  call.uri = std::move(endpoint.uri);
  call.authentication = std::move(endpoint.authentication);
  call.headers = ReadHeaders(reader, with);
  call.authorized_headers = TakeAuthorized(reader, with, call);
  RefuseReserved(reader, with.At("headers"));
  call.query = ReadFields(reader, with, "query");
  reader.CheckTemplate(with.At("body"), ArgumentSet::kBody);
  call.body = with.At("body").value;
  call.answer = ReadAnswer(reader, with);
  return CallTask{std::move(call)};
}

std::optional<TaskKind> ParseOpenApiCall(DefinitionReader& reader, const Node& with) {
  if (!reader.ExpectObject(with, "`with`")) return {};
  reader.CheckKeys(
      with, {"document", "operationId", "parameters", "authentication", "output", "redirect"});
  OpenApiCall call;
  if (!with.Has("document")) {
    reader.Report("WORKFLOW_FIELD_MISSING", with.pointer, "`document` is missing here");
  } else if (reader.ExpectObject(with.At("document"), "`document`")) {
    reader.CheckKeys(with.At("document"), {"name", "endpoint"});
    Endpoint endpoint = ReadEndpoint(reader, with.At("document"));
    call.document = std::move(endpoint.uri);
    call.document_authentication = std::move(endpoint.authentication);
  }
  call.operation_id = reader.Text(with, "operationId", true);
  call.parameters = ReadFields(reader, with, "parameters");
  call.authentication = ReadAuthentication(reader, with);
  call.answer = ReadAnswer(reader, with);
  return CallTask{std::move(call)};
}

}  // namespace sb::core::workflow
