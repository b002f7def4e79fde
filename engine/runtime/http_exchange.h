#pragma once

#include <string>

#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/ports/http_client.h"

namespace sb::runtime {

/// "Basic ..." (RFC 7617).
std::string BasicHeader(const std::string& name, const std::string& password);

/// A member of a policy as text; "" when there is none.
std::string CredentialText(const Json& scheme, const char* name);

/// The request that an HTTP call's fact asks for (core/workflow/http_call.h), still without its
/// authentication. `op_key` is sent as Idempotency-Key where the call says so.
ports::HttpRequest RenderHttpCall(const Json& call, const std::string& op_key);

/// Whether this is an answer that the call takes; else the error that it is: HTTP_STATUS_<status>.
/// `uri` is where the request went; `now` helps to read Retry-After.
Status JudgeHttpStatus(const Json& call, const std::string& uri,
                       const ports::HttpResponse& response, WallTime now);

/// What the call yields of this answer, or the error that it is: as JudgeHttpStatus, or kInvalid
/// HTTP_BODY_UNREADABLE.
Result<Json> JudgeHttpAnswer(const Json& call, const std::string& uri,
                             const ports::HttpResponse& response, WallTime now);

}  // namespace sb::runtime
