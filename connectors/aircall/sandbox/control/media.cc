#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/api/message_body.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/exports.h"
#include "connectors/aircall/sandbox/world/intelligence.h"
#include "connectors/aircall/sandbox/world/messaging.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/voice_agents.h"

// The control API, part five: texts, conversation intelligence, exports, voice agents and plain
// records. README.md shows every shape.
namespace sb::aircall::sandbox {
namespace {

// ---- texts

Reply MessageReply(const Visit& visit, int status, const Result<Message>& message) {
  if (!message.ok()) return RefusalReply(message.error());
  return ObjectReply(status, "message", MessageEventDoc(visit.world(), *message));
}

Reply Receive(Visit& visit) {
  const auto& lines = visit.world().directory().numbers;
  const auto draft = IncomingDraftOf(visit.request, lines.empty() ? 0 : lines.front().id);
  if (!draft.ok()) return RefusalReply(draft.error());
  return MessageReply(visit, 201, ReceiveMessage(visit.world(), *draft));
}

Reply ShowMessages(Visit& visit) {
  Doc list = Doc::array();
  for (const auto& [id, message] : visit.world().messages().all()) {
    list.push_back(MessageEventDoc(visit.world(), message));
  }
  return ObjectReply(200, "messages", std::move(list));
}

Reply SetStatus(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  return MessageReply(visit, 200,
                      SetMessageStatus(visit.world(), visit.Id(0), TextMember(*body, "status")));
}

// ---- calls

Reply Understand(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const Status status = MakeIntelligence(visit.world(), visit.Id(0), *body);
  if (!status.ok()) return RefusalReply(status.error());
  Doc made = Doc::object();
  for (const IntelligencePart& part : IntelligenceParts()) {
    const std::string name(part.name);
    const Record* record = visit.world().records().Find(name, visit.args.at(0));
    if (record != nullptr) made[name] = RecordDoc(*record);
  }
  return ObjectReply(201, "intelligence", std::move(made));
}

Reply VoiceAgentActs(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const std::string event = TextMember(*body, "event");
  const Status status =
      TellVoiceAgent(visit.world(), visit.Id(0), event, *body, visit.world().Now());
  return status.ok() ? ObjectReply(202, "event", "ai_voice_agent." + event)
                     : RefusalReply(status.error());
}

// ---- exports

Reply SpoilExport(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const Status status =
      FailExport(visit.world(), visit.args.at(0), TextMember(*body, "errorMessage"));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

// ---- records

Reply ShowRecords(Visit& visit) {
  Doc list = Doc::array();
  for (const Record* record : visit.world().records().All(visit.args.at(0))) {
    list.push_back({{"key", record->key}, {"record", RecordDoc(*record)}});
  }
  return ObjectReply(200, "records", std::move(list));
}

Reply PutRecord(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const Record& record = visit.world().records().Put(visit.args.at(0), visit.args.at(1),
                                                     DumpJson(*body), visit.world().Now());
  visit.world().Note("record.put", record.id);
  return ObjectReply(200, "record", RecordDoc(record));
}

Reply DeleteRecord(Visit& visit) {
  const Record* record = visit.world().records().Find(visit.args.at(0), visit.args.at(1));
  if (record == nullptr) return RefusalReply(UnknownId("Record"));
  visit.world().Note("record.removed", record->id);
  visit.world().records().Remove(visit.args.at(0), visit.args.at(1));
  return EmptyReply(204);
}

constexpr Route kControlMediaRoutes[] = {
    {"POST", "/_sandbox/messages", Access::kOpen, Receive,
     "a text arrives; from= body= number_id= whatsapp=", "message receive"},
    {"GET", "/_sandbox/messages", Access::kOpen, ShowMessages, "the latest texts", "message list"},
    {"PUT", "/_sandbox/messages/:id", Access::kOpen, SetStatus, "its carrier reports status=failed",
     "message status"},
    {"POST", "/_sandbox/calls/:id/intelligence", Access::kOpen, Understand,
     "make transcription, summary...; a field for each part, none: all", "call understand"},
    {"POST", "/_sandbox/calls/:id/voice_agent", Access::kOpen, VoiceAgentActs,
     "event=started, ended, escalated or summary", "call voice-agent"},
    {"POST", "/_sandbox/exports/:id/fail", Access::kOpen, SpoilExport,
     "a pending analytics export fails; errorMessage=", "export fail"},
    {"GET", "/_sandbox/records/:collection", Access::kOpen, ShowRecords,
     "plain records, e.g. sms_template", "record list"},
    {"PUT", "/_sandbox/records/:collection/:key", Access::kOpen, PutRecord,
     "make or replace one, its fields being the body", "record put"},
    {"DELETE", "/_sandbox/records/:collection/:key", Access::kOpen, DeleteRecord, "remove one",
     "record delete"},
};

}  // namespace

std::span<const Route> ControlMediaRoutes() {
  return kControlMediaRoutes;
}

}  // namespace sb::aircall::sandbox
