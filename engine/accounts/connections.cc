#include "engine/accounts/connections.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "engine/accounts/slots.h"
#include "engine/base/encoding.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using ports::Account;
using ports::AccountState;
using ports::ConnectSession;
using ports::SessionState;

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kHookBytes = 18;
constexpr int kTries = 8;
constexpr int kMaxUserPages = 10;
constexpr Millis kTokenTimeout{15'000};
constexpr Millis kVerifiedFor = std::chrono::minutes(30);

std::string Trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// The provider's word for a refusal, fit to be shown: it came through a browser, so anybody may
/// have written it.
std::string Printable(const std::string& code) {
  std::string shown = code.substr(0, 60);
  std::erase_if(shown,
                [](unsigned char c) { return std::isalnum(c) == 0 && c != '_' && c != '-'; });
  return shown.empty() ? "no reason given" : shown;
}

Error StateUnknown() {
  return Unauthorized("OAUTH_STATE_UNKNOWN",
                      "this answer does not belong to a connection that was started in this "
                      "browser, or it was used "
                      "before; open your connect link again and start anew");
}

Error Expired() {
  return Conflict("SESSION_EXPIRED",
                  "this connect link has expired; ask whoever gave it to you for a new one");
}

bool Same(const ports::WebhookSubscription& left, const ports::WebhookSubscription& right) {
  return left.remote_id == right.remote_id && left.token_hash == right.token_hash &&
         left.events == right.events;
}

void Log(const char* name, const Account& account) {
  sb::Log::Info(name,
                {{"account", ToText(account.id)},
                 {"connector", account.connector},
                 {"method", account.method == ports::AuthMethod::kOAuth ? "oauth" : "api_key"}});
}

}  // namespace

/// What is known of an account before it is stored.
struct Connections::NewAccount {
  std::string tenant;
  ports::AuthMethod method = ports::AuthMethod::kOAuth;
  std::string external_id;
  connector::Credential credential;
};

Connections::Connections(Dependencies dependencies)
    : deps_(std::move(dependencies)), credentials_(deps_.accounts, deps_.vault) {}

// ---- The link and its page

Result<const connector::Connector*> Connections::FindConnector(const std::string& name) const {
  const connector::Connector* connector = deps_.connectors.FindConnector(name);
  if (connector != nullptr) return connector;
  return Invalid("CONNECTOR_UNKNOWN", "there is no connector '" + name +
                                          "'; 'switchboard account connect --help' lists them");
}

Result<SessionLink> Connections::CreateSession(const SessionRequest& request) {
  const auto connector = FindConnector(request.connector);
  if (!connector.ok()) return connector.error();
  if (request.tenant.empty())
    return Invalid("TENANT_MISSING", "say for which tenant the account is to be connected");
  const bool web =
      request.return_url.starts_with("https://") || request.return_url.starts_with("http://");
  if (!request.return_url.empty() && !web) {
    return Invalid("RETURN_URL_INVALID", "the return address must begin with https:// or http://");
  }
  const std::string token = ToBase64Url(deps_.random.Bytes(kSecretBytes));
  SessionLink link;
  link.session.created_at = deps_.clock.Now();
  link.session.id = deps_.ids.Next<SessionTag>(link.session.created_at);
  link.session.token_hash = Sha256(token);
  link.session.tenant = request.tenant;
  link.session.connector = request.connector;
  link.session.return_url = request.return_url;
  link.session.expires_at = link.session.created_at + request.lifetime;
  if (Status stored = deps_.sessions.Insert(link.session); !stored.ok()) return stored.error();
  link.url = deps_.public_url() + "/connect/" + token;
  return link;
}

Result<ConnectSession> Connections::FindSession(const std::string& token) {
  auto session = deps_.sessions.FindByToken(Sha256(token));
  if (!session.ok()) return session;
  if (session->state != SessionState::kSucceeded && session->expires_at <= deps_.clock.Now())
    return Expired();
  return session;
}

// ---- OAuth

bool Connections::OffersOAuth(const std::string& connector) const {
  const connector::Connector* found = deps_.connectors.FindConnector(connector);
  return found != nullptr && found->oauth.has_value() && deps_.oauth_clients.contains(connector);
}

Result<Connections::Departure> Connections::BeginOAuth(const std::string& token) {
  const auto session = FindSession(token);
  if (!session.ok()) return session.error();
  if (session->state == SessionState::kSucceeded) {
    return Conflict("SESSION_FINISHED", "this connect link was used; the account is connected");
  }
  if (!OffersOAuth(session->connector)) {
    return Invalid("OAUTH_NOT_CONFIGURED",
                   "this server has no OAuth application for " + session->connector +
                       "; start it with a client id and secret, or connect with an API key");
  }
  const connector::OAuthSpec& oauth = *deps_.connectors.FindConnector(session->connector)->oauth;
  Departure departure;
  departure.state = ToBase64Url(deps_.random.Bytes(kSecretBytes));
  departure.browser_cookie = ToBase64Url(deps_.random.Bytes(kSecretBytes));
  const Status begun = deps_.sessions.BeginAuthorization(session->id, Sha256(departure.state),
                                                         Sha256(departure.browser_cookie));
  if (!begun.ok()) return begun.error();
  departure.authorize_url =
      connector::RenderAuthorizeUrl(oauth, deps_.oauth_clients.at(session->connector).client_id,
                                    deps_.public_url() + "/oauth/callback", departure.state);
  return departure;
}

Result<Account> Connections::FinishOAuth(const OAuthReturn& returned) {
  if (returned.state.empty() &&
      !returned.error.empty()) {  // Aircall need not give the state back with a refusal (doc)
    return Unauthorized("OAUTH_REFUSED", "access was not granted (" + Printable(returned.error) +
                                             "); nothing was connected");
  }
  const auto session = deps_.sessions.SpendState(Sha256(returned.state));
  if (!session.ok())
    return session.error().kind == ErrorKind::kNotFound ? StateUnknown() : session.error();
  if (!Secret(session->browser_hash).EqualsConstantTime(Sha256(returned.browser_cookie)))
    return StateUnknown();
  auto account = CompleteOAuth(*session, returned);
  CloseSession(*session, account);
  return account;
}

Result<Account> Connections::CompleteOAuth(const ConnectSession& session,
                                           const OAuthReturn& returned) {
  if (session.expires_at <= deps_.clock.Now()) return Expired();
  const auto connector = FindConnector(session.connector);
  if (!connector.ok()) return connector.error();
  if (!returned.error.empty() || returned.code.empty()) {
    return Unauthorized("OAUTH_REFUSED", "access to " + (*connector)->title + " was not granted (" +
                                             Printable(returned.error) +
                                             "); nothing was connected");
  }
  const auto credential = ExchangeCode(**connector, returned.code);
  if (!credential.ok()) return credential.error();
  NewAccount wanted{session.tenant, ports::AuthMethod::kOAuth, "", *credential};
  const auto spec = ReadProviderSpec(**connector);
  if (!spec.ok()) return spec.error();
  if (spec->external_id) {
    const Provider provider(deps_.expressions, WithCredential(deps_.http, **connector, *credential,
                                                              deps_.expressions, deps_.clock));
    const auto external = provider.Use(*spec->external_id);
    if (!external.ok()) return external.error();
    wanted.external_id = AsText(*external);
  }
  return Adopt(**connector, wanted);
}

Result<connector::Credential> Connections::ExchangeCode(const connector::Connector& connector,
                                                        const std::string& code) {
  if (!OffersOAuth(connector.name)) {
    return Invalid("OAUTH_NOT_CONFIGURED",
                   "this server has no OAuth application for " + connector.name + " any more");
  }
  const OAuthClient& client = deps_.oauth_clients.at(connector.name);
  const connector::TokenRequest request{code, deps_.public_url() + "/oauth/callback",
                                        client.client_id, client.client_secret};
  const auto response = SendAndWait(
      deps_.http, connector::RenderTokenRequest(*connector.oauth, request), kTokenTimeout);
  // Whether or not the code was spent: a new try brings a new code, so nothing is in doubt for the
  // person who waits.
  if (!response.ok())
    return Unavailable("OAUTH_UNAVAILABLE",
                       connector.title + " did not answer; try again in a minute");
  return connector::ReadTokenResponse(*response);
}

void Connections::CloseSession(const ConnectSession& session, const Result<Account>& account) {
  std::string reason;  // shown on the link's page, so nothing of our own insides
  if (!account.ok())
    reason = account.error().kind == ErrorKind::kInternal ? "something went wrong on our side"
                                                          : account.error().message;
  const Status closed =
      deps_.sessions.Finish(session.id, account.ok() ? account->id : AccountId(), reason);
  if (!closed.ok())
    sb::Log::Warn("session.not_closed",
                  {{"session", ToText(session.id)}, {"code", closed.error().code}});
}

// ---- API keys

Result<connector::Credential> Connections::CredentialFrom(
    const connector::Connector& connector, const std::map<std::string, Secret>& fields) const {
  if (connector.key_fields.empty()) {
    return Invalid("CREDENTIAL_METHOD_UNSUPPORTED",
                   connector.title + " cannot be connected with an API key");
  }
  connector::Credential credential{.method = "api_key", .values = {}};
  for (const connector::KeyField& field : connector.key_fields) {
    const auto given = fields.find(field.name);
    const std::string value = given == fields.end() ? "" : Trimmed(given->second.Reveal());
    if (value.empty()) {
      return Invalid("CREDENTIAL_FIELD_MISSING",
                     "'" + field.label + "' (" + field.name + ") is missing; " + field.help);
    }
    credential.values.emplace(field.name, Secret(value));
  }
  return credential;
}

Result<Account> Connections::ConnectWithKey(const std::string& tenant,
                                            const std::string& connector_name,
                                            const std::map<std::string, Secret>& fields) {
  const auto connector = FindConnector(connector_name);
  if (!connector.ok()) return connector.error();
  if (tenant.empty())
    return Invalid("TENANT_MISSING", "say for which tenant the account is to be connected");
  const auto credential = CredentialFrom(**connector, fields);
  if (!credential.ok()) return credential.error();
  const auto perform =
      WithCredential(deps_.http, **connector, *credential, deps_.expressions, deps_.clock);
  if (const auto answer = perform((*connector)->check_action, Json::object()); !answer.ok()) {
    if (answer.error().kind != ErrorKind::kUnauthorized) return answer.error();
    return Unauthorized("CREDENTIAL_REFUSED",
                        (*connector)->title +
                            " refused this key; check that every part was copied "
                            "whole, and that the key was not deleted");
  }
  // A key does not say whose it is: its public parts tell it from others.
  std::string identity;
  for (const connector::KeyField& field : (*connector)->key_fields) {
    if (!field.secret)
      identity += field.name + "=" + credential->values.at(field.name).Reveal() + "\n";
  }
  return Adopt(**connector,
               {tenant, ports::AuthMethod::kApiKey, "key:" + ToHex(Sha256(identity)), *credential});
}

Result<Account> Connections::FinishWithKey(const std::string& token,
                                           const std::map<std::string, Secret>& fields) {
  const auto session = FindSession(token);
  if (!session.ok()) return session.error();
  if (session->state == SessionState::kSucceeded) {
    return Conflict("SESSION_FINISHED", "this connect link was used; the account is connected");
  }
  auto account = ConnectWithKey(session->tenant, session->connector, fields);
  CloseSession(*session, account);
  return account;
}

// ---- From a credential to an active account

Result<Account> Connections::Adopt(const connector::Connector& connector,
                                   const NewAccount& wanted) {
  const auto found = FindOrInsert(connector, wanted);
  if (!found.ok()) return found.error();
  const std::lock_guard turn(TurnOf(found->id));
  if (Status kept = credentials_.Put(*found, wanted.credential); !kept.ok()) return kept.error();
  // An account that was shut out comes back as CONNECTING, so that the requests below may be made
  // at all.
  const auto opened = AmendAndTell(found->id, [&](Account& account) {
    account.method = wanted.method;
    if (account.state != AccountState::kActive) account.state = AccountState::kConnecting;
  });
  if (!opened.ok()) return opened.error();
  auto account = Complete(*opened, connector);
  deps_.metrics.Count(
      "switchboard_account_connects_total",
      {{"connector", connector.name}, {"result", account.ok() ? "ok" : account.error().code}});
  if (account.ok()) Log("account.connected", *account);
  return account;
}

Result<Account> Connections::FindOrInsert(const connector::Connector& connector,
                                          const NewAccount& wanted) {
  for (int i = 0; i < kTries; ++i) {
    if (!wanted.external_id.empty()) {
      auto known = deps_.accounts.FindByExternal(wanted.tenant, connector.name, wanted.external_id);
      if (known.ok() || known.error().kind != ErrorKind::kNotFound) return known;
    }
    Account account;
    account.created_at = account.updated_at = deps_.clock.Now();
    account.id = deps_.ids.Next<AccountTag>(account.created_at);
    account.slot = SlotFor(account.id);
    account.tenant = wanted.tenant;
    account.connector = connector.name;
    account.external_id = wanted.external_id;
    account.display_name = connector.title;
    account.method = wanted.method;
    account.webhook.hook_id = ToBase64Url(deps_.random.Bytes(kHookBytes));
    const Status inserted = deps_.accounts.Insert(account);
    if (inserted.ok()) return account;
    if (inserted.error().kind != ErrorKind::kConflict)
      return inserted.error();  // else another browser was faster
  }
  return Unavailable(
      "ACCOUNT_BUSY",
      "this company is being connected and disconnected elsewhere right now; try again");
}

Result<Account> Connections::Complete(const Account& account,
                                      const connector::Connector& connector) {
  const auto spec = ReadProviderSpec(connector);
  if (!spec.ok()) return spec.error();
  const Provider provider(deps_.expressions, ForAccount(deps_.actions, connector, account.id));
  auto read = ReadCompany(account, provider, *spec);
  const auto webhook =
      read.ok() ? Subscribe(*read, connector, provider, *spec) : Result(account.webhook);
  if (!read.ok() || !webhook.ok()) {
    const Error error = read.ok() ? webhook.error() : read.error();
    const auto noted =
        Amend(account.id, [&](Account& stored) { stored.state_reason = error.message; });
    sb::Log::Warn(
        "account.connect_failed",
        {{"account", ToText(account.id)}, {"code", error.code}, {"reason_kept", noted.ok()}});
    return error;
  }
  NoteVerified(account);
  return AmendAndTell(account.id, [&](Account& stored) {
    stored.state = AccountState::kActive;
    stored.state_reason.clear();
    stored.display_name = read->display_name;
    stored.profile = read->profile;
    stored.webhook = *webhook;
  });
}

Result<Account> Connections::ReadCompany(Account account, const Provider& provider,
                                         const ProviderSpec& spec) {
  const auto company = provider.Use(spec.company);
  if (!company.ok()) return company.error();
  const auto name = provider.Read(spec.company_name, *company);
  if (!name.ok()) return name.error();
  if (!AsText(*name).empty()) account.display_name = AsText(*name);
  account.profile = {{"company", *company}};
  if (!spec.users) return account;
  const auto users = provider.List(*spec.users, kMaxUserPages);
  if (users.ok()) {
    account.profile["users"] = *users;
  } else {  // good to have, but no reason to leave a company unconnected
    sb::Log::Warn("account.users_unread",
                  {{"account", ToText(account.id)}, {"code", users.error().code}});
  }
  return account;
}

// ---- The webhook

WebhookTarget Connections::TargetOf(const Account& account) const {
  return {deps_.public_url() + "/webhooks/" + account.connector + "/" + account.webhook.hook_id,
          "Switchboard"};
}

Result<ports::WebhookSubscription> Connections::Subscribe(const Account& account,
                                                          const connector::Connector& connector,
                                                          const Provider& provider,
                                                          const ProviderSpec& spec) {
  const auto wanted = deps_.wanted_events(account);
  if (!wanted.ok()) return wanted.error();
  const std::vector<std::string> events = EventNames(connector, *wanted);
  if (!spec.webhook || events.empty())
    return account.webhook;  // to ask for no event would mean all of them (doc)
  return Subscriptions(provider, *spec.webhook).Ensure(account.webhook, TargetOf(account), events);
}

Status Connections::RefreshSubscription(AccountId id) {
  const std::lock_guard turn(TurnOf(id));
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (account->state != AccountState::kActive) return {};
  const auto connector = FindConnector(account->connector);
  if (!connector.ok()) return connector.error();
  const auto wanted = deps_.wanted_events(*account);
  if (!wanted.ok()) return wanted.error();
  const bool same = EventNames(**connector, *wanted) == account->webhook.events;
  if (same && IsVerified(*account)) return {};
  const auto spec = ReadProviderSpec(**connector);
  if (!spec.ok()) return spec.error();
  const Provider provider(deps_.expressions, ForAccount(deps_.actions, **connector, id));
  const auto webhook = Subscribe(*account, **connector, provider, *spec);
  if (!webhook.ok()) return webhook.error();
  NoteVerified(*account);
  if (Same(*webhook, account->webhook)) return {};
  const auto stored = AmendAndTell(id, [&](Account& each) { each.webhook = *webhook; });
  return stored.ok() ? Status() : stored.error();
}

bool Connections::IsVerified(const Account& account) {
  const std::lock_guard lock(verified_mutex_);
  const auto seen = verified_.find(account.id);
  return seen != verified_.end() && seen->second + kVerifiedFor > deps_.clock.Now();
}

void Connections::NoteVerified(const Account& account) {
  const std::lock_guard lock(verified_mutex_);
  verified_[account.id] = deps_.clock.Now();
}

// ---- Check and disconnect

Result<AccountCheck> Connections::Check(AccountId id) {
  const std::lock_guard turn(TurnOf(id));
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (account->state == AccountState::kDisconnected) {
    return AccountCheck{false, "it was disconnected; connect it again to use it"};
  }
  const auto connector = FindConnector(account->connector);
  if (!connector.ok()) return connector.error();
  const auto credential = credentials_.Get(*account);
  if (!credential.ok() && credential.error().kind != ErrorKind::kUnauthorized)
    return credential.error();
  if (!credential.ok()) return Judge(*account, credential.error(), Millis(0));
  const WallTime asked = deps_.clock.Now();
  const auto answer = WithCredential(deps_.http, **connector, *credential, deps_.expressions,
                                     deps_.clock)((*connector)->check_action, Json::object());
  return Judge(*account, answer, std::chrono::duration_cast<Millis>(deps_.clock.Now() - asked));
}

Result<AccountCheck> Connections::Judge(const Account& account, const Result<Json>& answer,
                                        Millis took) {
  const bool was_refused =
      account.state == AccountState::kNeedsReauth || account.state == AccountState::kRevoked;
  if (answer.ok() && was_refused) {
    const auto back = AmendAndTell(account.id, [](Account& stored) {
      stored.state = AccountState::kActive;
      stored.state_reason.clear();
    });
    if (!back.ok()) return back.error();
  }
  if (answer.ok()) return AccountCheck{true, "answered in " + ToHumanText(took)};
  if (answer.error().kind == ErrorKind::kUnauthorized && !was_refused) {
    const auto out = AmendAndTell(account.id, [&](Account& stored) {
      stored.state = AccountState::kNeedsReauth;
      stored.state_reason = answer.error().message;
    });
    if (!out.ok()) return out.error();
    Log("account.needs_reauth", account);
  }
  return AccountCheck{false, answer.error().message};
}

Status Connections::Disconnect(AccountId id) {
  const std::lock_guard turn(TurnOf(id));
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (account->state != AccountState::kDisconnected) RemoveWebhook(*account);
  if (Status erased = credentials_.Erase(*account); !erased.ok()) return erased;
  if (account->state == AccountState::kDisconnected) return {};
  const auto stored = AmendAndTell(id, [](Account& each) {
    each.state = AccountState::kDisconnected;
    each.state_reason.clear();
    each.webhook.remote_id.clear();
    each.webhook.events.clear();
  });
  if (!stored.ok()) return stored.error();
  Log("account.disconnected", *stored);
  return {};
}

void Connections::RemoveWebhook(const Account& account) {
  const connector::Connector* connector = deps_.connectors.FindConnector(account.connector);
  if (connector == nullptr) return;
  const auto spec = ReadProviderSpec(*connector);
  const auto credential = credentials_.Get(account);
  Status removed;
  if (!spec.ok() || !spec->webhook) return;
  if (!credential.ok()) {
    removed = credential.error();
  } else {
    // Past the lanes: what still waits there for this account must not hold its end back.
    const Provider provider(deps_.expressions, WithCredential(deps_.http, *connector, *credential,
                                                              deps_.expressions, deps_.clock));
    removed = Subscriptions(provider, *spec->webhook).Remove(account.webhook, TargetOf(account));
  }
  if (!removed.ok()) {
    sb::Log::Warn("account.webhook_left",
                  {{"account", ToText(account.id)}, {"code", removed.error().code}});
  }
}

// ---- Storing

Result<Account> Connections::Amend(AccountId id, const Amendment& amendment) {
  Result<Account> account = Conflict("ACCOUNT_CHANGED", "");
  for (int i = 0; i < kTries; ++i) {
    account = deps_.accounts.Get(id);
    if (!account.ok()) return account;
    amendment(*account);
    account->updated_at = deps_.clock.Now();
    const auto revision = deps_.accounts.Update(*account);
    if (revision.ok()) {
      account->revision = *revision;
      return account;
    }
    if (revision.error().kind != ErrorKind::kConflict) return revision.error();
    account = revision.error();
  }
  return account;
}

Result<Account> Connections::AmendAndTell(AccountId id, const Amendment& amendment) {
  auto account = Amend(id, amendment);
  if (account.ok()) deps_.changed(*account);
  return account;
}

std::mutex& Connections::TurnOf(AccountId id) {
  return turns_[static_cast<std::size_t>(SlotFor(id)) % turns_.size()];
}

}  // namespace sb::accounts
