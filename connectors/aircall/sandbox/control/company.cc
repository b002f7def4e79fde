#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/contact_body.h"
#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/refusal.h"

// The control API: what a test or a demo says to the sandbox itself. Calls stand in
// control_calls.cc, logs and faults in control_logs.cc. README.md shows every shape.
namespace sb::aircall::sandbox {
namespace {

// ---- the company

Reply CreateContactSilently(Visit& visit) {
  const auto draft = ContactDraftOf(visit.request);
  if (!draft.ok()) return RefusalReply(draft.error());
  const auto contact = visit.world().CreateContact(*draft, Announce::kNo);
  if (!contact.ok()) return RefusalReply(contact.error());
  return ObjectReply(201, "contact", ContactDoc(visit.world(), *contact, Wire::kRest));
}

Reply EditContact(Visit& visit) {
  const auto draft = ContactDraftOf(visit.request);
  if (!draft.ok()) return RefusalReply(draft.error());
  const auto contact = visit.world().EditContact(visit.Id(0), *draft);
  if (!contact.ok()) return RefusalReply(contact.error());
  return ObjectReply(200, "contact", ContactDoc(visit.world(), *contact, Wire::kRest));
}

Reply RemoveApp(Visit& visit) {
  const auto removed = visit.world().RemoveApp();
  if (!removed.ok()) return RefusalReply(removed.error());
  return ObjectReply(200, "removed", IntegrationDeletedDoc(visit.world(), *removed));
}

Reply Reset(Visit& visit) {
  visit.stage.Reset();
  return EmptyReply(204);
}

Reply ShowCompanies(Visit& visit) {
  Doc list = Doc::array();
  for (const auto& stage : visit.companies.all()) {
    const World& world = stage->world();
    list.push_back({{"id", stage->company_id()},
                    {"name", world.directory().company.name},
                    {"api_id", world.api_key().id},
                    {"calls", world.calls().size()},
                    {"contacts", world.contacts().size()}});
  }
  return ObjectReply(200, "companies", std::move(list));
}

// ---- snapshots

Reply TakeSnapshot(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const std::string name = TextMember(*body, "name");
  visit.stage.TakeSnapshot(name.empty() ? "default" : name);
  return ObjectReply(201, "snapshots", Doc(visit.stage.SnapshotNames()));
}

Reply ShowSnapshots(Visit& visit) {
  return ObjectReply(200, "snapshots", Doc(visit.stage.SnapshotNames()));
}

Reply RestoreSnapshot(Visit& visit) {
  const Status status = visit.stage.RestoreSnapshot(visit.args.at(0));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

// ---- time

Doc ClockDoc(const ShiftedClock& clock) {
  return {{"now", ToRfc3339(clock.Now())}, {"speed", clock.speed()}};
}

Reply ShowClock(Visit& visit) {
  return ObjectReply(200, "clock", ClockDoc(visit.clock));
}

constexpr double kTopSpeed = 100'000;
constexpr std::int64_t kFarthest = 10LL * 365 * 86'400;

Reply SetClock(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const auto ahead = NumberMember(*body, "advance_seconds", 0, 0, kFarthest);
  if (!ahead.ok()) return RefusalReply(ahead.error());
  const Json& speed = Member(*body, "speed");
  if (!speed.is_null()) {
    const double wanted = speed.is_number() ? speed.get<double>() : 0;
    if (wanted <= 0 || wanted > kTopSpeed) {
      return RefusalReply(Refused("speed is not a number above 0 and up to 100000"));
    }
    visit.clock.SetSpeed(wanted);
  }
  visit.clock.Advance(Seconds(*ahead));
  return ObjectReply(200, "clock", ClockDoc(visit.clock));
}

// ---- switches

Doc SwitchesDoc(const Switches& switches) {
  Doc doc = Doc::object();
  for (const SwitchInfo& row : AllSwitches()) doc[std::string(row.name)] = switches.Text(row.id);
  return doc;
}

Doc SwitchInfoDoc(const SwitchInfo& row, const Switches& switches) {
  Doc doc = {{"name", row.name}, {"value", switches.Text(row.id)}};
  if (row.choices.empty()) {
    doc["range"] = {row.number.least, row.number.most};
  } else {
    doc["choices"] = row.choices;
  }
  doc["documented"] = row.documented ? Doc(*row.documented) : Doc(nullptr);
  doc["about"] = row.help;
  return doc;
}

Reply ShowSwitches(Visit& visit) {
  Doc list = Doc::array();
  for (const SwitchInfo& row : AllSwitches()) {
    list.push_back(SwitchInfoDoc(row, visit.switches()));
  }
  return ObjectReply(200, "switches", std::move(list));
}

Reply SetSwitches(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  Switches changed = visit.switches();
  for (const auto& [name, choice] : body->items()) {
    const std::string text = PlainText(choice);
    if (name == "follow" && text == "reference") {
      changed.FollowReference();
      continue;
    }
    if (Status status = changed.Set(name, text); !status.ok()) return RefusalReply(status.error());
  }
  visit.stage.switches() = changed;
  return ObjectReply(200, "switches", SwitchesDoc(changed));
}

// ---- a summary

Doc WebhookStateDoc(const Webhook& webhook) {
  return {{"webhook_id", webhook.uuid},
          {"made_by", webhook.owner == CallerKind::kApp ? "oauth" : "basic"},
          {"url", webhook.url},
          {"active", webhook.active},
          {"events", webhook.events.size()},
          {"failures_in_a_row", webhook.failures_in_a_row}};
}

Doc DeliveryCounts(const DeliveryBook& deliveries) {
  Doc counts = Doc::object();
  for (const DeliveryState state :
       {DeliveryState::kPending, DeliveryState::kSending, DeliveryState::kDelivered,
        DeliveryState::kGivenUp, DeliveryState::kCancelled, DeliveryState::kLost}) {
    counts[NameOf(state)] = 0;
  }
  for (const auto& [id, delivery] : deliveries.all()) {
    Doc& count = counts[NameOf(delivery.state)];
    count = count.get<int>() + 1;
  }
  return counts;
}

Doc RateDoc(const RateLimit::Standing& standing) {
  return {{"limit", standing.limit},
          {"remaining", standing.remaining},
          {"reset", UnixSeconds(standing.reset)}};
}

Reply ShowState(Visit& visit) {
  const World& world = visit.world();
  Doc webhooks = Doc::array();
  for (const Webhook& webhook : world.webhooks().all()) {
    webhooks.push_back(WebhookStateDoc(webhook));
  }
  const auto& app = world.app().integration();
  const RateRules rules = RateRules::From(visit.switches());
  return JsonReply(200, {{"now", ToRfc3339(visit.stage.Now())},
                         {"speed", visit.clock.speed()},
                         {"company", CompanyDoc(world)},
                         {"company_id", visit.stage.company_id()},
                         {"calls", world.calls().size()},
                         {"contacts", world.contacts().size()},
                         {"tags", world.tags().size()},
                         {"webhooks", std::move(webhooks)},
                         {"app", app ? IntegrationDoc(world, *app) : Doc(nullptr)},
                         {"rate", RateDoc(visit.stage.rate.Look(rules, visit.stage.Now()))},
                         {"requests", visit.stage.requests.next_seq() - 1},
                         {"deliveries", DeliveryCounts(visit.stage.deliveries)},
                         {"faults", visit.stage.faults.all().size()},
                         {"switches", SwitchesDoc(visit.switches())}});
}

Reply ShowRoutes(Visit&);

constexpr Route kControlRoutes[] = {
    {"GET", "/_sandbox", Access::kOpen, ShowRoutes, "this list", "routes"},
    {"GET", "/_sandbox/state", Access::kOpen, ShowState, "a summary of everything", "state"},
    {"GET", "/_sandbox/companies", Access::kOpen, ShowCompanies,
     "the companies, with their keys' ids", "company list"},
    {"POST", "/_sandbox/contacts", Access::kOpen, CreateContactSilently, "a contact without events",
     "contact create"},
    {"PUT", "/_sandbox/contacts/:id", Access::kOpen, EditContact,
     "edit as in the app: what is sent replaces, blank clears", "contact edit"},
    {"POST", "/_sandbox/app/remove", Access::kOpen, RemoveApp, "the customer removes the app",
     "app remove"},
    {"GET", "/_sandbox/clock", Access::kOpen, ShowClock, "the time and its speed", "clock show"},
    {"PUT", "/_sandbox/clock", Access::kOpen, SetClock, "advance_seconds=n and speed=n",
     "clock set"},
    {"GET", "/_sandbox/switches", Access::kOpen, ShowSwitches, "the switches, with their choices",
     "switch list"},
    {"PUT", "/_sandbox/switches", Access::kOpen, SetSwitches,
     "name=value, or follow=reference for all documented ones", "switch set"},
    {"GET", "/_sandbox/snapshots", Access::kOpen, ShowSnapshots, "the names of the snapshots",
     "snapshot list"},
    {"POST", "/_sandbox/snapshots", Access::kOpen, TakeSnapshot,
     "keep the company as it is; name=default", "snapshot take"},
    {"POST", "/_sandbox/snapshots/:name/restore", Access::kOpen, RestoreSnapshot, "bring it back",
     "snapshot restore"},
    {"POST", "/_sandbox/reset", Access::kOpen, Reset, "back to the seeded company", "reset"},
};

Reply ShowRoutes(Visit&) {
  Doc list = Doc::array();
  for (const std::span<const Route> table : ControlTables()) {
    for (const Route& route : table) {
      list.push_back({{"method", route.method},
                      {"path", route.pattern},
                      {"command", route.command},
                      {"what", route.what}});
    }
  }
  return ObjectReply(200, "routes", std::move(list));
}

}  // namespace

std::span<const Route> ControlRoutes() {
  return kControlRoutes;
}

}  // namespace sb::aircall::sandbox
