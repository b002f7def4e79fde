#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/aircall/sandbox/life/call_script.h"
#include "connectors/aircall/sandbox/life/dice.h"
#include "connectors/aircall/sandbox/world/app_install.h"
#include "connectors/aircall/sandbox/world/call_book.h"
#include "connectors/aircall/sandbox/world/clock.h"
#include "connectors/aircall/sandbox/world/contact_book.h"
#include "connectors/aircall/sandbox/world/directory.h"
#include "connectors/aircall/sandbox/world/ids.h"
#include "connectors/aircall/sandbox/world/later.h"
#include "connectors/aircall/sandbox/world/message_book.h"
#include "connectors/aircall/sandbox/world/record_book.h"
#include "connectors/aircall/sandbox/world/switches.h"
#include "connectors/aircall/sandbox/world/tag_book.h"
#include "connectors/aircall/sandbox/world/webhook_book.h"

namespace sb::aircall::sandbox {

struct WorldSettings {
  std::uint64_t seed = 42;
  int company = 0;         ///< Which company of this sandbox it is, from 0.
  std::string base_url{};  ///< Where links point: "http://127.0.0.1:8080".
  std::string app_name = "Switchboard";
  std::vector<std::string> redirect_uris{};  ///< None: any address on this machine.
  std::string install_uri{};                 ///< Where an install begun in Aircall starts.
  Switches switches{};
  std::string profile = "bare";           ///< How large the company is: profile.h.
  std::optional<WallTime> history_end{};  ///< Nothing: now.
  std::int64_t calls_per_hour = 0;        ///< That happen by themselves.
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
  /// A number-callback (6.4): `data` is the whole body, sent once and to this address alone.
  std::string callback_url{};
};

/// Why something changes just now.
struct Cause {
  std::int64_t request = 0;             ///< Its number in the request log; 0: no request.
  std::optional<std::int64_t> agent{};  ///< A user at work in the app; nothing: the API, or nobody.
};

/// Something that was changed: the truth that a test compares its own account with.
struct Effect {
  std::string what;  ///< "contact.updated", "call.tag_added"
  std::int64_t id = 0;
  WallTime at;
  Cause cause{};
};

enum class Pace { kInstant, kReal };
enum class Announce { kYes, kNo };

/// A whole Aircall company: what it holds, what may be done to it, and which events that causes.
/// Knows nothing of HTTP. Not thread-safe: one mutex of its owner guards it, and the sinks are
/// called under it. A copy is a snapshot: it shares the source of ids, so that none is given twice.
class World {
 public:
  using EventSink = std::function<void(const Event&)>;
  using EffectSink = std::function<void(const Effect&)>;

  World(WorldSettings settings, const Clock& clock, EventSink events, EffectSink effects = {});

  const WorldSettings& settings() const { return settings_; }

  void SetBaseUrl(const std::string& base_url) { settings_.base_url = base_url; }

  Switches& switches() { return settings_.switches; }

  const Switches& switches() const { return settings_.switches; }

  const ApiKey& api_key() const { return api_key_; }

  WallTime Now() const { return moment_.value_or(clock_->Now()); }

  /// While something is played that was due earlier, it is then; nothing: it is now.
  void SetMoment(std::optional<WallTime> moment) { moment_ = moment; }

  /// Whose doing the changes are from now on.
  void SetCause(const Cause& cause) { cause_ = cause; }

  const Cause& cause() const { return cause_; }

  Directory& directory() { return directory_; }

  const Directory& directory() const { return directory_; }

  const CallBook& calls() const { return calls_; }

  const ContactBook& contacts() const { return contacts_; }

  const TagBook& tags() const { return tags_; }

  MessageBook& messages() { return messages_; }

  const MessageBook& messages() const { return messages_; }

  RecordBook& records() { return records_; }

  const RecordBook& records() const { return records_; }

  IdSource& ids() { return *ids_; }

  WebhookBook& webhooks() { return webhooks_; }

  const WebhookBook& webhooks() const { return webhooks_; }

  AppInstall& app() { return app_; }

  const AppInstall& app() const { return app_; }

  // Writes that others hear of. Refusals are those of the books.
  Result<Contact> CreateContact(const ContactDraft& draft, Announce announce = Announce::kYes);
  Result<Contact> UpdateContact(std::int64_t id, const ContactDraft& draft);
  /// As an agent does in the app: what is sent replaces, blank clears.
  Result<Contact> EditContact(std::int64_t id, const ContactDraft& draft);
  Status RemoveContact(std::int64_t id);
  /// The contact that comes along with a new user: it needs no phone.
  Contact AdoptContact(const ContactDraft& draft);
  Result<Detail> AddDetail(std::int64_t id, DetailKind kind, const Detail& draft);
  Result<Detail> ChangeDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                              const Detail& draft);
  Status RemoveDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id);
  Result<Comment> CommentCall(std::int64_t id, const std::string& content);
  Status TagCall(std::int64_t id, const std::vector<std::int64_t>& tag_ids);
  /// Only the app can do this.
  Status UntagCall(std::int64_t id, std::int64_t tag_id);
  Result<Call> ArchiveCall(std::int64_t id, bool archived);
  /// A cold transfer of a running call; to an outside number only while it rings inbound (doc).
  Status TransferCall(std::int64_t id, const TransferPlan& transfer);
  /// Fails with kConflict SANDBOX_WRONG_STATE when the line does not record.
  Status PauseRecording(std::int64_t id, bool paused);
  Status DeleteAsset(std::int64_t id, AssetKind kind);
  Status ShowInsightCard(std::int64_t id, const std::string& card);
  Result<Call> LinkCall(std::int64_t id, const std::string& link);
  Result<Tag> CreateTag(const std::string& name, const std::string& color);
  Result<Tag> UpdateTag(std::int64_t id, const std::optional<std::string>& name,
                        const std::optional<std::string>& color);
  Status RemoveTag(std::int64_t id);

  Page<Call> ListCalls(const CallFilter& filter, const ListQuery& query) const;

  /// Simulates a call: at once, ending now, or step by step as RunDueSteps is called. Without a
  /// user, the line's first one takes part. Fails with kInvalid SANDBOX_INVALID when the plan names
  /// an unknown line, user or reason.
  Result<Call> PlaceCall(CallPlan plan, Pace pace);
  /// A call of long ago, finalised, of which nobody hears. The plan is one PlaceCall would take.
  void RememberCall(CallPlan plan, WallTime start);
  /// Whether a user is talking or dialing just now.
  bool IsOnCall(std::int64_t user_id) const;
  /// Plays the steps of running calls, and whatever else was put off, that are due.
  void RunDueSteps();
  /// Has something happen by itself at `due`.
  void Later(WallTime due, LaterStep step);
  std::optional<WallTime> NextStepDue() const;

  // The OAuth app, written in world_app.cc.
  /// An administrator allows it; answers with the code for the redirect.
  std::string AllowApp(const std::string& redirect_uri, std::int64_t user_id,
                       std::vector<std::int64_t> number_ids);
  /// A code or a refresh token for tokens, by the rules of the switches. Fails as
  /// AppInstall::Redeem.
  Result<IssuedTokens> IssueTokens(const TokenRequest& request);
  /// The app itself switches its events on or off. Without an app, nothing happens.
  void SwitchApp(bool active);
  void CompleteAppInstall();

  /// The customer removes the app: its tokens die, it is told by integration.deleted, its webhooks
  /// go. Answers with the integration that was, or fails with kNotFound SANDBOX_NOT_FOUND.
  Result<Integration> RemoveApp();

  // For the rules that stand beside the world: users.h, teams.h, lines.h, messaging.h and others.
  /// Keeps the account of a change.
  void Note(std::string_view what, std::int64_t id);
  /// Lets everyone know who subscribed to it.
  void Tell(const Event& event);

  /// The webhooks an event goes to, as of now.
  std::vector<Webhook> SubscribersOf(const Event& event) const;

 private:
  struct PendingStep {
    std::int64_t call_id = 0;
    std::shared_ptr<const CallPlan> plan;
    TimedStep step;
  };

  std::optional<WallTime> DetailTime() const;
  Status CheckPlan(const CallPlan& plan) const;
  Status CheckPeople(const CallPlan& plan) const;
  Status CheckTransfer(const TransferPlan& transfer) const;
  void Complete(CallPlan& plan);
  Call& BeginCall(const CallPlan& plan, WallTime start);
  void Schedule(const Call& call, CallPlan plan, WallTime start);
  void Play(const PendingStep& pending, WallTime at);
  void BeginWrapUp(const Call& call, WallTime at);
  static void ForgetFailedTransfer(Call& call, const CallPlan& plan, const TimedStep& step);
  template <typename Unwanted>
  void DropSteps(std::int64_t call_id, const Unwanted& unwanted);
  /// `about`: whom the event shows as its user, when not the call's own.
  void TellCall(std::string_view event, const Call& call, WallTime at,
                std::optional<std::int64_t> about = {});
  void TellContact(const char* event, const Contact& contact);
  Status TellContactChanged(std::int64_t id);

  WorldSettings settings_;
  const Clock* clock_;
  EventSink sink_;
  EffectSink effects_;
  Cause cause_;
  std::shared_ptr<IdSource> ids_;
  ApiKey api_key_;
  Directory directory_;
  CallBook calls_;
  ContactBook contacts_;
  TagBook tags_;
  MessageBook messages_;
  RecordBook records_;
  WebhookBook webhooks_;
  AppInstall app_;
  Dice dice_;
  std::multimap<WallTime, PendingStep> pending_;
  std::optional<WallTime> moment_;
  std::multimap<WallTime, LaterStep> later_;
};

}  // namespace sb::aircall::sandbox
