#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/app_install.h"
#include "connectors/aircall/sandbox/call_book.h"
#include "connectors/aircall/sandbox/call_script.h"
#include "connectors/aircall/sandbox/clock.h"
#include "connectors/aircall/sandbox/contact_book.h"
#include "connectors/aircall/sandbox/directory.h"
#include "connectors/aircall/sandbox/ids.h"
#include "connectors/aircall/sandbox/switches.h"
#include "connectors/aircall/sandbox/tag_book.h"
#include "connectors/aircall/sandbox/webhook_book.h"

namespace sb::aircall::sandbox {

struct WorldSettings {
  std::uint64_t seed = 42;
  std::string base_url{};  ///< Where links point: "http://127.0.0.1:8080".
  std::string app_name = "Switchboard";
  std::vector<std::string> redirect_uris{};  ///< None: any address on this machine.
  Switches switches{};
};

/// The key pair of the company, made in its dashboard.
struct ApiKey {
  std::string id;
  std::string token;
};

/// Something that happened, before it is addressed to any webhook.
struct Event {
  std::string name;      ///< "call.ended"
  std::string resource;  ///< "call"
  WallTime at;
  std::string data;  ///< JSON text, as of `at`.
  std::optional<std::int64_t> number_id;
};

enum class Pace { kInstant, kReal };
enum class Announce { kYes, kNo };

/// A whole Aircall company: what it holds, what may be done to it, and which events that causes.
/// Knows nothing of HTTP. Not thread-safe: one mutex of its owner guards it, and the sink is called
/// under it.
class World {
 public:
  using EventSink = std::function<void(const Event&)>;

  World(WorldSettings settings, const Clock& clock, EventSink sink);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const WorldSettings& settings() const { return settings_; }

  Switches& switches() { return settings_.switches; }

  const ApiKey& api_key() const { return api_key_; }

  WallTime Now() const { return clock_.Now(); }

  const Directory& directory() const { return directory_; }

  const CallBook& calls() const { return calls_; }

  const ContactBook& contacts() const { return contacts_; }

  const TagBook& tags() const { return tags_; }

  WebhookBook& webhooks() { return webhooks_; }

  const WebhookBook& webhooks() const { return webhooks_; }

  AppInstall& app() { return app_; }

  const AppInstall& app() const { return app_; }

  // Writes that others hear of. Refusals are those of the books.
  Result<Contact> CreateContact(const ContactDraft& draft, Announce announce = Announce::kYes);
  Result<Contact> UpdateContact(std::int64_t id, const ContactDraft& draft);
  Status RemoveContact(std::int64_t id);
  Result<Detail> AddDetail(std::int64_t id, DetailKind kind, const Detail& draft);
  Result<Detail> ChangeDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                              const Detail& draft);
  Status RemoveDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id);
  Result<Comment> CommentCall(std::int64_t id, const std::string& content);
  Status TagCall(std::int64_t id, const std::vector<std::int64_t>& tag_ids);
  Result<Call> ArchiveCall(std::int64_t id, bool archived);
  Result<Tag> CreateTag(const std::string& name, const std::string& color);
  Result<Tag> UpdateTag(std::int64_t id, const std::optional<std::string>& name,
                        const std::optional<std::string>& color);
  Status RemoveTag(std::int64_t id);

  Page<Call> ListCalls(const CallFilter& filter, const ListQuery& query) const;

  /// Simulates a call: at once, ending now, or step by step as RunDueSteps is called. Without a
  /// user, the line's first one takes part. Fails with kInvalid SANDBOX_INVALID when the plan names
  /// an unknown line, user or reason.
  Result<Call> PlaceCall(CallPlan plan, Pace pace);
  /// Plays the steps of running calls that are due.
  void RunDueSteps();
  std::optional<WallTime> NextStepDue() const;

  /// The customer removes the app: its tokens die, it is told by integration.deleted, its webhooks
  /// go. Answers with the integration that was, or fails with kNotFound SANDBOX_NOT_FOUND.
  Result<Integration> RemoveApp();

  /// The webhooks an event goes to, as of now.
  std::vector<Webhook> SubscribersOf(const Event& event) const;

 private:
  struct PendingStep {
    std::int64_t call_id = 0;
    CallPlan plan;
    CallStep step = CallStep::kCreated;
  };

  Status CheckPlan(const CallPlan& plan) const;
  void Play(const PendingStep& pending, WallTime at);
  void Apply(Call& call, const PendingStep& pending, WallTime at);
  void TellCall(const char* event, const Call& call, WallTime at,
                std::optional<std::int64_t> ringing_user = {});
  void TellContact(const char* event, const Contact& contact);
  Status TellContactChanged(std::int64_t id);

  WorldSettings settings_;
  const Clock& clock_;
  EventSink sink_;
  IdSource ids_;
  ApiKey api_key_;
  Directory directory_;
  CallBook calls_;
  ContactBook contacts_;
  TagBook tags_;
  WebhookBook webhooks_;
  AppInstall app_;
  std::multimap<WallTime, PendingStep> pending_;
};

}  // namespace sb::aircall::sandbox
