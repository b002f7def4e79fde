#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/doc_object.h"
#include "connectors/aircall/sandbox/render/render.h"

namespace sb::aircall::sandbox {
namespace {

Doc DetailsDoc(const std::vector<Detail>& details) {
  Doc list = Doc::array();
  for (const Detail& detail : details) list.push_back(DetailDoc(detail));
  return list;
}

}  // namespace

Doc DetailDoc(const Detail& detail) {
  return ObjectOf("value", detail.value, "id", detail.id, "label", detail.label);  // So: live.
}

Doc ContactDoc(const World& world, const Contact& contact, Wire wire) {
  const bool event = wire == Wire::kEvent;
  const bool iso = event && world.settings().switches.Is(Switch::kContactTimes, "iso");
  const auto time = [&](WallTime when) {
    return iso ? Doc(ToRfc3339(when)) : Doc(UnixSeconds(when));
  };
  const auto link = world.settings().base_url + "/v1/contacts/" + std::to_string(contact.id);
  Doc doc = ObjectOf("id", contact.id, "direct_link", link,  //
                     "first_name", OrNull(contact.first_name), "last_name",
                     OrNull(contact.last_name), "company_name", OrNull(contact.company_name));
  // Webhooks show empty information as "" where REST shows null (live).
  AppendAll(doc, "information",
            event ? Doc(contact.information.value_or("")) : OrNull(contact.information),
            "is_shared", true, "created_at", time(contact.created_at), "updated_at",
            time(contact.updated_at), "emails", DetailsDoc(contact.emails), "phone_numbers",
            DetailsDoc(contact.phones));
  return doc;
}

}  // namespace sb::aircall::sandbox
