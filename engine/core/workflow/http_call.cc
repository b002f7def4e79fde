#include "engine/core/workflow/http_call.h"

#include <algorithm>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/text.h"

namespace sb::core::workflow {
namespace {

Error Wrong(const std::string& what) {
  return Invalid("HTTP_REQUEST_INVALID", what);
}

bool IsScalar(const Json& value) {
  return value.is_string() || value.is_number() || value.is_boolean();
}

/// A value in a URI (RFC 6570, simple expansion): a list has commas.
std::optional<std::string> PartOfUri(const Json& value) {
  if (IsScalar(value)) return UrlEncode(PlainText(value));
  if (!value.is_array()) return {};
  std::string list;
  for (const Json& each : value) {
    if (!IsScalar(each)) return {};
    list += (list.empty() ? "" : ",") + UrlEncode(PlainText(each));
  }
  return list;
}

/// Puts the input's members in the place of `{name}`.
Result<std::string> Expand(const std::string& uri, const Json& input) {
  std::string expanded;
  std::size_t at = 0;
  for (auto open = uri.find('{'); open != std::string::npos; open = uri.find('{', at)) {
    const std::size_t close = uri.find('}', open);
    if (close == std::string::npos) break;
    const std::string name = uri.substr(open + 1, close - open - 1);
    const auto part = PartOfUri(Member(input, name));
    if (!part) {
      return Wrong("the address needs `" + name +
                   "`, and the task's input has no such text, number or list");
    }
    expanded += uri.substr(at, open - at) + *part;
    at = close + 1;
  }
  return expanded + uri.substr(at);
}

Result<std::string> EvaluateUri(const std::string& uri, const Scope& scope, const Json& input) {
  if (!IsExpression(uri)) return Expand(uri, input);
  auto value = scope.Evaluate(ExpressionSource(uri), input, {});
  if (!value.ok()) return value.error();
  if (!value->is_string()) return Wrong("the address is no text");
  return value->get<std::string>();
}

/// Evaluates headers, query or parameters into a mapping.
Status AddFields(const char* key, const Json& fields, const Scope& scope, const Json& input,
                 Json& request) {
  if (fields.is_null()) return {};
  auto value = EvaluateTemplate(scope, fields, input, {});
  if (!value.ok()) return value.error();
  if (!value->is_object()) return Wrong(std::string("`") + key + "` is no mapping");
  request[key] = std::move(value).value();
  return {};
}

Status CheckHeaders(const Json& headers) {
  if (!headers.is_object()) return {};
  for (const auto& [name, value] : headers.items()) {
    if (IsReservedHeader(name))
      return Wrong("the header `" + name + "` is not for a workflow to set");
    if (!IsScalar(value)) return Wrong("the header `" + name + "` is neither text nor number");
  }
  return {};
}

void AddAnswerRule(const AnswerRule& rule, const EnginePolicy& policy, Json& request) {
  if (rule.form == ResponseForm::kResponse) request["output"] = "response";
  if (rule.form == ResponseForm::kRaw) request["output"] = "raw";
  if (rule.redirect) request["redirect"] = true;
  if (policy.idempotency_key) request["idempotency_key"] = true;
}

bool HoldsExpression(const Json& value) {
  if (value.is_string()) return IsExpression(value.get_ref<const std::string&>());
  return value.is_structured() && std::any_of(value.begin(), value.end(), HoldsExpression);
}

/// Evaluates all expressions but those of $secrets. Data that looks like an expression is refused:
/// who sends the request could not tell it from one of the workflow's own, which may read secrets.
Result<Json> EvaluateOpenly(const Json& value, const Scope& scope, const Json& input) {
  if (value.is_string() && Mentions(value.get_ref<const std::string&>(), "secrets")) return value;
  if (!value.is_structured()) {
    auto data = EvaluateTemplate(scope, value, input, {});
    if (data.ok() && HoldsExpression(*data))
      return Wrong("a value of `authentication` looks like an expression");
    return data;
  }
  Json evaluated = value;
  for (Json& part : evaluated) {
    auto result = EvaluateOpenly(part, scope, input);
    if (!result.ok()) return result.error();
    part = std::move(result).value();
  }
  return evaluated;
}

const Json& PolicyOf(const CallTask& call, const std::string& action) {
  static const Json kNone;
  if (const auto* http = std::get_if<HttpCall>(&call.what)) return http->authentication;
  const auto* openapi = std::get_if<OpenApiCall>(&call.what);
  if (openapi == nullptr) return kNone;
  return action == kOpenApiAction ? openapi->document_authentication : openapi->authentication;
}

}  // namespace

bool IsReservedHeader(std::string_view name) {
  static const std::set<std::string> kReserved = {"authorization",
                                                  "connection",
                                                  "content-length",
                                                  "cookie",
                                                  "expect",
                                                  "host",
                                                  "keep-alive",
                                                  "proxy-authorization",
                                                  "te",
                                                  "trailer",
                                                  "transfer-encoding",
                                                  "upgrade"};
  return kReserved.contains(Lower(name));
}

Result<Json> EvaluateCall(const HttpCall& call, const EnginePolicy& policy, const Scope& scope,
                          const Json& input) {
  const auto uri = EvaluateUri(call.uri, scope, input);
  if (!uri.ok()) return uri.error();
  Json request = {{"method", call.method}, {"uri", *uri}};
  for (const auto& [key, fields] : {std::pair("headers", &call.headers), {"query", &call.query}}) {
    if (const Status added = AddFields(key, *fields, scope, input, request); !added.ok())
      return added.error();
  }
  if (const Status fit = CheckHeaders(Member(request, "headers")); !fit.ok()) return fit.error();
  if (!call.body.is_null()) {
    auto body = EvaluateTemplate(scope, call.body, input, {});
    if (!body.ok()) return body.error();
    request["body"] = std::move(body).value();
  }
  AddAnswerRule(call.answer, policy, request);
  return request;
}

Result<Json> EvaluateCall(const OpenApiCall& call, const EnginePolicy& policy, const Scope& scope,
                          const Json& input) {
  const auto uri = EvaluateUri(call.document, scope, input);
  if (!uri.ok()) return uri.error();
  Json request = {{"document", *uri}, {"operationId", call.operation_id}};
  const Status added = AddFields("parameters", call.parameters, scope, input, request);
  if (!added.ok()) return added.error();
  AddAnswerRule(call.answer, policy, request);
  return request;
}

EffectClass EffectOf(const Json& request) {
  const std::string method = TextMember(request, "method");
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return EffectClass::kRead;
  if (method == "PUT" || method == "DELETE") return EffectClass::kIdempotent;
  return Member(request, "idempotency_key") == Json(true) ? EffectClass::kKeyed
                                                          : EffectClass::kBlind;
}

Result<Json> AuthenticationOf(const DecideContext& context, const Run& run,
                              const std::string& ref) {
  const Task* task = context.workflow.Find(DefinitionPointer(ref));
  const auto state = run.tasks.find(ref);
  if (task == nullptr || state == run.tasks.end() || !state->second.request) return Json();
  const auto* call = std::get_if<CallTask>(&task->kind);
  if (call == nullptr) return Json();
  const TaskState& entered = state->second;
  TaskView view{task, ref, entered.started_at};
  view.raw_input = entered.raw_input.is_null() ? &entered.input : &entered.raw_input;
  view.input = &entered.input;
  return EvaluateOpenly(PolicyOf(*call, entered.request->action), Scope(context, run, view),
                        entered.input);
}

Json AuthorizedHeadersOf(const DecideContext& context, const Run& run, const std::string& ref) {
  const Task* task = context.workflow.Find(DefinitionPointer(ref));
  const auto* call = task == nullptr ? nullptr : std::get_if<CallTask>(&task->kind);
  const auto* http = call == nullptr ? nullptr : std::get_if<HttpCall>(&call->what);
  return http == nullptr || !run.tasks.contains(ref) ? Json() : http->authorized_headers;
}

}  // namespace sb::core::workflow
