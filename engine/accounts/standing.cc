#include "engine/accounts/standing.h"

namespace sb::accounts {
namespace {

using ports::AccountState;

/// Whether a credential of an account in this state may still be found dead: it is used.
bool IsInUse(AccountState state) {
  return ports::Works(state);
}

/// Whether the account waits for a credential that works.
bool IsShutOut(AccountState state) {
  return state == AccountState::kNeedsReauth || state == AccountState::kRevoked;
}

}  // namespace

const char* CodeOf(Cause cause) {
  switch (cause) {
    case Cause::kConnectBegun:
      return "CONNECT_BEGUN";
    case Cause::kConnected:
      return "CONNECTED";
    case Cause::kRenewed:
      return "CREDENTIAL_RENEWED";
    case Cause::kFoundWorking:
      return "CREDENTIAL_WORKS";
    case Cause::kRenewalFails:
      return "RENEWAL_FAILS";
    case Cause::kGrantEnds:
      return "GRANT_ENDS";
    case Cause::kCredentialRefused:
      return "CREDENTIAL_REFUSED";
    case Cause::kCredentialExpired:
      return "CREDENTIAL_EXPIRED";
    case Cause::kApplicationRefused:
      return "APPLICATION_REFUSED";
    case Cause::kApplicationGone:
      return "APPLICATION_GONE";
    case Cause::kGrantTakenBack:
      return "GRANT_TAKEN_BACK";
    case Cause::kDisconnected:
      return "DISCONNECTED";
  }
  return "UNKNOWN";
}

const char* AuthorOf(Cause cause) {
  switch (cause) {
    case Cause::kCredentialRefused:
    case Cause::kApplicationRefused:
      return "provider";
    case Cause::kGrantTakenBack:
      return "customer";
    case Cause::kConnectBegun:
    case Cause::kConnected:
    case Cause::kRenewed:
    case Cause::kFoundWorking:
    case Cause::kRenewalFails:
    case Cause::kGrantEnds:
    case Cause::kCredentialExpired:
    case Cause::kApplicationGone:
    case Cause::kDisconnected:
      return "engine";
  }
  return "engine";
}

std::optional<AccountState> StateAfter(const ports::Account& account, Cause cause) {
  const AccountState now = account.state;
  if (now == AccountState::kDisconnected) return {};  // for ever
  switch (cause) {
    case Cause::kConnectBegun:  // an account that works goes on working meanwhile
      if (!ports::Works(now)) return AccountState::kConnecting;
      return {};
    case Cause::kConnected:
      return AccountState::kActive;
    case Cause::kRenewed:  // an application that was refused is accepted again
      if (now != AccountState::kConnecting) return AccountState::kActive;
      return {};
    case Cause::kFoundWorking:
      if (IsShutOut(now)) return AccountState::kActive;
      return {};
    case Cause::kRenewalFails:
    case Cause::kGrantEnds:
      if (IsInUse(now)) return AccountState::kExpiring;
      return {};
    case Cause::kCredentialRefused:
    case Cause::kCredentialExpired:
    case Cause::kApplicationGone:
      if (IsInUse(now)) return AccountState::kNeedsReauth;
      return {};
    case Cause::kApplicationRefused:
      if (IsInUse(now) || now == AccountState::kNeedsReauth) return AccountState::kSuspended;
      return {};
    case Cause::kGrantTakenBack:
      return AccountState::kRevoked;
    case Cause::kDisconnected:
      return AccountState::kDisconnected;
  }
  return {};
}

bool Apply(ports::Account& account, const Happening& happening) {
  const auto state = StateAfter(account, happening.cause);
  if (!state || (*state == account.state && happening.reason == account.state_reason)) return false;
  account.state = *state;
  account.state_reason = happening.reason;
  account.state_code = CodeOf(happening.cause);
  account.state_by = happening.by.empty() ? AuthorOf(happening.cause) : happening.by;
  return true;
}

}  // namespace sb::accounts
