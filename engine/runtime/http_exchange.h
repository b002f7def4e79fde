#pragma once

#include <string>

#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/ports/http_client.h"

namespace sb::runtime {

/// The request that an HTTP call's fact asks for (core/workflow/http_call.h), still without its
/// authentication. `op_key` is sent as Idempotency-Key where the call says so.
ports::HttpRequest RenderHttpCall(const Json& call, const std::string& op_key);

/// What the call yields of this answer, or the error that it is: code HTTP_STATUS_<status>, or
/// kInvalid HTTP_BODY_UNREADABLE. `uri` is where the request went; `now` helps to read Retry-After.
Result<Json> JudgeHttpAnswer(const Json& call, const std::string& uri,
                             const ports::HttpResponse& response, WallTime now);

}  // namespace sb::runtime
