#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "connectors/aircall/sandbox/world.h"

// How each object looks on the wire: one function per object, and the only place that knows its
// keys. REST answers hold null where a value is absent; webhooks leave such objects out altogether
// (live).
namespace sb::aircall::sandbox {

/// JSON that keeps the order of its keys, as the recorded answers have one.
using Doc = nlohmann::ordered_json;

enum class Wire { kRest, kEvent };

/// The copies of a user (live): v1 in a list and alone, v2, inside a team, inside a call, and the
/// abridged one of webhooks and comments.
enum class UserShape { kV1Listed, kV1Alone, kV2, kInTeam, kInCall, kAbridged };

/// The four copies of a number (live).
enum class NumberShape { kListed, kAlone, kInCall, kInEvent };

struct CallView {
  bool contact = false;     ///< fetch_contact
  bool short_urls = false;  ///< fetch_short_urls
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
/// `user` is who the event is about, e.g. the agent being rung; may be null.
Doc CallEventDoc(const World& world, const Call& call, const User* user);
/// `with_id`: the numeric id appears in GET and list answers only (live).
Doc WebhookDoc(const World& world, const Webhook& webhook, bool with_id);

/// The body of one delivery: the envelope around an event, with the token of the webhook it goes
/// to.
std::string EnvelopeText(const Event& event, const std::string& token);

}  // namespace sb::aircall::sandbox
