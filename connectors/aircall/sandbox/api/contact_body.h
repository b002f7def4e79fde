#pragma once

#include "connectors/aircall/sandbox/door/http.h"
#include "connectors/aircall/sandbox/world/contact_book.h"

namespace sb::aircall::sandbox {

/// The body of a contact create or update. Both fail with kInvalid SANDBOX_INVALID on a malformed
/// body; what the values may be is the contact book's business.
Result<ContactDraft> ContactDraftOf(const Request& request);

/// The body {"label", "value"} of a detail.
Result<Detail> DetailOf(const Request& request);

}  // namespace sb::aircall::sandbox
