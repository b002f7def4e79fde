#include "engine/accounts/connections.h"

#include <utility>

namespace sb::accounts {
namespace {

using ports::Account;
using ports::AccountState;

}  // namespace

Connections::Connections(Dependencies dependencies)
    : deps_(std::move(dependencies)),
      credentials_(deps_.accounts, deps_.vault),
      book_(deps_),
      webhooks_(deps_, book_, credentials_),
      adoption_(deps_, book_, credentials_, webhooks_),
      links_(deps_),
      oauth_(deps_, links_, adoption_),
      keys_(deps_, links_, adoption_) {}

Result<AccountCheck> Connections::Check(AccountId id) {
  const std::lock_guard turn(book_.TurnOf(id));
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (account->state == AccountState::kDisconnected) {
    return AccountCheck{false, "it was disconnected; connect it again to use it"};
  }
  const auto connector = FindConnector(deps_.connectors, account->connector);
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
    const auto back = book_.AmendAndTell(account.id, [](Account& stored) {
      stored.state = AccountState::kActive;
      stored.state_reason.clear();
    });
    if (!back.ok()) return back.error();
  }
  if (answer.ok()) return AccountCheck{true, "answered in " + ToHumanText(took)};
  if (answer.error().kind == ErrorKind::kUnauthorized && !was_refused) {
    const auto out = book_.AmendAndTell(account.id, [&](Account& stored) {
      stored.state = AccountState::kNeedsReauth;
      stored.state_reason = answer.error().message;
    });
    if (!out.ok()) return out.error();
    LogAccount("account.needs_reauth", account);
  }
  return AccountCheck{false, answer.error().message};
}

Status Connections::Disconnect(AccountId id) {
  const std::lock_guard turn(book_.TurnOf(id));
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (account->state != AccountState::kDisconnected) webhooks_.Remove(*account);
  if (Status erased = credentials_.Erase(*account); !erased.ok()) return erased;
  if (account->state == AccountState::kDisconnected) return {};
  const auto stored = book_.AmendAndTell(id, [](Account& each) {
    each.state = AccountState::kDisconnected;
    each.state_reason.clear();
    each.webhook.remote_id.clear();
    each.webhook.events.clear();
  });
  if (!stored.ok()) return stored.error();
  LogAccount("account.disconnected", *stored);
  return {};
}

}  // namespace sb::accounts
