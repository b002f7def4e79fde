#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

std::int64_t UnixMillis(WallTime when) {
  return std::chrono::floor<Millis>(when).time_since_epoch().count();
}

struct FileType {
  std::string_view ending;
  std::string_view type;
};

constexpr std::array<FileType, 5> kFileTypes = {{{".jpg", "image/jpeg"},
                                                 {".jpeg", "image/jpeg"},
                                                 {".png", "image/png"},
                                                 {".pdf", "application/pdf"},
                                                 {".mp3", "audio/mpeg"}}};

std::string_view TypeOf(std::string_view name) {
  for (const FileType& each : kFileTypes) {
    if (name.ends_with(each.ending)) return each.type;
  }
  return "application/octet-stream";
}

Doc MediaDetailsDoc(const Message& message) {
  Doc list = Doc::array();
  for (const std::string& url : message.media) {
    const std::string name = url.substr(url.rfind('/') + 1);
    list.push_back({{"file_name", name}, {"file_type", TypeOf(name)}, {"presigned_url", url}});
  }
  return list;
}

/// The keys that both wires share, up to the other party.
Doc Beginning(const World& world, const Message& message) {
  const std::string id = std::to_string(message.id);
  Doc doc = {{"id", id},
             {"direct_link", world.settings().base_url + "/v1/numbers/" +
                                 std::to_string(message.number_id) + "/messages/" + id},
             {"direction", message.direction == Direction::kInbound ? "inbound" : "outbound"},
             {"status", message.status},
             {"body", message.body}};
  if (message.group) {
    doc["participants"] = message.external;  // The key of the request; chosen by us.
  } else {
    doc["raw_digits"] = DisplayPhone(message.external.front());
  }
  return doc;
}

/// What WhatsApp messages have besides (doc names the keys; the values are chosen by us).
void AddWhatsapp(const Message& message, Doc& doc) {
  if (!message.whatsapp) return;
  const bool templated = !message.template_content.empty();
  doc["type"] = templated ? "template" : "text";
  if (templated) doc["template_content"] = message.template_content;
  doc["whatsapp_message_category"] = templated ? "utility" : "service";
  doc["whatsapp_message_type"] = templated ? "template" : "freeform";
  doc["recipient_country"] = CountryOfPhone(message.external.front()).value_or("");
}

Doc ChannelOf(const Message& message) {
  return message.whatsapp ? Doc("whatsapp") : Doc(nullptr);
}

}  // namespace

Doc MessageDoc(const World& world, const Message& message) {
  Doc doc = Beginning(world, message);
  if (message.group) {  // The reference calls its id so (code).
    Doc named = {{"group_message_id", doc.at("id")}};
    doc.erase("id");
    named.update(doc);
    doc = std::move(named);
  }
  doc["media_url"] = message.media;
  doc["channel"] = ChannelOf(message);
  doc["created_at"] = UnixMillis(message.created_at);
  doc["updated_at"] = UnixMillis(message.updated_at);
  doc["sent_at"] = message.sent_at ? Doc(UnixMillis(*message.sent_at)) : Doc(nullptr);
  AddWhatsapp(message, doc);
  return doc;
}

Doc MessageEventDoc(const World& world, const Message& message) {
  const bool iso = world.switches().Is(Switch::kMessageTimes, "iso");
  const auto time = [&](WallTime when) {
    return iso ? Doc(ToRfc3339(when)) : Doc(UnixMillis(when));
  };
  Doc doc = Beginning(world, message);
  if (!message.group) doc["external_number"] = message.external.front();
  doc["media_details"] = MediaDetailsDoc(message);
  doc["channel"] = ChannelOf(message);
  doc["created_at"] = time(message.created_at);
  doc["updated_at"] = time(message.updated_at);
  if (message.sent_at) doc["sent_at"] = time(*message.sent_at);
  AddWhatsapp(message, doc);
  // As in calls, an object that is not there has no key.
  if (const Number* number = world.directory().FindNumber(message.number_id)) {
    doc["number"] = NumberDoc(world, *number, NumberShape::kInEvent);
  }
  if (const Contact* contact = world.contacts().FindByPhone(message.external.front())) {
    doc["contact"] = ContactDoc(world, *contact, Wire::kEvent);
  }
  if (const User* user = world.directory().FindUser(message.user_id.value_or(0))) {
    doc["user"] = UserDoc(world, *user, UserShape::kAbridged);
  }
  return doc;
}

Doc NumberCallbackDoc(const World& world, const Message& message, const std::string& event,
                      WallTime at, const Doc& configuration) {
  return {{"event_name", event},
          {"timestamp", UnixMillis(at)},
          {"token", configuration.at("token")},
          {"data", MessageEventDoc(world, message)}};
}

Doc RecordDoc(const Record& record) {
  return Doc::parse(record.text);
}

}  // namespace sb::aircall::sandbox
