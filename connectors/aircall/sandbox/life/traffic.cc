#include "connectors/aircall/sandbox/life/traffic.h"

#include <algorithm>

#include "connectors/aircall/sandbox/life/people.h"
#include "connectors/aircall/sandbox/world/users.h"
#include "connectors/aircall/sandbox/world/world.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::int64_t kMostPerHour = 360'000;

struct Scene {
  World& world;
  Dice& dice;
  const CallWriter& writer;
};

void PlaceCall(const Scene& scene) {
  const Number* line = CallWriter::AnyLine(scene.world, scene.dice);
  if (line == nullptr) return;
  [[maybe_unused]] const auto placed = scene.world.PlaceCall(
      scene.writer.Write(scene.world, *line, /*open=*/true, scene.dice), Pace::kReal);
}

void CreateContact(const Scene& scene) {
  const People& people = People::Get();
  const ContactDraft draft{.first_name = scene.dice.Pick(people.first_names),
                           .last_name = scene.dice.Pick(people.last_names),
                           .phones = {{0, "Work", people.AnyPhone(scene.dice)}}};
  [[maybe_unused]] const auto made = scene.world.CreateContact(draft);
}

void EditContact(const Scene& scene) {
  const ContactBook& contacts = scene.world.contacts();
  if (contacts.size() == 0 || scene.dice.Happens(20)) return CreateContact(scene);
  const auto last = static_cast<std::int64_t>(contacts.size()) - 1;
  const std::int64_t id =
      contacts.AtPlace(static_cast<std::size_t>(scene.dice.Between(0, last))).id;
  const People& people = People::Get();
  if (scene.dice.Happens(15)) {
    [[maybe_unused]] const auto added =
        scene.world.AddDetail(id, DetailKind::kPhone, {0, "Mobile", people.AnyPhone(scene.dice)});
    return;
  }
  ContactDraft draft;
  if (scene.dice.Happens(50)) {
    draft.company_name =
        scene.dice.Pick(people.company_first) + " " + scene.dice.Pick(people.company_second);
  } else {
    draft.information = scene.dice.Pick(people.notes);
  }
  [[maybe_unused]] const auto edited = scene.world.EditContact(id, draft);
}

/// People come and go: they log in and out, and open and close their day in the app.
void ChangeUser(const Scene& scene) {
  const auto& users = scene.world.directory().users;
  if (users.empty()) return;
  const User& user = scene.dice.Pick(users);
  const bool opening_hours = scene.dice.Happens(60);
  const UserAct act = opening_hours ? (user.available ? UserAct::kClose : UserAct::kOpen)
                                    : (user.connected ? UserAct::kDisconnect : UserAct::kConnect);
  [[maybe_unused]] const auto changed = ActAsUser(scene.world, std::to_string(user.id), act);
}

/// One kind of things that happen. Another kind is a rule, and a row here.
struct Happening {
  std::int64_t TrafficRules::*per_hour;
  void (*happen)(const Scene&);
  bool by_agent;  ///< Some agent does it.
};

constexpr std::array<Happening, 3> kHappenings = {
    {{&TrafficRules::calls_per_hour, PlaceCall, false},
     {&TrafficRules::contact_edits_per_hour, EditContact, true},
     {&TrafficRules::user_changes_per_hour, ChangeUser, false}}};

}  // namespace

std::span<const TrafficRule> AllTrafficRules() {
  using R = TrafficRules;
  static constexpr std::array<TrafficRule, 9> kRules = {
      {{"calls_per_hour", &R::calls_per_hour, kMostPerHour},
       {"contact_edits_per_hour", &R::contact_edits_per_hour, kMostPerHour},
       {"user_changes_per_hour", &R::user_changes_per_hour, kMostPerHour},
       {"inbound_percent", &R::inbound_percent, 100},
       {"answered_percent", &R::answered_percent, 100},
       {"voicemail_percent", &R::voicemail_percent, 100},
       {"transfer_percent", &R::transfer_percent, 100},
       {"late_notes_percent", &R::late_notes_percent, 100},
       {"late_tags_percent", &R::late_tags_percent, 100}}};
  return kRules;
}

Traffic::Traffic(std::uint64_t seed) : dice_(seed ^ 0x7AFF1CULL) {
  static_assert(kHappenings.size() == kKinds);
}

void Traffic::SetRules(const TrafficRules& rules, WallTime now) {
  rules_ = rules;
  Habits& habits = writer_.habits();
  habits.inbound = static_cast<double>(rules.inbound_percent);
  habits.answered_inbound = habits.answered_outbound = static_cast<double>(rules.answered_percent);
  habits.voicemail = static_cast<double>(rules.voicemail_percent);
  habits.transfer = static_cast<double>(rules.transfer_percent);
  habits.note = static_cast<double>(rules.late_notes_percent);
  habits.tag = static_cast<double>(rules.late_tags_percent);
  for (std::size_t kind = 0; kind < kKinds; ++kind) due_.at(kind) = TimeAfter(kind, now);
}

std::optional<WallTime> Traffic::NextDue() const {
  std::optional<WallTime> next;
  for (const auto& due : due_) {
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

void Traffic::RunNext(World& world) {
  const auto next = NextDue();
  if (!next) return;
  const auto kind =
      static_cast<std::size_t>(std::find(due_.begin(), due_.end(), next) - due_.begin());
  const Happening& happening = kHappenings.at(kind);
  due_.at(kind) = TimeAfter(kind, *next);
  const Cause before = world.cause();
  const auto& users = world.directory().users;
  if (happening.by_agent && !users.empty()) world.SetCause({.agent = dice_.Pick(users).id});
  happening.happen({world, dice_, writer_});
  world.SetCause(before);
}

std::optional<WallTime> Traffic::TimeAfter(std::size_t kind, WallTime when) {
  const std::int64_t per_hour = rules_.*kHappenings.at(kind).per_hour;
  if (per_hour == 0) return {};
  const double mean = 3'600'000'000.0 / static_cast<double>(per_hour);
  return when + std::chrono::microseconds(static_cast<std::int64_t>(dice_.Wait(mean)) + 1);
}

}  // namespace sb::aircall::sandbox
