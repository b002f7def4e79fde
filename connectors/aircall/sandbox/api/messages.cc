#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/api/message_body.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/messaging.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr const char* kCampaigns = "a2p_campaign_association";

// A message comes without an envelope (doc).
Reply Send(const Visit& visit, const Result<MessageDraft>& draft) {
  if (!draft.ok()) return RefusalReply(draft.error());
  const auto message = SendMessage(visit.world(), *draft);
  if (!message.ok()) return RefusalReply(message.error());
  return JsonReply(200, MessageDoc(visit.world(), *message));
}

Reply SendText(Visit& visit) {
  return Send(visit, TextDraftOf(visit.request, visit.Id(0)));
}

Reply SendGroupText(Visit& visit) {
  return Send(visit, GroupDraftOf(visit.request, visit.Id(0)));
}

Reply SendWhatsapp(Visit& visit) {
  return Send(visit, WhatsappDraftOf(visit.request, {.to = "to", .with_template = "template"}));
}

Reply SendWhatsappNative(Visit& visit) {
  return Send(visit, WhatsappDraftOf(visit.request,
                                     {.to = "externalNumber", .with_template = "templateParams"}));
}

// SMS templates alone allow a hundred on a page (doc).
Reply ListSmsTemplates(Visit& visit) {
  return ListItems(visit, {.key = "templates"}, visit.world().records().All("sms_template"),
                   {.window = false, .most_per_page = 100}, RecordDoc);
}

// ---- US carrier registration. The keys beyond the two of the request are chosen by us.

Result<Doc> CampaignOf(const Visit& visit) {
  const Record* record = visit.world().records().Find(kCampaigns, visit.args.at(0));
  if (record == nullptr) return UnknownId("A2P campaign association");
  return RecordDoc(*record);
}

Reply CampaignReply(const Result<Doc>& doc) {
  return doc.ok() ? ObjectReply(200, kCampaigns, *doc) : RefusalReply(doc.error());
}

Status Fill(const Json& body, Doc& doc) {
  if (body.contains("external_campaign_id")) {
    doc["external_campaign_id"] = TextMember(body, "external_campaign_id");
  }
  if (body.contains("numbers")) doc["numbers"] = Member(body, "numbers");
  if (IsBlank(doc.at("external_campaign_id").get<std::string>())) {
    return Refused("external_campaign_id is missing");
  }
  return doc.at("numbers").is_array() ? Status() : Status(Refused("numbers is not a list"));
}

Reply KeepCampaign(Visit& visit, Doc doc, const char* what) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  if (Status status = Fill(*body, doc); !status.ok()) return RefusalReply(status.error());
  const auto id = doc.at("id").get<std::int64_t>();
  visit.world().records().Put(kCampaigns, std::to_string(id), doc.dump(), visit.world().Now());
  visit.world().Note(what, id);
  return CampaignReply(doc);
}

Reply ListCampaigns(Visit& visit) {
  return ListItems(visit, {.key = "a2p_campaign_associations"},
                   visit.world().records().All(kCampaigns), {.window = false}, RecordDoc);
}

Reply GetCampaign(Visit& visit) {
  return CampaignReply(CampaignOf(visit));
}

Reply CreateCampaign(Visit& visit) {
  return KeepCampaign(visit,
                      {{"id", visit.world().records().NextId()},
                       {"external_campaign_id", ""},
                       {"numbers", Doc::array()},
                       {"created_at", ToRfc3339(visit.world().Now())}},
                      "a2p.created");
}

Reply UpdateCampaign(Visit& visit) {
  const auto doc = CampaignOf(visit);
  return doc.ok() ? KeepCampaign(visit, *doc, "a2p.updated") : RefusalReply(doc.error());
}

Reply DeleteCampaign(Visit& visit) {
  const auto doc = CampaignOf(visit);
  if (!doc.ok()) return RefusalReply(doc.error());
  visit.world().records().Remove(kCampaigns, visit.args.at(0));
  visit.world().Note("a2p.deleted", visit.Id(0));
  return CampaignReply(doc);
}

constexpr Route kMessageRoutes[] = {
    {"POST", "/v1/numbers/:id/messages/send", Access::kCompany, SendText, "text, unseen by agents"},
    {"POST", "/v1/numbers/:id/messages/native/send", Access::kCompany, SendText,
     "text, in the agent's conversation"},
    {"POST", "/v1/numbers/:id/messages/group/send", Access::kCompany, SendGroupText,
     "text to a group"},
    {"POST", "/v1/numbers/:id/messages/group/native/send", Access::kCompany, SendGroupText,
     "the same, in the agent's conversation"},
    {"POST", "/v1/messages/whatsapp/send", Access::kCompany, SendWhatsapp, "WhatsApp"},
    {"POST", "/v1/messages/send/whatsapp/native", Access::kCompany, SendWhatsappNative,
     "WhatsApp, in the agent's conversation"},
    {"GET", "/v1/sms/templates", Access::kCompany, ListSmsTemplates, "SMS templates"},
    {"GET", "/v1/a2p_campaign_associations", Access::kCompany, ListCampaigns,
     "US carrier registrations"},
    {"GET", "/v1/a2p_campaign_associations/:id", Access::kCompany, GetCampaign, "one of them"},
    {"POST", "/v1/a2p_campaign_associations", Access::kCompany, CreateCampaign, "register"},
    {"PUT", "/v1/a2p_campaign_associations/:id", Access::kCompany, UpdateCampaign, "change it"},
    {"DELETE", "/v1/a2p_campaign_associations/:id", Access::kCompany, DeleteCampaign,
     "take it back"},
};

}  // namespace

std::span<const Route> MessageRoutes() {
  return kMessageRoutes;
}

}  // namespace sb::aircall::sandbox
