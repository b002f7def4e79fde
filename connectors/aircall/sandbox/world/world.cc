#include "connectors/aircall/sandbox/world/world.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/life/profile.h"
#include "connectors/aircall/sandbox/life/seed.h"
#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

bool Reaches(const Webhook& webhook, const Event& event, const std::optional<Integration>& app) {
  if (!webhook.active || !webhook.events.contains(event.name)) return false;
  if (webhook.owner == CallerKind::kKey) return event.name != "integration.deleted";
  if (!app || !app->active) return false;
  return !event.number_id || std::find(app->number_ids.begin(), app->number_ids.end(),
                                       *event.number_id) != app->number_ids.end();
}

/// One app for all companies: its id and secret follow from the seed alone.
OauthClient AppOf(const WorldSettings& settings) {
  IdSource ids(settings.seed ^ 0xA99A11C4ULL);
  return {settings.app_name, ids.Hex(32), ids.Hex(64), settings.redirect_uris,
          settings.install_uri};
}

}  // namespace

World::World(WorldSettings settings, const Clock& clock, EventSink events, EffectSink effects)
    : settings_(std::move(settings)),
      clock_(&clock),
      sink_(std::move(events)),
      effects_(std::move(effects)),
      ids_(std::make_shared<IdSource>(settings_.seed, settings_.company)),
      api_key_{ids_->Hex(32), ids_->Hex(32)},
      directory_(SeededDirectory(settings_.company, *ids_)),
      calls_(ids_),
      contacts_(ids_),
      tags_(ids_),
      webhooks_(ids_),
      app_(AppOf(settings_), ids_),
      dice_(settings_.seed * 31 + static_cast<std::uint64_t>(settings_.company)) {
  SeedTags(tags_);
  SeedContacts(contacts_);
  SeedRecords(records_, directory_);
  GrowCompany(settings_.profile, {*this, directory_, contacts_, tags_, *ids_},
              settings_.seed + static_cast<std::uint64_t>(settings_.company),
              settings_.history_end.value_or(Now()));
}

Result<Contact> World::CreateContact(const ContactDraft& draft, Announce announce) {
  auto made = contacts_.Create(draft, Now());
  if (!made.ok()) return made;
  Note("contact.created", made->id);
  if (announce == Announce::kYes) TellContact("contact.created", *made);
  return made;
}

Result<Contact> World::UpdateContact(std::int64_t id, const ContactDraft& draft) {
  auto changed = contacts_.Update(id, draft, Now());
  if (!changed.ok()) return changed;
  Note("contact.updated", id);
  TellContact("contact.updated", *changed);
  return changed;
}

Result<Contact> World::EditContact(std::int64_t id, const ContactDraft& draft) {
  auto changed = contacts_.Edit(id, draft, Now());
  if (!changed.ok()) return changed;
  Note("contact.edited", id);
  TellContact("contact.updated", *changed);
  return changed;
}

Status World::RemoveContact(std::int64_t id) {
  auto last = contacts_.Remove(id);
  if (!last.ok()) return last.error();
  last->emails.clear();  // Both lists are already empty in the captures (live).
  last->phones.clear();
  Note("contact.deleted", id);
  TellContact("contact.deleted", *last);
  return {};
}

Contact World::AdoptContact(const ContactDraft& draft) {
  Contact made = contacts_.Adopt(draft, Now());
  Note("contact.created", made.id);
  TellContact("contact.created", made);
  return made;
}

Result<Detail> World::AddDetail(std::int64_t id, DetailKind kind, const Detail& draft) {
  auto made = contacts_.AddDetail(id, kind, draft, DetailTime());
  if (!made.ok()) return made;
  Note("contact.detail_added", id);
  if (Status told = TellContactChanged(id); !told.ok()) return told.error();
  return made;
}

Result<Detail> World::ChangeDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                                   const Detail& draft) {
  auto changed = contacts_.ChangeDetail(id, kind, detail_id, draft, DetailTime());
  if (!changed.ok()) return changed;
  Note("contact.detail_changed", id);
  if (Status told = TellContactChanged(id); !told.ok()) return told.error();
  return changed;
}

Status World::RemoveDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id) {
  if (Status status = contacts_.RemoveDetail(id, kind, detail_id, DetailTime()); !status.ok()) {
    return status;
  }
  Note("contact.detail_removed", id);
  return TellContactChanged(id);
}

Result<Tag> World::CreateTag(const std::string& name, const std::string& color) {
  auto made = tags_.Create(name, color, Now());
  if (made.ok()) Note("tag.created", made->id);
  return made;
}

Result<Tag> World::UpdateTag(std::int64_t id, const std::optional<std::string>& name,
                             const std::optional<std::string>& color) {
  auto changed = tags_.Update(id, name, color);
  if (changed.ok()) Note("tag.updated", id);
  return changed;
}

Status World::RemoveTag(std::int64_t id) {
  if (Status status = tags_.Remove(id); !status.ok()) return status;
  calls_.StripTag(id);
  Note("tag.deleted", id);
  return {};
}

bool World::IsOnCall(std::int64_t user_id) const {
  return std::any_of(pending_.begin(), pending_.end(), [&](const auto& each) {
    const auto call = calls_.Get(each.second.call_id);
    if (!call.ok() || call->user_id != user_id) return false;
    const bool dialing =
        call->status == CallStatus::kInitial && call->direction == Direction::kOutbound;
    return dialing || call->status == CallStatus::kAnswered;
  });
}

void World::Later(WallTime due, LaterStep step) {
  later_.emplace(due, step);
}

Result<Integration> World::RemoveApp() {
  if (!app_.integration()) return NotFound("SANDBOX_NOT_FOUND", "No app is installed.");
  const Integration last = *app_.integration();
  sink_(
      {"integration.deleted", "integration", Now(), IntegrationDeletedDoc(*this, last).dump(), {}});
  app_.Remove();
  Note("app.removed", last.id);
  webhooks_.RemoveAllOf(CallerKind::kApp);
  return last;
}

std::vector<Webhook> World::SubscribersOf(const Event& event) const {
  std::vector<Webhook> reached;
  std::copy_if(webhooks_.all().begin(), webhooks_.all().end(), std::back_inserter(reached),
               [&](const Webhook& each) { return Reaches(each, event, app_.integration()); });
  return reached;
}

std::optional<WallTime> World::DetailTime() const {
  if (switches().Is(Switch::kDetailMovesUpdate, "no")) return {};
  return Now();
}

void World::Note(std::string_view what, std::int64_t id) {
  if (effects_) effects_({std::string(what), id, Now(), cause_});
}

void World::Tell(const Event& event) {
  sink_(event);
}

void World::TellContact(const char* event, const Contact& contact) {
  sink_({event, "contact", Now(), ContactDoc(*this, contact, Wire::kEvent).dump(), {}});
}

Status World::TellContactChanged(std::int64_t id) {
  const auto contact = contacts_.Get(id);
  if (!contact.ok()) return contact.error();
  TellContact("contact.updated", *contact);
  return {};
}

}  // namespace sb::aircall::sandbox
