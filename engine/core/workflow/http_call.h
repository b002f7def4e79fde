#pragma once

#include <string>

#include "engine/core/workflow/decide.h"
#include "engine/core/workflow/scope.h"

namespace sb::core::workflow {

/// What CallRequested names as the action of the language's own calls. An OpenAPI call first asks
/// for kOpenApiAction, whose output is the request that it then makes with kHttpAction.
inline constexpr const char* kHttpAction = "http";
inline constexpr const char* kOpenApiAction = "openapi";

/// The input of kHttpAction: {"method", "uri", "headers", "query", "body", "output", "redirect",
/// "idempotency_key"}; what is absent is left out. Errors are of the evaluation, and kInvalid
/// HTTP_REQUEST_INVALID.
Result<Json> EvaluateCall(const HttpCall& call, const EnginePolicy& policy, const Scope& scope,
                          const Json& input);
/// The input of kOpenApiAction: {"document", "operationId", "parameters", "output", "redirect",
/// "idempotency_key"}.
Result<Json> EvaluateCall(const OpenApiCall& call, const EnginePolicy& policy, const Scope& scope,
                          const Json& input);
/// Headers that no workflow sets: credentials, which stand in `authentication`, and what belongs to
/// the connection.
bool IsReservedHeader(std::string_view name);
/// What repeating this input of kHttpAction may do.
EffectClass EffectOf(const Json& request);

/// The authentication of the request that the task at `ref` waits for, evaluated but for the
/// expressions of $secrets; null when it has none. For the moment of sending: never part of a fact.
Result<Json> AuthenticationOf(const DecideContext& context, const Run& run, const std::string& ref);
/// The headers of that request that are made of $authorization, as expressions; null when it has
/// none. Likewise: what they give never enters a fact.
Json AuthorizedHeadersOf(const DecideContext& context, const Run& run, const std::string& ref);

}  // namespace sb::core::workflow
