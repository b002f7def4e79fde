#include "connectors/aircall/sandbox/api/contact_body.h"

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/sent.h"
#include "connectors/aircall/sandbox/world/refusal.h"

namespace sb::aircall::sandbox {
namespace {

Detail DetailFrom(const Json& item) {
  return {0, TextMember(item, "label"), TextMember(item, "value")};
}

Result<std::vector<Detail>> DetailsOf(const Json& body, const char* name) {
  const Json& list = Member(body, name);
  if (list.is_null()) return std::vector<Detail>{};
  if (!list.is_array()) {
    return Refused(std::string(name) + " is not a list of {label, value}");
  }
  std::vector<Detail> details;
  for (const Json& item : list) details.push_back(DetailFrom(item));
  return details;
}

}  // namespace

Result<ContactDraft> ContactDraftOf(const Request& request) {
  const auto body = BodyOf(request);
  if (!body.ok()) return body.error();
  const auto phones = DetailsOf(*body, "phone_numbers");
  if (!phones.ok()) return phones.error();
  const auto emails = DetailsOf(*body, "emails");
  if (!emails.ok()) return emails.error();
  return ContactDraft{.first_name = Sent(*body, "first_name"),
                      .last_name = Sent(*body, "last_name"),
                      .company_name = Sent(*body, "company_name"),
                      .information = Sent(*body, "information"),
                      .phones = *phones,
                      .emails = *emails};
}

Result<Detail> DetailOf(const Request& request) {
  const auto body = BodyOf(request);
  if (!body.ok()) return body.error();
  return DetailFrom(*body);
}

}  // namespace sb::aircall::sandbox
