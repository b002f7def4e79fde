#pragma once

#include "connectors/aircall/sandbox/door/http.h"
#include "connectors/aircall/sandbox/world/lines.h"

namespace sb::aircall::sandbox {

/// What a PUT of a number may hold: name, priority and messages. Fails with SANDBOX_INVALID.
Result<LineDraft> LineDraftOf(const Request& request);
/// The same with what the company alone may change: e164, country, time_zone,
/// registration_status, live_recording_activated, is_ivr and user_ids.
Result<LineDraft> OwnLineDraftOf(const Request& request);

}  // namespace sb::aircall::sandbox
