#include "connectors/aircall/sandbox/api/message_body.h"

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

/// The texts of a member that is one text or a list of them.
std::vector<std::string> Texts(const Json& value) {
  std::vector<std::string> texts;
  if (value.is_string()) return {value.get<std::string>()};
  if (!value.is_array()) return texts;
  for (const Json& each : value) {
    // Participants are objects in some clients: {"phone_number": "+1617..."} (accepted by us).
    texts.push_back(each.is_string() ? each.get<std::string>() : TextMember(each, "phone_number"));
  }
  return texts;
}

/// An id sent as a number or as text: lineId comes both ways.
std::int64_t IdMember(const Json& body, const char* name) {
  const Json& value = Member(body, name);
  if (value.is_number_integer()) return value.get<std::int64_t>();
  return ParseInteger(TextMember(body, name)).value_or(0);
}

MessageDraft DraftFrom(const Json& body, const char* party, std::int64_t number_id) {
  MessageDraft draft{.number_id = number_id,
                     .external = Texts(Member(body, party)),
                     .body = TextMember(body, "body"),
                     .media = Texts(Member(body, "mediaUrl"))};
  if (const std::int64_t user_id = IdMember(body, "user_id"); user_id != 0) {
    draft.user_id = user_id;
  }
  return draft;
}

}  // namespace

Result<MessageDraft> TextDraftOf(const Request& request, std::int64_t number_id) {
  const auto body = BodyOf(request);
  if (!body.ok()) return body.error();
  return DraftFrom(*body, "to", number_id);
}

Result<MessageDraft> GroupDraftOf(const Request& request, std::int64_t number_id) {
  const auto body = BodyOf(request);
  if (!body.ok()) return body.error();
  MessageDraft draft = DraftFrom(*body, "participants", number_id);
  draft.group = true;
  return draft;
}

Result<MessageDraft> WhatsappDraftOf(const Request& request, const WhatsappNames& names) {
  const auto body = BodyOf(request);
  if (!body.ok()) return body.error();
  MessageDraft draft = DraftFrom(*body, names.to, IdMember(*body, "lineId"));
  draft.body = TextMember(*body, "text");
  draft.whatsapp = true;
  // Sources differ on the name of the first endpoint's template, so that both names are taken.
  const Json& named = Member(*body, names.with_template);
  const Json& used = named.is_null() ? Member(*body, "templateParams") : named;
  if (!used.is_null()) {
    draft.template_content = PlainText(used);
  }
  return draft;
}

Result<MessageDraft> IncomingDraftOf(const Request& request, std::int64_t first_number) {
  const auto body = BodyOf(request);
  if (!body.ok()) return body.error();
  const std::int64_t number_id = IdMember(*body, "number_id");
  MessageDraft draft = DraftFrom(*body, "from", number_id == 0 ? first_number : number_id);
  draft.group = draft.external.size() > 1;
  draft.whatsapp = Member(*body, "whatsapp") == true;
  return draft;
}

}  // namespace sb::aircall::sandbox
