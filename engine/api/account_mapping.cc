#include "engine/api/account_mapping.h"

#include "engine/api/json_mapping.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

v1::Account::State StateOf(ports::AccountState state) {
  switch (state) {
    case ports::AccountState::kConnecting:
      return v1::Account::STATE_CONNECTING;
    case ports::AccountState::kActive:
      return v1::Account::STATE_ACTIVE;
    case ports::AccountState::kNeedsReauth:
      return v1::Account::STATE_NEEDS_REAUTH;
    case ports::AccountState::kRevoked:
      return v1::Account::STATE_REVOKED;
    case ports::AccountState::kSuspended:
      return v1::Account::STATE_SUSPENDED;
    case ports::AccountState::kDisconnected:
      return v1::Account::STATE_DISCONNECTED;
    case ports::AccountState::kExpiring:
      return v1::Account::STATE_EXPIRING;
  }
  return v1::Account::STATE_UNSPECIFIED;
}

v1::ConnectSession::State StateOf(const ports::ConnectSession& session, WallTime now) {
  if (session.state == ports::SessionState::kSucceeded) return v1::ConnectSession::STATE_SUCCEEDED;
  if (session.expires_at <= now) return v1::ConnectSession::STATE_EXPIRED;
  switch (session.state) {
    case ports::SessionState::kPending:
      return v1::ConnectSession::STATE_PENDING;
    case ports::SessionState::kAuthorizing:
      return v1::ConnectSession::STATE_AUTHORIZING;
    case ports::SessionState::kFailed:
      return v1::ConnectSession::STATE_FAILED;
    case ports::SessionState::kSucceeded:
      return v1::ConnectSession::STATE_SUCCEEDED;
  }
  return v1::ConnectSession::STATE_UNSPECIFIED;
}

v1::Gap::State StateOf(ports::GapState state) {
  switch (state) {
    case ports::GapState::kWaiting:
      return v1::Gap::STATE_WAITING;
    case ports::GapState::kReading:
      return v1::Gap::STATE_READING;
    case ports::GapState::kClosed:
      return v1::Gap::STATE_CLOSED;
    case ports::GapState::kAbandoned:
      return v1::Gap::STATE_ABANDONED;
  }
  return v1::Gap::STATE_UNSPECIFIED;
}

v1::Gap::Reason ReasonOf(ports::GapReason reason) {
  switch (reason) {
    case ports::GapReason::kMissing:
      return v1::Gap::REASON_MISSING;
    case ports::GapReason::kInactive:
      return v1::Gap::REASON_INACTIVE;
    case ports::GapReason::kChanged:
      return v1::Gap::REASON_CHANGED;
    case ports::GapReason::kSilent:
      return v1::Gap::REASON_SILENT;
  }
  return v1::Gap::REASON_UNSPECIFIED;
}

}  // namespace

v1::Account ToProto(const ports::Account& account) {
  v1::Account proto;
  proto.set_id(ToText(account.id));
  proto.set_tenant(account.tenant);
  proto.set_connector(account.connector);
  proto.set_display_name(account.display_name);
  proto.set_external_id(account.external_id);
  proto.set_state(StateOf(account.state));
  proto.set_state_reason(account.state_reason);
  proto.set_state_code(account.state_code);
  proto.set_auth_method(account.method == ports::AuthMethod::kOAuth
                            ? v1::Account::AUTH_METHOD_OAUTH
                            : v1::Account::AUTH_METHOD_API_KEY);
  for (const std::string& event : account.webhook.events) proto.add_subscribed_events(event);
  *proto.mutable_create_time() = ToTimestamp(account.created_at);
  *proto.mutable_update_time() = ToTimestamp(account.updated_at);
  return proto;
}

v1::Account ToProtoWithProfile(const ports::Account& account) {
  v1::Account proto = ToProto(account);
  *proto.mutable_profile() = ToStruct(account.profile);
  return proto;
}

v1::AccountChange ToProto(const ports::AccountChange& change) {
  v1::AccountChange proto;
  if (change.from) proto.set_from(StateOf(*change.from));
  proto.set_to(StateOf(change.to));
  proto.set_code(change.code);
  proto.set_reason(change.reason);
  proto.set_by(change.by);
  *proto.mutable_change_time() = ToTimestamp(change.at);
  return proto;
}

v1::Gap ToProto(const ports::Gap& gap) {
  v1::Gap proto;
  proto.set_id(ToText(gap.id));
  proto.set_account(ToText(gap.account));
  proto.set_state(StateOf(gap.state));
  proto.set_reason(ReasonOf(gap.reason));
  *proto.mutable_start_time() = ToTimestamp(gap.from);
  if (gap.to) *proto.mutable_end_time() = ToTimestamp(*gap.to);
  proto.set_missed_count(gap.missed());
  proto.set_recovered_count(gap.recovered);
  proto.set_open_count(gap.open);
  proto.set_record_count(gap.records);
  *proto.mutable_find_time() = ToTimestamp(gap.found_at);
  if (gap.closed_at) *proto.mutable_close_time() = ToTimestamp(*gap.closed_at);
  return proto;
}

v1::ConnectSession ToProto(const ports::ConnectSession& session, WallTime now) {
  v1::ConnectSession proto;
  proto.set_id(ToText(session.id));
  proto.set_tenant(session.tenant);
  proto.set_connector(session.connector);
  proto.set_state(StateOf(session, now));
  proto.set_error(session.error);
  if (!session.account.IsNone()) proto.set_account(ToText(session.account));
  *proto.mutable_create_time() = ToTimestamp(session.created_at);
  *proto.mutable_expire_time() = ToTimestamp(session.expires_at);
  return proto;
}

}  // namespace sb::api
