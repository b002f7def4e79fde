#pragma once

#include "connectors/aircall/sandbox/door/http.h"
#include "connectors/aircall/sandbox/world/messaging.h"

// The bodies in which texts are sent. Each fails with SANDBOX_INVALID.
namespace sb::aircall::sandbox {

/// {to, body, mediaUrl, user_id}; mediaUrl is one address or a list of them.
Result<MessageDraft> TextDraftOf(const Request& request, std::int64_t number_id);
/// {participants, body}
Result<MessageDraft> GroupDraftOf(const Request& request, std::int64_t number_id);

/// What the two WhatsApp requests call the same things.
struct WhatsappNames {
  const char* to;
  const char* with_template;
};

/// {lineId, <to>, text} or with <with_template> instead of the text.
Result<MessageDraft> WhatsappDraftOf(const Request& request, const WhatsappNames& names);

/// {number_id, from, body, mediaUrl, user_id, whatsapp}: what the control API has somebody send.
Result<MessageDraft> IncomingDraftOf(const Request& request, std::int64_t first_number);

}  // namespace sb::aircall::sandbox
