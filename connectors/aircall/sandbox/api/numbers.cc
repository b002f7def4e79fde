#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/line_body.h"
#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr const char* kConfigurations = "message_configuration";
constexpr const char* kWhatsappAccount = "550017";

Reply NumberReply(const Visit& visit, const Result<Number>& number) {
  if (!number.ok()) return RefusalReply(number.error());
  return ObjectReply(200, "number", NumberDoc(visit.world(), *number, NumberShape::kAlone));
}

Reply ListNumbers(Visit& visit) {
  return ListItems(
      visit, {.key = "numbers"}, PointersTo(visit.world().directory().numbers), {},
      [&](const Number& number) { return NumberDoc(visit.world(), number, NumberShape::kListed); });
}

Reply GetNumber(Visit& visit) {
  const Number* number = visit.world().directory().FindLine(visit.Id(0));
  if (number == nullptr) return RefusalReply(UnknownId("Number"));
  return NumberReply(visit, *number);
}

Reply PutNumber(Visit& visit) {
  const auto draft = LineDraftOf(visit.request);
  if (!draft.ok()) return RefusalReply(draft.error());
  return NumberReply(visit, UpdateLine(visit.world(), visit.Id(0), *draft));
}

// The shape is not collected: chosen by us.
Reply GetRegistration(Visit& visit) {
  const Number* number = visit.world().directory().FindLine(visit.Id(0));
  if (number == nullptr) return RefusalReply(UnknownId("Number"));
  return JsonReply(200, {{"id", number->id}, {"registration_status", number->registration}});
}

/// The key of the records about a number. Fails when there is no such number.
Result<std::string> KeyOf(const Visit& visit) {
  if (visit.world().directory().FindLine(visit.Id(0)) == nullptr) return UnknownId("Number");
  return std::to_string(visit.Id(0));
}

Result<Doc> ConfigurationOf(const Visit& visit) {
  const auto key = KeyOf(visit);
  if (!key.ok()) return key.error();
  const Record* record = visit.world().records().Find(kConfigurations, *key);
  if (record == nullptr) return UnknownId("Message configuration");
  return RecordDoc(*record);
}

Reply Configure(Visit& visit) {
  const auto key = KeyOf(visit);
  const auto body = BodyOf(visit.request);
  if (!key.ok()) return RefusalReply(key.error());
  if (!body.ok()) return RefusalReply(body.error());
  const std::string url = TextMember(*body, "callbackUrl");
  if (!ParseHookUrl(url)) {
    return RefusalReply(Refused("callbackUrl is not usable: it must begin with https://"));
  }
  World& world = visit.world();
  const std::string type = TextMember(*body, "type");
  // Which types there are is not collected.
  const Doc doc = {
      {"token", world.ids().Hex(32)}, {"callbackUrl", url}, {"type", type.empty() ? "sms" : type}};
  world.records().Put(kConfigurations, *key, doc.dump(), world.Now());
  world.Note("number.messages_configured", visit.Id(0));
  return JsonReply(200, doc);
}

Reply GetConfiguration(Visit& visit) {
  const auto doc = ConfigurationOf(visit);
  return doc.ok() ? JsonReply(200, *doc) : RefusalReply(doc.error());
}

Reply DeleteConfiguration(Visit& visit) {
  const auto doc = ConfigurationOf(visit);
  if (!doc.ok()) return RefusalReply(doc.error());
  visit.world().records().Remove(kConfigurations, *KeyOf(visit));
  visit.world().Note("number.messages_configuration_removed", visit.Id(0));
  return JsonReply(200, *doc);
}

// Both WhatsApp answers are in camelCase (doc); their keys are those of a client that follows the
// reference (code), but for lineId, which is chosen by us.
Reply GetWhatsappStatus(Visit& visit) {
  const auto key = KeyOf(visit);
  if (!key.ok()) return RefusalReply(key.error());
  const Record* record = visit.world().records().Find("whatsapp_status", *key);
  if (record != nullptr) return JsonReply(200, RecordDoc(*record));
  return JsonReply(200, {{"lineId", visit.Id(0)},
                         {"wabaId", kWhatsappAccount},
                         {"status", "ONLINE"},
                         {"canSendMessage", true},
                         {"messagingLimitTier", "TIER_1K"},
                         {"qualityRating", "GREEN"},
                         {"businessVerificationStatus", "VERIFIED"}});
}

Reply ListWhatsappTemplates(Visit& visit) {
  if (const auto key = KeyOf(visit); !key.ok()) return RefusalReply(key.error());
  const std::string status = visit.query.GetOr("status", "");
  Doc list = Doc::array();
  for (const Record* each : visit.world().records().All("whatsapp_template")) {
    const Doc doc = RecordDoc(*each);
    if (status.empty() || doc.value("status", "") == status) list.push_back(doc);
  }
  const std::size_t count = list.size();
  return JsonReply(
      200, {{"templates", std::move(list)},
            {"pageInfo", {{"currentToken", 0}, {"nextToken", nullptr}, {"totalCount", count}}}});
}

constexpr Route kNumberRoutes[] = {
    {"GET", "/v1/numbers", Access::kCompany, ListNumbers, "phone lines"},
    {"GET", "/v1/numbers/:id", Access::kCompany, GetNumber, "one line, with its users"},
    {"PUT", "/v1/numbers/:id", Access::kCompany, PutNumber, "name, priority, messages"},
    {"GET", "/v1/numbers/:id/registration_status", Access::kCompany, GetRegistration,
     "whether it may be used"},
    {"POST", "/v1/numbers/:id/messages/configuration", Access::kCompany, Configure,
     "send its texts to a callback"},
    {"GET", "/v1/numbers/:id/messages/configuration", Access::kCompany, GetConfiguration,
     "where its texts go"},
    {"DELETE", "/v1/numbers/:id/messages/configuration", Access::kCompany, DeleteConfiguration,
     "send its texts to the inbox again"},
    {"GET", "/v1/numbers/:id/whatsapp_status", Access::kCompany, GetWhatsappStatus,
     "whether it has WhatsApp"},
    {"GET", "/v1/numbers/:id/templates", Access::kCompany, ListWhatsappTemplates,
     "WhatsApp templates"},
};

}  // namespace

std::span<const Route> NumberRoutes() {
  return kNumberRoutes;
}

}  // namespace sb::aircall::sandbox
