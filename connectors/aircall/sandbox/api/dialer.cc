#include "connectors/aircall/sandbox/world/dialer.h"

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"

namespace sb::aircall::sandbox {
namespace {

Reply GetCampaign(Visit& visit) {
  const auto campaign = ReadCampaign(visit.world(), visit.args.at(0));
  return campaign.ok() ? JsonReply(200, *campaign) : RefusalReply(campaign.error());
}

// Its own shape, without `troubleshoot` (doc). The numbers it does not name were added.
Reply SomeRefused(const std::vector<std::string>& sentences) {
  return JsonReply(422, {{"error", "Unprocessable Entity"},
                         {"success", false},
                         {"errors", {{"dialer_campaign", sentences}}}});
}

Reply Queue(Visit& visit, int status) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  std::vector<std::string> phones;
  for (const Json& phone : Member(*body, "phone_numbers")) {
    phones.push_back(PlainText(phone));
  }
  const auto refused = QueuePhones(visit.world(), visit.args.at(0), phones);
  if (!refused.ok()) return RefusalReply(refused.error());
  if (!refused->empty()) return SomeRefused(*refused);
  // With 200 there is a body: the campaign (chosen by us).
  return status == 200 ? GetCampaign(visit) : EmptyReply(status);
}

Reply StartCampaign(Visit& visit) {
  return Queue(visit, visit.switches().GetNumber(Switch::kDialerPostStatus));
}

Reply AddPhones(Visit& visit) {
  return Queue(visit, 204);
}

Reply DeleteCampaign(Visit& visit) {
  const Status status = RemoveCampaign(visit.world(), visit.args.at(0));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

Reply ListPhones(Visit& visit) {
  auto phones = ReadCampaignPhones(visit.world(), visit.args.at(0));
  if (!phones.ok()) return RefusalReply(phones.error());
  return ObjectReply(200, "numbers", *std::move(phones));  // Not "phone_numbers" (doc, code).
}

Reply DeletePhone(Visit& visit) {
  const Status status = RemoveCampaignPhone(visit.world(), visit.args.at(0), visit.Id(1));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

constexpr Route kDialerRoutes[] = {
    {"GET", "/v1/users/:id/dialer_campaign", Access::kCompany, GetCampaign, "an agent's campaign"},
    {"POST", "/v1/users/:id/dialer_campaign", Access::kCompany, StartCampaign,
     "start it, or add to it"},
    {"DELETE", "/v1/users/:id/dialer_campaign", Access::kCompany, DeleteCampaign, "end it"},
    {"GET", "/v1/users/:id/dialer_campaign/phone_numbers", Access::kCompany, ListPhones,
     "whom it calls"},
    {"POST", "/v1/users/:id/dialer_campaign/phone_numbers", Access::kCompany, AddPhones,
     "whom else it calls"},
    {"DELETE", "/v1/users/:id/dialer_campaign/phone_numbers/:phone", Access::kCompany, DeletePhone,
     "whom it does not call"},
};

}  // namespace

std::span<const Route> DialerRoutes() {
  return kDialerRoutes;
}

}  // namespace sb::aircall::sandbox
