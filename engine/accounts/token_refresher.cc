#include "engine/accounts/token_refresher.h"

#include <algorithm>
#include <utility>

#include "engine/accounts/credential_term.h"
#include "engine/accounts/provider.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using connector::CredentialContext;
using connector::TokenGrant;

constexpr std::size_t kNonceBytes = 16;
constexpr int kAskTries = 3;
constexpr Millis kRenewalTimeout = std::chrono::seconds(8);
/// A claim outlives the last byte that is sent under it, so that nobody else sends meanwhile.
constexpr Millis kClaimTime = std::chrono::seconds(20);
constexpr Millis kTryTime = std::chrono::seconds(18);
constexpr Millis kKeepPrevious = std::chrono::minutes(10);
constexpr Millis kFirstRest = std::chrono::seconds(2);
constexpr Millis kLongestRest = std::chrono::minutes(2);
/// When to look again after a failure, should whoever asked not say otherwise.
constexpr Millis kLookAgain = std::chrono::seconds(30);

/// The refresh token before this credential is sealed for its own place.
ports::SealContext PreviousOf(ports::SealContext credential) {
  credential.value += "/previous";
  return credential;
}

const char* OutcomeName(RefreshOutcome outcome) {
  switch (outcome) {
    case RefreshOutcome::kRenewed:
      return "renewed";
    case RefreshOutcome::kUnderWay:
      return "under_way";
    case RefreshOutcome::kUnanswered:
      return "unanswered";
    case RefreshOutcome::kGrantDead:
      return "grant_dead";
    case RefreshOutcome::kApplicationRefused:
      return "application_refused";
    case RefreshOutcome::kApplicationGone:
      return "application_gone";
    case RefreshOutcome::kNotRenewable:
      return "not_renewable";
  }
  return "unknown";
}

RefreshOutcome OutcomeOf(const Error& error) {
  if (error.kind == ErrorKind::kUnauthorized) return RefreshOutcome::kGrantDead;
  if (error.kind == ErrorKind::kForbidden) return RefreshOutcome::kApplicationRefused;
  return RefreshOutcome::kUnanswered;
}

/// No other application may renew it, so nothing is sent: the provider would only call it wrong.
RefreshReport WithoutApplication(const connector::Connector& connector,
                                 const ports::ApplicationKey& application) {
  if (application.client_id.empty()) {
    return {RefreshOutcome::kUnanswered, "there is no OAuth application for " + connector.title +
                                             " any more, so that the access cannot be renewed"};
  }
  return {RefreshOutcome::kApplicationGone,
          "the access to " + connector.title + " cannot be renewed: the OAuth application " +
              application.client_id +
              ", with which this account was connected, is not known here any more; connect the "
              "account again, or set that application again"};
}

/// Whether the provider may have renewed the token and the answer was lost on the way.
bool MayHaveTakenEffect(const Error& error) {
  return error.kind == ErrorKind::kInDoubt;
}

}  // namespace

/// One refresh, from its claim to its end.
struct TokenRefresher::Work {
  const ports::Account& account;
  const connector::Connector& connector;
  OAuthClient client;
  ports::RefreshableCredential stored;
  connector::Credential credential;
  ports::RefreshClaim claim;
  std::chrono::microseconds ends_at{};  ///< Of SinceBoot: nothing leaves afterwards.

  const Secret& refresh_token() const { return credential.values.at("refresh_token"); }
};

Result<RefreshReport> TokenRefresher::Refresh(const ports::Account& account,
                                              const connector::Connector& connector,
                                              std::int64_t generation) {
  if (!Begin(account.id)) return RefreshReport{RefreshOutcome::kUnderWay, ""};
  auto report = RefreshAlone(account, connector, generation);
  End(account.id);
  return report;
}

bool TokenRefresher::Begin(AccountId id) {
  const std::lock_guard lock(mutex_);
  return under_way_.insert(id).second;
}

void TokenRefresher::End(AccountId id) {
  const std::lock_guard lock(mutex_);
  under_way_.erase(id);
}

Result<RefreshReport> TokenRefresher::RefreshAlone(const ports::Account& account,
                                                   const connector::Connector& connector,
                                                   std::int64_t generation) {
  if (const Status kept = KeepLate(account.id); !kept.ok())
    return RefreshReport{RefreshOutcome::kUnanswered, kept.error().message};
  auto stored = deps_.refreshes.Read(account.id);
  if (!stored.ok()) return stored.error();
  if (stored->current.generation > generation) return RefreshReport{RefreshOutcome::kRenewed, ""};
  if (stored->current.sealed.empty()) return RefreshReport{RefreshOutcome::kNotRenewable, ""};
  const auto opened = deps_.vault.Open(
      stored->current.sealed, CredentialContext(account.id, account.connector, generation));
  if (!opened.ok()) return opened.error();
  auto credential = connector::Credential::FromSecret(*opened);
  if (!credential.ok()) return credential.error();
  if (!IsRenewable(connector, *credential)) return RefreshReport{RefreshOutcome::kNotRenewable, ""};
  if (auto rest = RestOf(account.id, generation)) return *std::move(rest);
  const auto client = deps_.client_of(account, stored->current.application);
  if (!client.ok()) return client.error();
  if (!*client) return WithoutApplication(connector, stored->current.application);
  Work work{account,
            connector,
            **client,
            std::move(*stored),
            std::move(*credential),
            {account.id, generation, deps_.instance, deps_.random.Bytes(kNonceBytes)},
            deps_.clock.SinceBoot() + kTryTime};
  const auto claimed = deps_.refreshes.Claim(work.claim, kClaimTime);
  if (!claimed.ok()) return claimed.error();
  if (*claimed) return Exchange(work);
  const bool moved = HasMoved(account.id, generation);
  return RefreshReport{moved ? RefreshOutcome::kRenewed : RefreshOutcome::kUnderWay, ""};
}

Result<RefreshReport> TokenRefresher::Exchange(Work& work) {
  const auto grant = Ask(work, work.refresh_token());
  if (grant.ok()) return Keep(work, *grant);
  if (OutcomeOf(grant.error()) == RefreshOutcome::kGrantDead)
    return BelieveRefusal(work, grant.error());
  return GiveUp(work, grant.error());
}

// The refusal may be about a token that somebody else has used in between, or about one that never
// took the place of the one before.
Result<RefreshReport> TokenRefresher::BelieveRefusal(const Work& work, const Error& refusal) {
  const auto stored = deps_.refreshes.Read(work.account.id);
  if (!stored.ok()) return stored.error();
  if (stored->current.generation > work.claim.generation)
    return RefreshReport{RefreshOutcome::kRenewed, ""};
  if (work.stored.previous.empty()) return GiveUp(work, refusal);
  const auto context =
      CredentialContext(work.account.id, work.account.connector, work.claim.generation);
  const auto previous = deps_.vault.Open(work.stored.previous, PreviousOf(context));
  if (!previous.ok()) return GiveUp(work, refusal);
  const auto grant = Ask(work, *previous);
  return grant.ok() ? Keep(work, *grant) : GiveUp(work, grant.error());
}

// At once, because the time in which a used refresh token answers again is short.
Result<TokenGrant> TokenRefresher::Ask(const Work& work, const Secret& refresh_token) {
  Result<TokenGrant> grant =
      Unavailable("OAUTH_UNAVAILABLE", work.connector.title + " did not renew the access in time");
  for (int i = 0; i < kAskTries; ++i) {
    const auto left = std::chrono::duration_cast<Millis>(work.ends_at - deps_.clock.SinceBoot());
    if (left <= Millis(0)) break;
    grant = AskOnce(work, refresh_token, std::min(kRenewalTimeout, left));
    if (grant.ok() || !MayHaveTakenEffect(grant.error())) break;
    Log::Info("credential.refresh_lost", {{"account", ToText(work.account.id)}, {"try", i + 1}});
  }
  return grant;
}

Result<TokenGrant> TokenRefresher::AskOnce(const Work& work, const Secret& refresh_token,
                                           Millis timeout) {
  const connector::OAuthSpec& oauth = *work.connector.oauth;
  const connector::RefreshRequest asked{refresh_token, work.client.client_id,
                                        work.client.client_secret};
  auto request = connector::RenderRefreshRequest(oauth, asked);
  // Suspended and woken up, we would use a refresh token for the second time.
  request.may_leave = [this, ends_at = work.ends_at] { return deps_.clock.SinceBoot() < ends_at; };
  const auto response = SendAndWait(deps_.http, std::move(request), timeout);
  if (response.ok()) return connector::ReadRefreshResponse(oauth, asked, *response);
  return Error{
      response.error().kind == ErrorKind::kInDoubt ? ErrorKind::kInDoubt : ErrorKind::kUnavailable,
      "OAUTH_UNAVAILABLE", work.connector.title + " gave no answer to a renewal"};
}

RefreshReport TokenRefresher::Keep(const Work& work, const TokenGrant& grant) {
  Renewal renewal{work.claim,
                  work.account.connector,
                  {work.client.tenant, work.client.client_id},
                  grant,
                  TermOf(work.connector, grant, deps_.clock.Now(), deps_.random),
                  {}};
  const Secret& newest = grant.credential.values.at("refresh_token");
  if (newest.Reveal() != work.refresh_token().Reveal()) renewal.replaced = work.refresh_token();
  RefreshReport report = Store(renewal);
  Count(work, report);
  if (report.outcome == RefreshOutcome::kRenewed) {
    Log::Info("credential.renewed",
              {{"account", ToText(work.account.id)}, {"generation", work.claim.generation + 1}});
  }
  return report;
}

Status TokenRefresher::SealAndStore(const Renewal& renewal) {
  const ports::RefreshClaim& claim = renewal.claim;
  const std::int64_t generation = claim.generation + 1;
  const auto context = CredentialContext(claim.account, renewal.connector, generation);
  const auto sealed = deps_.vault.Seal(renewal.grant.credential.ToSecret(), context);
  if (!sealed.ok()) return sealed.error();
  std::string previous;
  if (renewal.replaced) {
    auto kept = deps_.vault.Seal(*renewal.replaced, PreviousOf(context));
    if (!kept.ok()) return kept.error();
    previous = std::move(kept).value();
  }
  return deps_.refreshes.Renew(
      claim,
      {generation, *sealed, renewal.term.expires_at, renewal.term.due_at, renewal.application},
      previous, kKeepPrevious);
}

// A provider that rotates refresh tokens gives each answer once: it is kept until the database has
// taken it, or shows that it does not want it any more.
RefreshReport TokenRefresher::Store(const Renewal& renewal) {
  const AccountId id = renewal.claim.account;
  const Status stored = SealAndStore(renewal);
  const bool replaced = !stored.ok() && stored.error().kind == ErrorKind::kConflict;
  const bool moved = replaced && HasMoved(id, renewal.claim.generation);
  const std::lock_guard lock(mutex_);
  if (stored.ok() || replaced) {
    unstored_.erase(id);
    troubles_.erase(id);
    if (stored.ok() || moved) return {RefreshOutcome::kRenewed, ""};
    Log::Warn("credential.refresh_late", {{"account", ToText(id)}});
    return {RefreshOutcome::kUnderWay, ""};
  }
  Log::Warn("credential.not_stored", {{"account", ToText(id)}, {"code", stored.error().code}});
  unstored_.insert_or_assign(id, renewal);
  return {RefreshOutcome::kUnanswered, stored.error().message};
}

/// Fails while something is left that the database does not take.
Status TokenRefresher::KeepLate(AccountId id) {
  std::optional<Renewal> renewal;
  {
    const std::lock_guard lock(mutex_);
    const auto found = unstored_.find(id);
    if (found == unstored_.end()) return {};
    renewal = found->second;
  }
  const RefreshReport report = Store(*renewal);
  if (report.outcome != RefreshOutcome::kUnanswered) return {};
  return Unavailable("DATABASE_UNAVAILABLE", report.reason);
}

void TokenRefresher::Count(const Work& work, const RefreshReport& report) {
  deps_.metrics.Count(
      "switchboard_token_refreshes_total",
      {{"connector", work.connector.name}, {"result", OutcomeName(report.outcome)}});
}

RefreshReport TokenRefresher::GiveUp(const Work& work, const Error& error) {
  RefreshReport report{OutcomeOf(error), error.message};
  Log::Warn("credential.not_renewed", {{"account", ToText(work.account.id)}, {"code", error.code}});
  Count(work, report);
  NoteTrouble(work.claim, report);
  const Status given_up = deps_.refreshes.GiveUp(work.claim, deps_.clock.Now() + kLookAgain);
  if (!given_up.ok())  // the claim ends by itself
    Log::Info("credential.claim_left", {{"account", ToText(work.account.id)}});
  return report;
}

std::optional<RefreshReport> TokenRefresher::RestOf(AccountId id, std::int64_t generation) {
  const std::lock_guard lock(mutex_);
  const auto found = troubles_.find(id);
  if (found == troubles_.end() || found->second.generation != generation) return {};
  if (found->second.rests_until <= deps_.clock.Now()) return {};
  return found->second.last;
}

void TokenRefresher::NoteTrouble(const ports::RefreshClaim& claim, const RefreshReport& report) {
  const std::lock_guard lock(mutex_);
  Trouble& trouble = troubles_[claim.account];
  if (trouble.generation != claim.generation) trouble = {claim.generation, 0, {}, {}};
  const Millis rest = kFirstRest * (1 << std::min(trouble.failures, 10));
  ++trouble.failures;
  trouble.rests_until = deps_.clock.Now() + std::min(rest, kLongestRest);
  trouble.last = report;
}

bool TokenRefresher::HasMoved(AccountId id, std::int64_t generation) {
  const auto stored = deps_.refreshes.Read(id);
  return stored.ok() && stored->current.generation > generation;
}

}  // namespace sb::accounts
