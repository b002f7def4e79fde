#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connectors/aircall/sandbox/world/ids.h"
#include "connectors/aircall/sandbox/world/objects.h"
#include "connectors/aircall/sandbox/world/page.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// Every event name a webhook may ask for (doc).
const std::set<std::string>& AllEvents();

/// How a sent list of events combines with the one a webhook has.
enum class EventsAction { kReplace, kAdd, kRemove };

/// What a create or an update says about a webhook. An absent member was not sent.
struct WebhookDraft {
  std::optional<std::string> url{};
  std::optional<std::string> custom_name{};
  std::optional<std::set<std::string>> events{};
  std::optional<bool> active{};
  EventsAction action = EventsAction::kReplace;
};

/// The webhooks of a company. A caller sees only what its own kind of credential made (doc).
/// Refusals are kInvalid SANDBOX_INVALID or kNotFound SANDBOX_NOT_FOUND.
class WebhookBook {
 public:
  explicit WebhookBook(std::shared_ptr<IdSource> ids) : ids_(std::move(ids)) {}

  /// No events, or an empty list, means all of them (doc). Fails at the 101st webhook of the
  /// company (doc).
  Result<Webhook> Create(CallerKind owner, const WebhookDraft& draft, WallTime now);
  /// Events that are absent reset the webhook to all of them unless `action` says to merge;
  /// `active` true revives a disabled one; the token stays (doc).
  Result<Webhook> Update(CallerKind owner, const std::string& id, const WebhookDraft& draft);
  Result<Webhook> Remove(CallerKind owner, const std::string& id);
  void RemoveAllOf(CallerKind owner);

  /// `id` is the UUID or the older numeric id.
  Result<Webhook> Get(CallerKind owner, const std::string& id) const;
  Page<Webhook> List(CallerKind owner, const ListQuery& query) const;

  const std::vector<Webhook>& all() const { return webhooks_; }

  /// Counts a delivery's outcome. A failure that makes `disable_after` in a row switches the
  /// webhook off (0: never); a success switches it on again (doc).
  void NoteOutcome(const std::string& uuid, bool delivered, int disable_after);

 private:
  Result<Webhook*> Find(CallerKind owner, const std::string& id);

  std::shared_ptr<IdSource> ids_;
  std::vector<Webhook> webhooks_;
};

}  // namespace sb::aircall::sandbox
