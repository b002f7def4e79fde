#include "engine/accounts/credential_care.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/accounts/credential_term.h"
#include "engine/accounts/provider.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using ports::AccountState;
using ports::CredentialVerdict;

/// How often a refused application is tried again: its secret may have been corrected.
constexpr Millis kTryApplication = std::chrono::minutes(5);

bool HasExpired(const ports::StoredCredential& stored, WallTime now) {
  return stored.expires_at && *stored.expires_at <= now;
}

std::string ConnectAgain(const connector::Connector& connector) {
  return "the access to " + connector.title + " has ended and cannot be renewed; connect it again";
}

}  // namespace

const connector::Connector* CredentialCare::ConnectorOf(const ports::Account& account) const {
  return deps_.connectors.FindConnector(account.connector);
}

CredentialVerdict CredentialCare::OnRefused(AccountId id, std::int64_t generation) {
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return CredentialVerdict::kUnknown;
  if (!ports::Works(account->state) && account->state != AccountState::kConnecting)
    return CredentialVerdict::kDead;
  const connector::Connector* connector = ConnectorOf(*account);
  const auto stored = deps_.accounts.GetCredential(id);
  if (connector == nullptr || !stored.ok()) return CredentialVerdict::kUnknown;
  if (stored->generation > generation) return CredentialVerdict::kReplaced;
  if (HasExpired(*stored, deps_.clock.Now())) {
    return OnCheckRefused(*account, generation,
                          Unauthorized("CREDENTIAL_EXPIRED", ConnectAgain(*connector)));
  }
  const auto answer = Ask(*account, *connector);
  if (answer.ok()) return CredentialVerdict::kGood;
  if (answer.error().kind != ErrorKind::kUnauthorized) return CredentialVerdict::kUnknown;
  return OnCheckRefused(*account, generation, answer.error());
}

CredentialVerdict CredentialCare::OnCheckRefused(const ports::Account& account,
                                                 std::int64_t generation, const Error& refusal) {
  const connector::Connector* connector = ConnectorOf(account);
  if (connector == nullptr) return CredentialVerdict::kUnknown;
  const auto report = deps_.refresher.Refresh(account, *connector, generation);
  if (!report.ok()) return CredentialVerdict::kUnknown;
  switch (report->outcome) {
    case RefreshOutcome::kRenewed:
      Note(account.id, Cause::kRenewed);
      return CredentialVerdict::kReplaced;
    case RefreshOutcome::kUnderWay:
      return CredentialVerdict::kUnknown;
    case RefreshOutcome::kUnanswered:
      Note(account.id, Cause::kRenewalFails, report->reason);
      return CredentialVerdict::kUnknown;
    case RefreshOutcome::kApplicationRefused:
      Note(account.id, Cause::kApplicationRefused, report->reason);
      return CredentialVerdict::kDead;
    case RefreshOutcome::kApplicationGone:
      Note(account.id, Cause::kApplicationGone, report->reason);
      return CredentialVerdict::kDead;
    case RefreshOutcome::kGrantDead:
      Note(account.id, Cause::kCredentialRefused, report->reason);
      return CredentialVerdict::kDead;
    case RefreshOutcome::kNotRenewable:
      Note(account.id, Cause::kCredentialRefused, refusal.message);
      return CredentialVerdict::kDead;
  }
  return CredentialVerdict::kUnknown;
}

Status CredentialCare::OnGrantTakenBack(AccountId id) {
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  const connector::Connector* connector = ConnectorOf(*account);
  if (connector == nullptr || account->state == AccountState::kDisconnected) return {};
  if (Ask(*account, *connector).ok()) {
    Log::Info("account.still_granted", {{"account", ToText(id)}});
    return {};
  }
  const auto noted = deps_.book.Note(
      id, {Cause::kGrantTakenBack,
           "the customer removed us in " + connector->title + "; connect it again", ""});
  return noted.ok() ? Status() : Status(noted.error());
}

void CredentialCare::OnDue(AccountId id) {
  const auto account = deps_.accounts.Get(id);
  const auto stored = deps_.accounts.GetCredential(id);
  if (!account.ok() || !stored.ok()) return;  // the next round comes again
  const connector::Connector* connector = ConnectorOf(*account);
  const bool cared_for = ports::Works(account->state) ||
                         account->state == AccountState::kConnecting ||
                         account->state == AccountState::kSuspended;
  if (connector == nullptr || !cared_for || stored->sealed.empty())
    return SeeAgain(*account, *stored, {});
  Renew(*account, *connector, *stored);
}

void CredentialCare::Renew(const ports::Account& account, const connector::Connector& connector,
                           const ports::StoredCredential& stored) {
  const auto report = deps_.refresher.Refresh(account, connector, stored.generation);
  if (!report.ok()) {
    Log::Warn("credential.unreadable",
              {{"account", ToText(account.id)}, {"code", report.error().code}});
    return SeeAgain(account, stored, deps_.clock.Now() + kTryApplication);
  }
  switch (report->outcome) {
    case RefreshOutcome::kRenewed:
      return Note(account.id, Cause::kRenewed);
    case RefreshOutcome::kUnderWay:
      return;
    case RefreshOutcome::kUnanswered:
      // Of a token that lasts, this was the routine: nobody need worry yet.
      if (stored.expires_at) Note(account.id, Cause::kRenewalFails, report->reason);
      return;
    case RefreshOutcome::kApplicationRefused:
      Note(account.id, Cause::kApplicationRefused, report->reason);
      return SeeAgain(account, stored, deps_.clock.Now() + kTryApplication);
    case RefreshOutcome::kApplicationGone:
    case RefreshOutcome::kGrantDead:
      return OnDeadGrant(account, connector, stored, *report);
    case RefreshOutcome::kNotRenewable:
      return OnDeadGrant(account, connector, stored, {report->outcome, ConnectAgain(connector)});
  }
}

// What opens requests now may do so until its end.
void CredentialCare::OnDeadGrant(const ports::Account& account,
                                 const connector::Connector& connector,
                                 const ports::StoredCredential& stored,
                                 const RefreshReport& report) {
  const bool gone = report.outcome == RefreshOutcome::kApplicationGone;
  if (HasExpired(stored, deps_.clock.Now())) {
    Note(account.id, gone ? Cause::kApplicationGone : Cause::kCredentialExpired, report.reason);
    return SeeAgain(account, stored, {});
  }
  const auto answer = Ask(account, connector);
  if (!answer.ok() && answer.error().kind == ErrorKind::kUnauthorized) {
    Note(account.id, gone ? Cause::kApplicationGone : Cause::kCredentialRefused, report.reason);
    return SeeAgain(account, stored, {});
  }
  Note(account.id, Cause::kGrantEnds, report.reason);
  SeeAgain(account, stored, stored.expires_at);
}

Result<Json> CredentialCare::Ask(const ports::Account& account,
                                 const connector::Connector& connector) {
  const auto credential = shelf_.Get(account);
  if (!credential.ok()) return credential.error();
  return WithCredential(deps_.http, connector, *credential, deps_.expressions, deps_.clock)(
      connector.check_action, Json::object());
}

void CredentialCare::Note(AccountId id, Cause cause, const std::string& reason) {
  const auto noted = deps_.book.Note(id, {cause, reason, ""});
  if (!noted.ok()) {
    Log::Warn("account.state_not_stored",
              {{"account", ToText(id)}, {"cause", CodeOf(cause)}, {"code", noted.error().code}});
  }
}

void CredentialCare::SeeAgain(const ports::Account& account, const ports::StoredCredential& stored,
                              std::optional<WallTime> when) {
  const Status postponed = deps_.refreshes.Postpone(account.id, stored.generation, when);
  if (!postponed.ok()) Log::Warn("credential.not_postponed", {{"account", ToText(account.id)}});
}

}  // namespace sb::accounts
