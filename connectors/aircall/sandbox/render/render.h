#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/world/world.h"

// How each object looks on the wire: one function per object, and the only place that knows its
// keys. REST answers hold null where a value is absent; webhooks leave such objects out altogether
// (live).
namespace sb::aircall::sandbox {

/// JSON that keeps the order of its keys, as the recorded answers have one.
using Doc = nlohmann::ordered_json;

enum class Wire { kRest, kEvent };

/// The copies of a user (live): v1 in a list, alone and in its own events, v2, inside a team,
/// inside a call, and the abridged one of webhooks and comments.
enum class UserShape { kV1Listed, kV1Alone, kV1Event, kV2, kInTeam, kInCall, kAbridged };

/// The copies of a number (live): in the list, alone, among a v2 user's, inside a call, inside an
/// event, and in its own events.
enum class NumberShape { kListed, kAlone, kOfUser, kInCall, kInEvent, kOwnEvent };

/// The kinds of audio a number plays, in their order on the wire.
std::span<const std::string_view> NumberMessageKinds();

struct CallView {
  bool contact = false;     ///< fetch_contact
  bool short_urls = false;  ///< fetch_short_urls
  bool timeline = false;    ///< fetch_call_timeline
  bool ai_agents = false;   ///< fetch_aiva_conv
};

/// What a webhook tells of a call.
struct CallNews {
  std::string_view event;
  const User* user = nullptr;  ///< Who it is about, e.g. the agent being rung; may be null.
};

/// JSON text in the place of a value, for what is drawn once and shown many times. Only TextOf
/// understands it: such a Doc is not for reading.
Doc Ready(const Doc& doc);

class CallParts;

/// Draws calls, taking from `parts` what they share.
class CallPainter {
 public:
  CallPainter(const World& world, const CallView& view, CallParts& parts);

  Doc Draw(const Call& call);

 private:
  Doc UserPart(std::optional<std::int64_t> id);
  Doc AuthorPart(std::optional<std::int64_t> id);
  Doc NumberPart(std::int64_t id);
  Doc TeamPart(std::int64_t id);

  const World& world_;
  CallView view_;
  CallParts& parts_;
};

Doc CompanyDoc(const World& world);
Doc IntegrationDoc(const World& world, const Integration& integration);
Doc IntegrationDeletedDoc(const World& world, const Integration& integration);
Doc UserDoc(const World& world, const User& user, UserShape shape);
Doc NumberDoc(const World& world, const Number& number, NumberShape shape);
Doc TeamDoc(const World& world, const Team& team);
Doc TagDoc(const Tag& tag);
Doc ContactDoc(const World& world, const Contact& contact, Wire wire);
Doc DetailDoc(const Detail& detail);
Doc CallDoc(const World& world, const Call& call, const CallView& view);
Doc CallEventDoc(const World& world, const Call& call, const CallNews& news);
/// What a send answers with: Unix milliseconds (doc).
Doc MessageDoc(const World& world, const Message& message);
/// What a message webhook carries.
Doc MessageEventDoc(const World& world, const Message& message);
/// The body of a number-callback, which has an envelope of its own (6.4).
Doc NumberCallbackDoc(const World& world, const Message& message, const std::string& event,
                      WallTime at, const Doc& configuration);
/// A record as it was put.
Doc RecordDoc(const Record& record);
/// `with_id`: the numeric id appears in GET and list answers only (live).
Doc WebhookDoc(const World& world, const Webhook& webhook, bool with_id);

/// The body of one delivery: the envelope around an event, with the token of the webhook it goes
/// to.
std::string EnvelopeText(const Event& event, const std::string& token);

}  // namespace sb::aircall::sandbox
