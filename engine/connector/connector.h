#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/embedded.h"
#include "engine/base/json.h"
#include "engine/base/json_schema.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/connector/sinks.h"
#include "engine/core/event/event.h"
#include "engine/core/gaps/walk.h"
#include "engine/core/personal/phone_numbers.h"
#include "engine/core/quota/limiter.h"
#include "engine/core/recordings/plan.h"
#include "engine/core/settling/settling.h"
#include "engine/core/sync/analytics.h"
#include "engine/core/sync/streams.h"
#include "engine/core/twoway/record_kind.h"
#include "engine/core/workflow/catalog.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/http_client.h"
#include "engine/ports/vault.h"

namespace sb::connector {

/// How a credential opens a request: "basic" from two of its values, or "bearer" with one of them.
struct AuthScheme {
  std::string scheme;
  std::string username;  ///< basic: the value's name.
  std::string password;  ///< basic: the value's name.
  std::string token;     ///< bearer: the value's name.
};

/// How a provider renews its access tokens (RFC 6749, section 6).
struct RefreshSpec {
  Millis at_least_every = std::chrono::hours(24);  ///< Also where nobody uses the token.
  // What the member `error` of a refusal says (RFC 6749, section 5.2).
  std::vector<std::string> grant_dead = {"invalid_grant"};
  std::vector<std::string> application_refused = {"invalid_client", "unauthorized_client"};
};

/// How a provider's OAuth 2.0 authorization-code flow goes.
struct OAuthSpec {
  std::string authorize_url;
  std::string token_url;
  std::string scope;
  std::string token_request_format;  ///< "json" or "form"
  AuthScheme send;
  std::optional<RefreshSpec> refresh;  ///< Absent: its tokens last until they are taken back.
  bool pkce = false;                   ///< The provider takes part in PKCE (RFC 7636), with S256.
  std::string success_url;  ///< Where an installation that began at the provider ends; may be
                            ///< empty.
};

/// A field of an API-key credential, as a person is asked for it.
struct KeyField {
  std::string name;   ///< "api_id"
  std::string label;  ///< "API ID"
  std::string help;   ///< Where to find it.
  bool secret = false;
};

/// What a person reads on the connect page before granting anything.
struct ConsentText {
  std::vector<std::string> reads;
  std::vector<std::string> writes;
  std::string key_help;  ///< For an API key: where to find it, and who must make it.
};

/// A secret bundle that opens one account: {"method": "oauth", "access_token": ...} or
/// {"method": "api_key", "api_id": ..., "api_token": ...}. Stored sealed; never logged.
struct Credential {
  std::string method;
  std::map<std::string, Secret> values;

  Secret ToSecret() const;  ///< As JSON, to be sealed.
  static Result<Credential> FromSecret(const Secret& json);
};

/// What a token endpoint gave.
struct TokenGrant {
  Credential credential;
  std::optional<std::chrono::seconds> expires_in;  ///< Nothing: it does not say.
};

/// What a sealed credential is bound to: account, connector and generation.
ports::SealContext CredentialContext(AccountId account, const std::string& connector,
                                     std::int64_t generation);

/// Where to look for an effect whose answer was lost.
struct ReadBackSpec {
  std::string action;  ///< The reading action, without connector: "calls.get".
  Json with;           ///< Its input; expressions see $input, $requested_at (Unix seconds).
  std::string found;   ///< jq over the reading action's output: the lost output, or null/false when
                       ///< not there.
  std::vector<Millis> waits;
};

/// How names in an action's input become the ids that the provider takes: a list is read before
/// the request.
struct LookupSpec {
  std::string when;    ///< jq over the input: is there a name in it?
  std::string action;  ///< The reading action, without connector: "tags.list".
  Json with;           ///< Its input; expressions see $page.
  std::string pick;    ///< jq over its output, with $page: the items of a page.
  std::string more;    ///< jq over its output, with $page: is there another page? Empty: no.
  std::string input;   ///< jq over all items, with $input: the input with ids; a text says what is
                       ///< wrong.
};

/// An input that the action itself refuses, because the provider would, or would do worse.
struct RefusedInput {
  std::string when;  ///< jq over the input.
  std::string code;  ///< "CONTACT_WITHOUT_PHONE"
  std::string says;  ///< For people.
};

/// Uses of an action whose inputs are made by an expression.
struct EachUse {
  std::string action;  ///< Without connector: "contacts.search".
  std::string each;    ///< jq: a list of its inputs.
  std::string pick;    ///< Where to find an object: jq over its output, with $input and $with.
};

/// How an action finds an object and changes it; its own request makes it where there is none.
struct UpsertSpec {
  std::string keys;              ///< jq over the input: texts; two calls that share one take turns.
  std::vector<EachUse> find;     ///< One after the other until an object is found; `each` sees the
                                 ///< input.
  std::string read;              ///< The action that reads an object by itself.
  Json read_with;                ///< Its input; expressions see $object.
  std::vector<EachUse> changes;  ///< `each` sees the object, and $input.
  std::string output;            ///< jq over the object that was found.
  Millis settles{0};             ///< So long after it was made, an object is found.
};

/// What one group of refusals means. The first rule that fits decides, those of the action before
/// those of the connector.
struct ErrorRule {
  std::vector<std::pair<int, int>> statuses;  ///< Ranges, both ends included.
  ErrorKind kind = ErrorKind::kInvalid;
  bool done = false;            ///< No failure: what was asked for is the case already.
  bool effect_unknown = false;  ///< It may have taken effect: kInDoubt for everything but a read.
  std::string hint;             ///< What to try, for people.
};

/// Where answers speak of the request limit. Header names in lower case; empty: the provider has no
/// such header.
struct LimitHeaders {
  std::string limit;
  std::string remaining;
  std::string reset;
  std::string retry_after;
};

/// Where a webhook body holds what matters: JSON pointers, empty where the provider has no such
/// thing.
struct WebhookEnvelope {
  std::string name;
  std::string token;
  std::string time;
  std::string data;
  std::string entity;
  std::string entity_id;
  std::map<std::string, std::string>
      entities;             ///< {"call": "calls"}; what is not here stays as it is.
  std::string type_prefix;  ///< "io.aircall."
};

/// One operation of a provider, read from actions/<name>.yaml.
struct Action {
  core::workflow::ActionSignature signature;
  std::string title;
  std::string description;
  std::string docs;
  std::string checked;  ///< The date on which the facts were checked.
  Json output_schema;
  Json example;
  Json request;  ///< The request template, as the file has it.
  Json output;   ///< How the answer becomes the output, as the file has it.
  std::vector<ErrorRule> errors;
  std::optional<ReadBackSpec> read_back;
  std::optional<LookupSpec> lookup;
  std::vector<std::string> phones;  ///< Where its input has phone numbers: "phone_numbers.*.value".
  std::vector<RefusedInput> refuse;
  std::optional<UpsertSpec> upsert;
};

/// One kind of event, read from events.yaml.
struct EventKind {
  std::string name;  ///< The provider's: "call.ended"
  std::string type;  ///< Ours: "io.aircall.call.ended"
  std::string description;
  std::string entity_id;  ///< JSON pointer where it differs from the envelope's.
  bool ours = false;      ///< The provider never sends it: we tell it (SettlingRule).
};

/// When two tellings of an event are of the same occurrence, whatever else they say.
struct OccurrenceRule {
  bool once = false;    ///< It happens once to each entity.
  std::string told_at;  ///< JSON pointer to the instant that tells occurrences apart.
};

/// An event that follows from what a record says.
struct RecoveredEvent {
  std::string name;  ///< The provider's: "call.ended"
  std::string at;    ///< jq over the record: the instants at which it happened; null: it did not.
  Millis lag{0};     ///< So long after that the provider has told it.
};

/// A list that tells what webhooks did not, read from `recovery` of connector.yaml.
struct RecoveryList {
  std::string action;  ///< Without connector: "calls.list".
  Json with;           ///< Its input; "${ jq }" sees $from and $to (Unix seconds) and $page.
  std::string entity;  ///< As the envelope of a webhook names it: "call".
  core::gaps::ListShape shape;
  std::vector<RecoveredEvent> events;
  std::string page_program;  ///< jq over the action's output: see ReadRecoveryPage.
};

/// An event that tells how a record stands which may be settling.
struct SettlingEvent {
  std::string name;       ///< The provider's: "call.ended"
  std::string type;       ///< "io.aircall.call.ended"
  bool begins = false;    ///< It says that the record has ended.
  bool confirms = false;  ///< It settles a complete record.
};

/// How records of a kind settle after their end, read from `settling` of connector.yaml.
struct SettlingRule {
  std::string entity;  ///< As the envelope of a webhook names it: "call".
  std::string type;    ///< Of the event that tells it: "io.aircall.call.settled".
  std::vector<SettlingEvent> events;
  core::settling::Schedule schedule;
  std::string action;         ///< Reads a record; without connector: "calls.get".
  Json with;                  ///< Its input; "${ jq }" sees $id, a text.
  std::string data_program;   ///< jq over the action's output: as a webhook carries it.
  std::string facts_program;  ///< jq over that: see ReadRecordFacts.
};

/// One sort of file that calls leave behind, read from `recordings` of connector.yaml.
struct RecordingRule {
  core::recordings::Kind kind = core::recordings::Kind::kRecording;
  std::vector<std::string> types;  ///< Of events that may carry the link: "io.aircall.call.ended".
  std::string link;                ///< jq over an event's data: the link, or null.
  std::string party;               ///< jq over it: the number of the other side; may be empty.
  Millis link_life{0};
  std::string fresh_action;  ///< Gives another link, without connector: "calls.get".
  Json fresh_with;           ///< Its input; "${ jq }" sees $id.
  std::string fresh_link;    ///< jq over its output: the link, or null.
};

/// What the account service must know of a provider. Everything here comes from connector.yaml.
struct Connector {
  std::string name;  ///< "aircall"
  std::string title;
  std::string base_url;
  std::optional<OAuthSpec> oauth;
  std::vector<KeyField> key_fields;  ///< Empty: no API keys.
  AuthScheme key_scheme;
  std::string check_action;  ///< The cheapest request that proves a credential: "ping".
  ConsentText consent;
  Json data;                ///< The whole connector.yaml.
  std::string array_style;  ///< Lists in a query: "brackets" (a[]=1&a[]=2), "repeat" or "comma".
  std::vector<std::string>
      error_words;  ///< Members of an error body with the provider's own words, best first.
  std::vector<ErrorRule> errors;
  LimitHeaders limit_headers;
  WebhookEnvelope envelope;
  std::vector<EventKind> events;
  std::vector<std::string>
      always_subscribe;  ///< Provider names of events that are wanted whatever workflows ask.
  std::vector<std::string>
      taken_back_by;  ///< Types of events that say that the customer removed us: "io.aircall...".
  std::vector<std::string>
      region_changed_by;  ///< Likewise, after which the account's region may be another.
  std::map<std::string, OccurrenceRule> occurrences;  ///< By the provider's name of the event.
  std::vector<RecoveryList> recovery;     ///< Empty: what was missed cannot be found again.
  std::vector<SettlingRule> settling;     ///< Empty: its records change no more once they ended.
  std::vector<RecordingRule> recordings;  ///< One of a kind; empty: calls leave no files.
  std::vector<std::string>
      onward_types;           ///< Types that the provider is asked for where a destination
                              ///< takes all; empty: every one that there is.
  std::string about_program;  ///< jq over an event's data, with $name: see ReadAbout; may be empty.
  std::map<std::string, Action> actions;  ///< By name without connector: "contacts.search".
  std::map<std::string, Json>
      objects;  ///< By name, from objects/<name>.yaml: schema, key, list action, ...
  std::map<std::string, core::sync::Stream> streams;  ///< By name; empty: nothing is replicated.
  core::sync::Analytics analytics;                    ///< Views over their tables.
  /// By name, from records/<name>.yaml; empty: nothing of it is kept the same elsewhere.
  std::map<std::string, core::twoway::RecordKind> records;
  core::quota::Limiter::Settings quota;
};

/// A webhook body, understood.
struct IncomingEvent {
  std::string name;       ///< The provider's: "call.ended"
  std::string type;       ///< "io.aircall.call.ended"
  std::string entity;     ///< "calls"
  std::string entity_id;  ///< May be empty.
  std::optional<WallTime> occurred_at;
  Json data;
  std::string token;   ///< The proof that it comes from the provider; compare, then forget.
  std::string dedupe;  ///< Raw SHA-256 over what identifies the delivery, token left out.
  /// Raw SHA-256 over what identifies that which happened, whoever tells of it; empty where the
  /// connector has no rule for it.
  std::string occurrence;
  std::string body;  ///< What to store: the envelope without its token.
};

/// Base addresses that replace those of connector.yaml: for a sandbox.
struct Addresses {
  std::string api_url;  ///< Replaces base_url (and the host of token_url); empty: as in the file.
  std::string
      oauth_url;  ///< Replaces the authorize URL's scheme, host and port; empty: as in the file.
};

/// The connectors that exist. Immutable after Load; thread-safe.
class Library : public core::workflow::ActionCatalog,
                public core::sync::StreamCatalog,
                public core::sync::AnalyticsCatalog {
 public:
  /// Reads connector folders: `files` hold "aircall/connector.yaml",
  /// "aircall/actions/contacts.search.yaml", ... Fails with kInvalid CONNECTOR_INVALID, naming
  /// file, line and what to do. `addresses` is by connector name.
  static Result<std::unique_ptr<Library>> Load(EmbeddedFiles files,
                                               const std::map<std::string, Addresses>& addresses,
                                               const core::workflow::Expressions& expressions);

  const core::workflow::ActionSignature* Find(const std::string& reference) const override;
  std::vector<std::string> Names() const override;
  const core::workflow::LatestReading* FindLatest(const std::string& event_type) const override;

  std::vector<std::string> Sources() const override;
  const std::map<std::string, core::sync::Stream>* FindStreams(
      const std::string& connector) const override;
  const core::sync::Analytics* FindAnalytics(const std::string& connector) const override;

  /// Of the connectors that have any.
  const core::twoway::RecordCatalog& Records() const { return records_; }

  /// Null when unknown.
  const Connector* FindConnector(const std::string& name) const;
  std::vector<const Connector*> Connectors() const;

  /// Null when unknown.
  const Sink* FindSink(const std::string& name) const;
  /// By name.
  std::vector<const Sink*> Sinks() const;

  /// The action and its connector behind "aircall.contacts.search[:version][@catalog]"; nulls when
  /// unknown.
  struct Found {
    const Connector* connector = nullptr;
    const Action* action = nullptr;
  };

  Found FindAction(const std::string& reference) const;

 private:
  std::map<std::string, Connector> connectors_;
  std::map<std::string, Sink> sinks_;
  core::twoway::RecordCatalog records_;
  std::map<std::string, core::workflow::LatestReading> latest_;  ///< By type of event.
};

/// The input without its nulls, which count as absent. Fails with kInvalid ACTION_INPUT_INVALID,
/// which names the field that does not fit the schema.
Result<Json> CheckedInput(const Action& action, const Json& input);

/// The input with every phone number of it in E.164. A national spelling is read in the country
/// that the member `region` of the input names, else in `region` (ISO 3166; empty: not known).
/// Without `numbers` (null) only the international form is read. Fails with kInvalid
/// PHONE_NUMBER_INVALID and PHONE_NUMBER_WITHHELD; what does not fit the schema is left as it is.
Result<Json> WithPlainPhones(const Action& action, Json input, const std::string& region,
                             const core::personal::PhoneNumbers* numbers);

/// That every phone number of an input may be one. Fails as WithPlainPhones does.
Status CheckPhones(const Action& action, const Json& input);

/// The request that performs `action`. Null members of `input` count as absent. Fails with kInvalid
/// ACTION_INPUT_INVALID, which names the field, with the codes of the action's `refuse` and of
/// CheckPhones, and with kUnauthorized CREDENTIAL_INCOMPLETE.
Result<ports::HttpRequest> RenderRequest(const Connector& connector, const Action& action,
                                         const Json& input, const Credential& credential,
                                         const core::workflow::Expressions& expressions);

/// What the provider's answer means: the action's output, or an Error whose kind follows the
/// connector's error rules (429 is kRateLimited with retry_after; 401/403 kUnauthorized; 5xx
/// kUnavailable for reads and kInDoubt where the rules say that the effect may have happened).
/// Messages carry the provider's own words, shortened, without phone numbers and e-mail addresses.
/// `now` helps to read a reset time where the answer carries no date of its own.
Result<Json> JudgeResponse(const Connector& connector, const Action& action, const Json& input,
                           const ports::HttpResponse& response,
                           const core::workflow::Expressions& expressions,
                           std::optional<WallTime> now = {});

/// What an answer says of the provider's limit, by the connector's header names. A reset time may
/// be Unix seconds, milliseconds, or seconds from now; where the answer carries its date, a
/// difference of clocks is taken out.
core::quota::LimitFeedback FeedbackOf(const Connector& connector,
                                      const ports::HttpResponse& response, WallTime now);

/// The reading action's input for a read-back, and the judgement of its output. Fail as Expressions
/// do.
Result<Json> ReadBackInput(const ReadBackSpec& spec, const Json& input, WallTime requested_at,
                           const core::workflow::Expressions& expressions);
Result<std::optional<Json>> ReadBackFound(const ReadBackSpec& spec, const Json& input,
                                          WallTime requested_at, const Json& output,
                                          const core::workflow::Expressions& expressions);

/// Whether the input has names that must become ids first. Fails as Expressions do.
Result<bool> NeedsLookup(const LookupSpec& spec, const Json& input,
                         const core::workflow::Expressions& expressions);

/// One page of the list in which names are looked up.
struct LookupPage {
  std::vector<Json> items;
  bool more = false;
};

/// The reading action's input for a page (from 1), and what its output says. Fail as Expressions
/// do.
Result<Json> LookupInput(const LookupSpec& spec, int page,
                         const core::workflow::Expressions& expressions);
Result<LookupPage> ReadLookupPage(const LookupSpec& spec, int page, const Json& output,
                                  const core::workflow::Expressions& expressions);

/// The input with ids in the place of names, from all items of the list. Fails with kInvalid
/// ACTION_INPUT_INVALID when a name is unknown, and as Expressions do. `action` has a lookup.
Result<Json> ResolvedInput(const Action& action, const Json& input, const std::vector<Json>& items,
                           const core::workflow::Expressions& expressions);

// How an upsert goes: it is found, changed, read; or made by the action's own request. All fail as
// Expressions do, and with kInvalid CONNECTOR_INVALID where an expression gives something else than
// its place needs.

/// Who or what the input is about, as texts.
Result<std::vector<std::string>> UpsertKeys(const Action& action, const Json& input,
                                            const core::workflow::Expressions& expressions);
/// The inputs of a search, or of a change (over the object, with $input).
Result<std::vector<Json>> FindInputs(const Action& action, const EachUse& find, const Json& input,
                                     const core::workflow::Expressions& expressions);
Result<std::vector<Json>> ChangeInputs(const Action& action, const EachUse& change,
                                       const Json& object, const Json& input,
                                       const core::workflow::Expressions& expressions);
/// The object in a search's output; null where it is not there. `with` is what was searched for.
Result<Json> FoundObject(const EachUse& find, const Json& output, const Json& input,
                         const Json& with, const core::workflow::Expressions& expressions);
/// The input of the action that reads the object anew, and the output of having found it.
Result<Json> UpsertReadInput(const UpsertSpec& spec, const Json& object,
                             const core::workflow::Expressions& expressions);
Result<Json> UpsertOutput(const UpsertSpec& spec, const Json& object,
                          const core::workflow::Expressions& expressions);

/// Understands a webhook body by the connector's rules. kInvalid WEBHOOK_UNREADABLE when it is no
/// such body. Events that events.yaml does not know still pass: their type is made from their name.
Result<IncomingEvent> ReadWebhook(const Connector& connector, const std::string& body);

/// What the browser takes along to the provider's consent page.
struct AuthorizeRequest {
  std::string client_id;
  std::string redirect_uri;
  std::string state;
  std::string code_verifier = {};  ///< Where the provider does PKCE: only its hash is sent here.
};

/// Where to send a browser for consent.
std::string RenderAuthorizeUrl(const OAuthSpec& oauth, const AuthorizeRequest& request);

/// The token request of the OAuth code exchange (or null members where the connector has no OAuth).
struct TokenRequest {
  std::string code;
  std::string redirect_uri;
  std::string client_id;
  Secret client_secret;
  std::string code_verifier = {};  ///< As in AuthorizeRequest.
};

ports::HttpRequest RenderTokenRequest(const OAuthSpec& oauth, const TokenRequest& request);
/// What a token answer holds; kUnauthorized OAUTH_CODE_REFUSED with the provider's error, or
/// kUnavailable OAUTH_UNAVAILABLE when there is nothing to be read: trouble of its own, a redirect,
/// or something that is no JSON.
Result<TokenGrant> ReadTokenResponse(const ports::HttpResponse& response);

/// Asks for the next access token. Of an OAuthSpec with `refresh`.
struct RefreshRequest {
  Secret refresh_token;
  std::string client_id;
  Secret client_secret;
};

ports::HttpRequest RenderRefreshRequest(const OAuthSpec& oauth, const RefreshRequest& request);
/// What a refresh gave: an answer without a refresh token leaves the one that was used in force.
///   kUnauthorized OAUTH_GRANT_DEAD          the refresh token is worth nothing (any more)
///   kForbidden    OAUTH_APPLICATION_REFUSED our application is: disabled, or its secret is wrong
///   kInvalid      OAUTH_REFRESH_REFUSED     refused for another reason; repeating will not help
///   kUnavailable  OAUTH_UNAVAILABLE         not now
///   kInDoubt      OAUTH_UNAVAILABLE         no answer that can be read: it may have taken effect
Result<TokenGrant> ReadRefreshResponse(const OAuthSpec& oauth, const RefreshRequest& request,
                                       const ports::HttpResponse& response);

}  // namespace sb::connector
