#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/clock.h"

// The things an Aircall company holds, as plain values. How they look on the wire is render.h's
// business.
namespace sb::aircall::sandbox {

struct Company {
  std::int64_t id = 0;
  std::string name;
};

struct User {
  std::int64_t id = 0;
  std::string name;
  std::string email;
  bool admin = false;
  bool available = true;
  std::string availability_status = "available";
  std::string substatus = "always_opened";
  WallTime created_at;
  std::string time_zone = "Etc/UTC";
  std::string language = "en-US";
  Seconds wrap_up{0};
  std::string extension;
  std::optional<std::int64_t> default_number_id;
};

struct Number {
  std::int64_t id = 0;
  std::string name;
  std::string e164;
  std::string country;
  std::string time_zone;
  WallTime created_at;
  bool open = true;
  std::string availability_status = "open";
  bool ivr = false;
  bool records_calls = true;
  std::vector<std::int64_t> user_ids;
};

struct Team {
  std::int64_t id = 0;
  std::string name;
  WallTime created_at;
  std::vector<std::int64_t> user_ids;
};

struct Tag {
  std::int64_t id = 0;
  std::string name;
  std::string color;
  std::optional<std::string> description;  ///< Only the built-in tags have one (live).
  WallTime created_at;
};

/// One phone number or e-mail address of a contact.
struct Detail {
  std::int64_t id = 0;
  std::string label;
  std::string value;
};

enum class DetailKind { kPhone, kEmail };

struct Contact {
  std::int64_t id = 0;
  std::optional<std::string> first_name;
  std::optional<std::string> last_name;
  std::optional<std::string> company_name;
  std::optional<std::string> information;
  WallTime created_at;
  WallTime updated_at;
  std::vector<Detail> phones;
  std::vector<Detail> emails;

  std::vector<Detail>& Details(DetailKind kind) {
    return kind == DetailKind::kPhone ? phones : emails;
  }
};

struct Comment {
  std::int64_t id = 0;
  std::string content;
  WallTime posted_at;
  std::optional<std::int64_t> author_id;  ///< Nothing when it came through the API (doc, live).
};

struct CallTag {
  std::int64_t tag_id = 0;
  WallTime tagged_at;
};

enum class Direction { kInbound, kOutbound };
enum class CallStatus { kInitial, kAnswered, kDone };

struct Call {
  std::int64_t id = 0;
  std::string sid;
  Direction direction = Direction::kInbound;
  CallStatus status = CallStatus::kInitial;
  std::optional<std::string> missed_reason;
  WallTime started_at;
  std::optional<WallTime> answered_at;
  std::optional<WallTime> ended_at;
  std::string external;  ///< The other party in E.164, or "anonymous".
  std::int64_t number_id = 0;
  std::optional<std::int64_t> user_id;
  std::optional<std::string> recording_key;  ///< Set once the recording is ready.
  std::optional<std::string> voicemail_key;
  bool archived = false;
  std::vector<Comment> comments;
  std::vector<CallTag> tags;
};

/// Who made a request, and whose webhooks it may see.
enum class CallerKind { kNobody, kKey, kApp };

struct Webhook {
  std::int64_t id = 0;
  std::string uuid;
  CallerKind owner = CallerKind::kKey;
  std::string url;
  std::string custom_name;
  bool active = true;
  std::set<std::string> events;
  std::string token;
  WallTime created_at;
  int failures_in_a_row = 0;
};

}  // namespace sb::aircall::sandbox
