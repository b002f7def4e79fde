#include "engine/accounts/connections.h"

#include <utility>

#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using ports::Account;
using ports::AccountState;

}  // namespace

Connections::Connections(Dependencies dependencies)
    : deps_(std::move(dependencies)),
      credentials_(deps_.accounts, deps_.vault),
      book_(deps_.book),
      webhooks_(deps_, book_, credentials_),
      adoption_(deps_, book_, credentials_, webhooks_),
      applications_(deps_),
      links_(deps_, applications_),
      oauth_(deps_, applications_, links_, adoption_),
      keys_(deps_, links_, adoption_) {}

Result<std::string> Connections::BeginInstall(const std::string& connector,
                                              const std::string& install_key) {
  const auto application = applications_.FindInstall(connector, install_key);
  if (!application.ok()) return application.error();
  if (!application->claim_url.empty()) return application->claim_url;
  if (application->tenant.empty()) {
    return Conflict("INSTALL_UNCLAIMED",
                    "nobody has said for whom this installation is; start the connection from the "
                    "product that you want to connect");
  }
  SessionRequest request;
  request.tenant = application->tenant;
  request.connector = connector;
  request.methods = {ports::AuthMethod::kOAuth};
  request.from_provider = true;
  const auto link = links_.Create(request);
  if (!link.ok()) return link.error();
  return link->url;
}

Result<AccountCheck> Connections::Check(AccountId id) {
  const std::lock_guard turn(book_.TurnOf(id));
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (account->state == AccountState::kDisconnected) {
    return AccountCheck{false, "it was disconnected; connect it again to use it", 0};
  }
  const auto connector = FindConnector(deps_.connectors, account->connector);
  if (!connector.ok()) return connector.error();
  const auto stored = deps_.accounts.GetCredential(id);
  if (!stored.ok()) return stored.error();
  const auto credential = credentials_.Get(*account);
  if (!credential.ok() && credential.error().kind != ErrorKind::kUnauthorized)
    return credential.error();
  if (!credential.ok()) return Judge(*account, stored->generation, credential.error(), Millis(0));
  const WallTime asked = deps_.clock.Now();
  const auto answer = WithCredential(deps_.http, **connector, *credential, deps_.expressions,
                                     deps_.clock)((*connector)->check_action, Json::object());
  auto check = Judge(*account, stored->generation, answer,
                     std::chrono::duration_cast<Millis>(deps_.clock.Now() - asked));
  if (check.ok()) check->requests = 1;
  return check;
}

Result<AccountCheck> Connections::Judge(const Account& account, std::int64_t generation,
                                        const Result<Json>& answer, Millis took) {
  if (answer.ok()) {
    const auto noted = book_.Note(account.id, {Cause::kFoundWorking, "", ""});
    if (!noted.ok()) return noted.error();
    return AccountCheck{true, "answered in " + ToHumanText(took), 0};
  }
  if (answer.error().kind == ErrorKind::kUnauthorized) {
    const auto verdict = deps_.care.OnCheckRefused(account, generation, answer.error());
    if (verdict == ports::CredentialVerdict::kReplaced)
      return AccountCheck{true, "its access had ended and was renewed", 0};
  }
  return AccountCheck{false, answer.error().message, 0};
}

// Past the lanes, like the webhook's end. Whoever does not hear it sees that the credential is not
// used any more.
void Connections::SayFarewell(const Account& account) {
  const auto connector = FindConnector(deps_.connectors, account.connector);
  if (!connector.ok()) return;
  const auto spec = ReadProviderSpec(**connector);
  if (!spec.ok()) return;
  const auto farewell = spec->farewell.find(NameOf(account.method));
  const auto credential = credentials_.Get(account);
  if (farewell == spec->farewell.end() || !credential.ok()) return;
  const Provider provider(deps_.expressions, WithCredential(deps_.http, **connector, *credential,
                                                            deps_.expressions, deps_.clock));
  if (const auto said = provider.Use(farewell->second); !said.ok()) {
    Log::Warn("account.farewell_unheard",
              {{"account", ToText(account.id)}, {"code", said.error().code}});
  }
}

Status Connections::Disconnect(AccountId id, const std::string& by) {
  const std::lock_guard turn(book_.TurnOf(id));
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (account->state != AccountState::kDisconnected) {
    webhooks_.Remove(*account);
    SayFarewell(*account);
  }
  if (Status erased = credentials_.Erase(*account); !erased.ok()) return erased;
  if (account->state == AccountState::kDisconnected) return {};
  const auto stored = book_.AmendAndTell(id, [&](Account& each) {
    Apply(each, {Cause::kDisconnected, "", by});
    each.webhook.remote_id.clear();
    each.webhook.events.clear();
  });
  if (!stored.ok()) return stored.error();
  LogAccount("account.disconnected", *stored);
  return {};
}

}  // namespace sb::accounts
