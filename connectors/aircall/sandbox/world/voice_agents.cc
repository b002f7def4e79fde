#include "connectors/aircall/sandbox/world/voice_agents.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr const char* kAsked = "voice_agent_call";
constexpr const char* kSessions = "voice_agent_session";
constexpr Seconds kDialsAfter{2};  // Chosen by us.

/// A ULID: the time in ten characters, then sixteen of chance.
std::string Ulid(World& world) {
  static constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  auto rest = static_cast<std::uint64_t>(
      std::chrono::floor<Millis>(world.Now()).time_since_epoch().count());
  std::string time(10, '0');
  for (auto place = time.rbegin(); place != time.rend(); ++place, rest /= 32) {
    *place = kDigits[rest % 32];
  }
  std::string chance = world.ids().Hex(16);
  std::transform(chance.begin(), chance.end(), chance.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return time + chance;
}

const Record* FindAsked(const World& world, std::int64_t record_id) {
  for (const Record* record : world.records().All(kAsked)) {
    if (record->id == record_id) return record;
  }
  return nullptr;
}

/// Which agent works on a call, from its first event on.
Result<Doc> SessionOf(World& world, const Call& call, std::string agent_id) {
  const std::string key = std::to_string(call.id);
  if (const Record* known = world.records().Find(kSessions, key)) return RecordDoc(*known);
  if (agent_id.empty()) agent_id = kVoiceAgentId;
  const Record* agent = world.records().Find("voice_agent", agent_id);
  if (agent == nullptr) return UnknownId("AI voice agent");
  const Doc session = {{"ai_voice_agent_id", agent_id},
                       {"ai_voice_agent_name", RecordDoc(*agent).at("name")},
                       {"ai_voice_agent_session_id", world.ids().Uuid()}};
  world.records().Put(kSessions, key, session.dump(), world.Now());
  return session;
}

Status CheckEvent(const std::string& event, const Json& extra) {
  static constexpr std::array<std::string_view, 4> kEvents = {"started", "ended", "escalated",
                                                              "summary"};
  static constexpr std::array<std::string_view, 5> kReasons = {"", "answered", "escalated",
                                                               "disconnected", "caller_hung_up"};
  if (std::find(kEvents.begin(), kEvents.end(), event) == kEvents.end()) {
    return Refused("event is not one of started, ended, escalated, summary");
  }
  const std::string reason = TextMember(extra, "call_end_reason");
  if (std::find(kReasons.begin(), kReasons.end(), reason) == kReasons.end()) {
    return Refused(
        "call_end_reason is not one of answered, escalated, disconnected, caller_hung_up");
  }
  return {};
}

std::string Or(const std::string& text, const char* fallback) {
  return text.empty() ? fallback : text;
}

void AddEventKeys(const World& world, const Call& call, const std::string& event, const Json& extra,
                  WallTime at, Doc& doc) {
  if (event == "started" || event == "ended") {
    const Number* number = world.directory().FindNumber(call.number_id);
    doc["external_caller_number"] = call.external;
    doc["aircall_number"] = number == nullptr ? "" : number->e164;
    doc["started_at"] = ToRfc3339(call.answered_at.value_or(call.started_at));
  }
  if (event == "ended") {
    doc["ended_at"] = ToRfc3339(call.ended_at.value_or(at));
    doc["call_end_reason"] = Or(TextMember(extra, "call_end_reason"), "answered");
  }
  if (event == "escalated") {
    doc["escalation_reason"] = Or(TextMember(extra, "escalation_reason"), "caller_asked");
  }
  if (event == "summary") {
    const Json& data = Member(extra, "extracted_data");
    doc["extracted_data"] = data.is_null() ? Doc::object() : Doc(data);
  }
}

}  // namespace

Result<Doc> AskVoiceAgent(World& world, const std::string& agent_id, const Json& body) {
  if (world.records().Find("voice_agent", agent_id) == nullptr) return UnknownId("AI voice agent");
  const std::string given = TextMember(body, "idempotency_key");
  const Record* before = given.empty() ? nullptr : world.records().Find(kAsked, given);
  if (before != nullptr) return RecordDoc(*before).at("answer");
  const std::string phone = TextMember(body, "contact_phone");
  if (!IsPhone(phone)) return Refused("contact_phone is not a phone number in E.164");
  const Json& life = Member(body, "expiration_seconds");
  const bool good = life.is_null() || (life.is_number_integer() && life >= 60 && life <= 86'400);
  if (!good) return Refused("expiration_seconds is not a number from 60 to 86400");
  const std::string id = Ulid(world);
  const Doc answer = {{"id", id},
                      {"idempotency_key", given.empty() ? Doc(nullptr) : Doc(given)},
                      {"status", "PENDING"},
                      {"virtual_agent_id", agent_id}};
  const Record& record =
      world.records().Put(kAsked, given.empty() ? id : given,
                          Doc({{"answer", answer}, {"phone", phone}}).dump(), world.Now());
  world.Note("ai_voice_agent.asked", record.id);
  world.Later(world.Now() + kDialsAfter, {LaterKind::kAgentDials, record.id});
  return answer;
}

Status TellVoiceAgent(World& world, std::int64_t call_id, const std::string& event,
                      const Json& extra, WallTime at) {
  const auto call = world.calls().Get(call_id);
  if (!call.ok()) return call.error();
  if (Status status = CheckEvent(event, extra); !status.ok()) return status;
  const auto session = SessionOf(world, *call, TextMember(extra, "agent_id"));
  if (!session.ok()) return session.error();
  Doc doc = {{"id", call->id}, {"call_id", call->id}, {"call_uuid", call->sid}};
  doc.update(*session);
  doc["number_id"] = call->number_id;
  doc["created_at"] = ToRfc3339(at);
  AddEventKeys(world, *call, event, extra, at, doc);
  const std::string name = "ai_voice_agent." + event;
  world.Note(name.c_str(), call->id);
  world.Tell({name, "ai_voice_agent", at, doc.dump(), call->number_id});
  return {};
}

void DialAsVoiceAgent(World& world, std::int64_t record_id, WallTime at) {
  const Record* asked = FindAsked(world, record_id);
  const auto& lines = world.directory().numbers;
  if (asked == nullptr || lines.empty()) return;
  const Doc doc = RecordDoc(*asked);
  CallPlan plan{.direction = Direction::kOutbound,
                .number_id = lines.front().id,
                .external = doc.at("phone").get<std::string>()};
  const Seconds length = plan.ring + plan.talk;
  const auto call = world.PlaceCall(std::move(plan), Pace::kReal);
  if (!call.ok()) return;
  const Json agent = {{"agent_id", doc.at("answer").at("virtual_agent_id").get<std::string>()}};
  [[maybe_unused]] const Status told = TellVoiceAgent(world, call->id, "started", agent, at);
  world.Later(world.Now() + length, {LaterKind::kAgentHangsUp, call->id});
}

void EndVoiceAgentCall(World& world, std::int64_t call_id, WallTime at) {
  for (const char* event : {"ended", "summary"}) {
    [[maybe_unused]] const Status told = TellVoiceAgent(world, call_id, event, Json::object(), at);
  }
}

}  // namespace sb::aircall::sandbox
