#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/world/clock.h"

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
  bool connected = true;                     ///< Logged in to the agent app.
  std::optional<WallTime> wrap_up_until{};   ///< Set between the end of a call and this time.
  std::optional<std::int64_t> contact_id{};  ///< The shared contact made along with them (live).

  bool operator==(const User&) const = default;
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
  std::optional<std::int64_t> priority = 0;       ///< Null, 0 or 1 (doc).
  std::map<std::string, std::string> messages{};  ///< Own audio by kind; the rest is stock.
  std::string registration = "active";            ///< Anything else: no call can be made from it.

  bool operator==(const Number&) const = default;
};

struct Team {
  std::int64_t id = 0;
  std::string name;
  WallTime created_at;
  std::vector<std::int64_t> user_ids;

  bool operator==(const Team&) const = default;
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
  std::optional<std::int64_t> author_id;  ///< Nothing: the API or the system.
};

/// What a caller chose in a phone menu.
struct IvrOption {
  std::string id;
  std::string title;
  std::string key;  ///< A digit, or "fallback".
  std::string branch;
  WallTime started_at;
  WallTime ended_at;
};

enum class Direction { kInbound, kOutbound };

/// A text, to one phone or to a group.
struct Message {
  std::int64_t id = 0;
  std::int64_t number_id = 0;
  Direction direction = Direction::kOutbound;
  std::string status = "pending";
  std::vector<std::string> external;  ///< The other party in E.164; several for a group.
  std::string body;
  std::vector<std::string> media;  ///< Addresses of what is attached.
  bool group = false;
  bool whatsapp = false;
  std::string template_content{};  ///< WhatsApp only.
  std::optional<std::int64_t> user_id{};
  WallTime created_at;
  WallTime updated_at;
  std::optional<WallTime> sent_at{};
};

enum class CallStatus { kInitial, kAnswered, kDone };
enum class AssetKind { kRecording, kVoicemail };

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
  std::optional<std::int64_t> rung_id{};  ///< The agent whose phone rings, while it does.
  std::optional<std::int64_t> assigned_to{};
  std::optional<std::int64_t> transferred_by{};
  std::optional<std::int64_t> transferred_to{};
  std::vector<std::int64_t> team_ids{};       ///< Teams it went through; inbound only (doc).
  std::vector<std::int64_t> talker_ids{};     ///< Users who spoke, in order.
  std::string external_transfer{};            ///< The outside number it was sent on to, or "".
  std::optional<std::int64_t> callback_of{};  ///< The call whose caller had asked for this one.
  std::string hangup_cause{};
  std::string cost = "0.0";                   ///< US cents; filled by the finalisation (live).
  std::optional<std::string> pricing_type{};  ///< Likewise.
  std::vector<IvrOption> ivr_options{};
  bool recording_paused = false;
  std::optional<std::string> recording_key;  ///< Set once the recording is ready.
  std::optional<std::string> voicemail_key;
  bool archived = false;
  std::vector<Comment> comments;
  std::vector<CallTag> tags;
  std::vector<std::string> insight_cards{};  ///< Bodies as sent.
  std::string link{};                        ///< Set by the legacy call of that name.

  std::optional<std::string>& AssetKey(AssetKind kind) {
    return kind == AssetKind::kRecording ? recording_key : voicemail_key;
  }

  const std::optional<std::string>& AssetKey(AssetKind kind) const {
    return kind == AssetKind::kRecording ? recording_key : voicemail_key;
  }
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
