#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/text.h"

// The control API, part four: the company at a glance, as the page at / shows it. Short rows and
// the latest ones only, so that a browser may ask every second.
namespace sb::aircall::sandbox {
namespace {

constexpr std::int64_t kRows = 30;
constexpr std::size_t kPeople = 50;

Doc TimeDoc(const std::optional<WallTime>& when) {
  return when ? Doc(ToRfc3339(*when)) : Doc(nullptr);
}

Doc TextDoc(const std::optional<std::string>& text) {
  return text ? Doc(*text) : Doc(nullptr);
}

Doc UserRow(const User& user) {
  return {
      {"id", user.id},       {"name", user.name},           {"email", user.email},
      {"admin", user.admin}, {"available", user.available}, {"status", user.availability_status}};
}

Doc NumberRow(const Number& number) {
  return {{"id", number.id},
          {"name", number.name},
          {"phone", DisplayPhone(number.e164)},
          {"open", number.open},
          {"users", number.user_ids.size()}};
}

template <typename T, typename Draw>
Doc Rows(const std::vector<T>& items, const Draw& draw) {
  Doc rows = Doc::array();
  for (const T& item : items) {
    if (rows.size() == kPeople) break;
    rows.push_back(draw(item));
  }
  return rows;
}

Doc NameOfUser(const World& world, std::int64_t id) {
  const User* user = world.directory().FindUser(id);
  return user == nullptr ? Doc(nullptr) : Doc(user->name);
}

std::string NameOfContact(const Contact& contact) {
  const std::string first = contact.first_name.value_or("");
  const std::string last = contact.last_name.value_or("");
  return first + (first.empty() || last.empty() ? "" : " ") + last;
}

Doc NotesOf(const World& world, const Call& call) {
  Doc notes = Doc::array();
  for (const Comment& each : call.comments) {
    notes.push_back(
        {{"text", each.content}, {"by", NameOfUser(world, each.author_id.value_or(0))}});
  }
  return notes;
}

Doc TagNamesOf(const World& world, const Call& call) {
  Doc names = Doc::array();
  for (const CallTag& each : call.tags) {
    const auto tag = world.tags().Get(each.tag_id);
    if (tag.ok()) names.push_back(tag->name);
  }
  return names;
}

Doc CallRow(const World& world, const Call& call) {
  const Number* number = world.directory().FindNumber(call.number_id);
  const Contact* contact = world.contacts().FindByPhone(call.external);
  return {{"id", call.id},
          {"direction", call.direction == Direction::kInbound ? "inbound" : "outbound"},
          {"live", call.status != CallStatus::kDone},
          {"other", DisplayPhone(call.external)},
          {"contact", contact == nullptr ? Doc(nullptr) : Doc(NameOfContact(*contact))},
          {"number", number == nullptr ? Doc(nullptr) : Doc(number->name)},
          {"user", NameOfUser(world, call.user_id.value_or(0))},
          {"started_at", ToRfc3339(call.started_at)},
          {"answered_at", TimeDoc(call.answered_at)},
          {"ended_at", TimeDoc(call.ended_at)},
          {"missed_call_reason", TextDoc(call.missed_reason)},
          {"voicemail", call.voicemail_key.has_value()},
          {"archived", call.archived},
          {"notes", NotesOf(world, call)},
          {"tags", TagNamesOf(world, call)}};
}

/// The latest calls. A day of them is enough in a busy company, and spares sorting its history.
Doc CallRows(const World& world) {
  ListQuery query{.per_page = kRows, .descending = true, .from = UnixSeconds(world.Now()) - 86'400};
  auto page = world.ListCalls({}, query);
  if (page.total < kRows) {
    query.from.reset();
    page = world.ListCalls({}, query);
  }
  Doc rows = Doc::array();
  for (const Call* call : page.items) rows.push_back(CallRow(world, *call));
  return rows;
}

Doc DetailRows(const std::vector<Detail>& details) {
  Doc rows = Doc::array();
  for (const Detail& each : details) rows.push_back({{"label", each.label}, {"value", each.value}});
  return rows;
}

Doc ContactRows(const World& world) {
  const ListQuery query{.per_page = kRows, .descending = true, .by_update = true};
  const auto page = world.contacts().List({}, query);
  Doc rows = Doc::array();
  for (const Contact* contact : page.items) {
    rows.push_back({{"id", contact->id},
                    {"first_name", TextDoc(contact->first_name)},
                    {"last_name", TextDoc(contact->last_name)},
                    {"company_name", TextDoc(contact->company_name)},
                    {"information", TextDoc(contact->information)},
                    {"phones", DetailRows(contact->phones)},
                    {"emails", DetailRows(contact->emails)}});
  }
  return rows;
}

Doc TagRows(const World& world) {
  const auto page = world.tags().List({.per_page = kMaxPerPage});
  Doc rows = Doc::array();
  for (const Tag* tag : page.items) rows.push_back({{"id", tag->id}, {"name", tag->name}});
  return rows;
}

Doc WebhookRows(const World& world) {
  Doc rows = Doc::array();
  for (const Webhook& webhook : world.webhooks().all()) {
    rows.push_back({{"id", webhook.uuid},
                    {"made_by", webhook.owner == CallerKind::kApp ? "app" : "key"},
                    {"url", webhook.url},
                    {"active", webhook.active},
                    {"events", webhook.events},
                    {"failures_in_a_row", webhook.failures_in_a_row}});
  }
  return rows;
}

Doc DeliveryRow(const Delivery& delivery) {
  const Attempt last = delivery.attempts.empty() ? Attempt{} : delivery.attempts.back();
  const bool waits = delivery.state == DeliveryState::kPending;
  return {{"id", delivery.message.delivery_id},
          {"event", delivery.message.event},
          {"url", delivery.message.url},
          {"state", NameOf(delivery.state)},
          {"attempts", delivery.attempts.size()},
          {"status", last.status == 0 ? Doc(nullptr) : Doc(last.status)},
          {"problem", last.problem},
          {"created_at", ToRfc3339(delivery.created_at)},
          {"next_attempt_at", waits ? Doc(ToRfc3339(delivery.due_at)) : Doc(nullptr)},
          {"repeat_of", delivery.repeat_of ? Doc(*delivery.repeat_of) : Doc(nullptr)}};
}

Doc DeliveryRows(const DeliveryBook& deliveries) {
  Doc rows = Doc::array();
  const auto& all = deliveries.all();
  for (auto each = all.rbegin(); each != all.rend() && rows.size() < kRows; ++each) {
    rows.push_back(DeliveryRow(each->second));
  }
  return rows;
}

Doc RequestRows(const RequestLog& log) {
  Doc rows = Doc::array();
  const auto& all = log.entries();
  for (auto each = all.rbegin(); each != all.rend() && rows.size() < kRows; ++each) {
    rows.push_back({{"seq", each->seq},
                    {"at", ToRfc3339(each->at)},
                    {"method", each->method},
                    {"path", each->path},
                    {"query", each->query},
                    {"status", each->status == 0 ? Doc(nullptr) : Doc(each->status)},
                    {"answered", each->answered},
                    {"credential", each->credential},
                    {"fault", TextDoc(each->fault)}});
  }
  return rows;
}

Doc AppDoc(const World& world) {
  const OauthClient& client = world.app().client();
  const auto& installed = world.app().integration();
  Doc doc = {{"name", client.name},
             {"client_id", client.id},
             {"install_uri", client.install_uri.empty() ? Doc(nullptr) : Doc(client.install_uri)},
             {"redirect_uris", client.redirect_uris},
             {"installed", installed.has_value()},
             {"living_tokens", world.app().LivingTokens(world.Now())}};
  if (!installed) return doc;
  doc["active"] = installed->active;
  doc["install_completed"] = installed->install_completed;
  doc["number_ids"] = installed->number_ids;
  doc["user"] = NameOfUser(world, installed->user_id);
  return doc;
}

Doc RateDoc(const Stage& stage) {
  const auto standing = stage.rate.Look(RateRules::From(stage.world().switches()), stage.Now());
  return {{"limit", standing.limit},
          {"remaining", standing.remaining},
          {"admitted", standing.admitted},
          {"reset", ToRfc3339(standing.reset)}};
}

Doc CompanyRows(const Companies& companies) {
  Doc rows = Doc::array();
  for (const auto& stage : companies.all()) {
    rows.push_back(
        {{"id", stage->company_id()}, {"name", stage->world().directory().company.name}});
  }
  return rows;
}

Doc CountsDoc(const Stage& stage) {
  const World& world = stage.world();
  return {{"users", world.directory().users.size()},
          {"numbers", world.directory().numbers.size()},
          {"calls", world.calls().size()},
          {"contacts", world.contacts().size()},
          {"webhooks", world.webhooks().all().size()},
          {"deliveries", stage.deliveries.all().size()},
          {"requests", stage.requests.next_seq() - 1},
          {"faults", stage.faults.all().size()}};
}

Reply ShowOverview(Visit& visit) {
  const World& world = visit.world();
  const Directory& directory = world.directory();
  return JsonReply(200, {{"now", ToRfc3339(visit.stage.Now())},
                         {"speed", visit.clock.speed()},
                         {"base_url", world.settings().base_url},
                         {"companies", CompanyRows(visit.companies)},
                         {"company_id", visit.stage.company_id()},
                         {"counts", CountsDoc(visit.stage)},
                         {"rate", RateDoc(visit.stage)},
                         {"app", AppDoc(world)},
                         {"users", Rows(directory.users, UserRow)},
                         {"numbers", Rows(directory.numbers, NumberRow)},
                         {"tags", TagRows(world)},
                         {"contacts", ContactRows(world)},
                         {"calls", CallRows(world)},
                         {"webhooks", WebhookRows(world)},
                         {"deliveries", DeliveryRows(visit.stage.deliveries)},
                         {"requests", RequestRows(visit.stage.requests)},
                         {"snapshots", visit.stage.SnapshotNames()}});
}

Reply ShowApp(Visit& visit) {
  return ObjectReply(200, "app", AppDoc(visit.world()));
}

constexpr Route kControlPageRoutes[] = {
    {"GET", "/_sandbox/overview", Access::kOpen, ShowOverview,
     "the company at a glance: short rows, the latest 30 of each", "overview"},
    {"GET", "/_sandbox/app", Access::kOpen, ShowApp, "the OAuth app and its installation",
     "app show"},
};

}  // namespace

std::span<const Route> ControlPageRoutes() {
  return kControlPageRoutes;
}

}  // namespace sb::aircall::sandbox
