#include "engine/accounts/credential_shelf.h"

#include <functional>

namespace sb::accounts {
namespace {

constexpr int kWriteTries = 5;

/// Writes the next generation; starts over when somebody else did so in between.
Status WriteNext(ports::AccountStore& accounts, AccountId id, const CredentialTerm& term,
                 const ports::ApplicationKey& application,
                 const std::function<Result<std::string>(std::int64_t generation)>& sealed_for) {
  Status written;
  for (int i = 0; i < kWriteTries; ++i) {
    const auto stored = accounts.GetCredential(id);
    if (!stored.ok()) return stored.error();
    const std::int64_t generation = stored->generation + 1;
    const auto sealed = sealed_for(generation);
    if (!sealed.ok()) return sealed.error();
    written = accounts.PutCredential(
        id, {generation, *sealed, term.expires_at, term.due_at, application});
    if (written.ok() || written.error().kind != ErrorKind::kConflict) return written;
  }
  return written;
}

}  // namespace

Status CredentialShelf::Put(const ports::Account& account, const connector::Credential& credential,
                            const CredentialTerm& term, const ports::ApplicationKey& application) {
  const Secret secret = credential.ToSecret();
  return WriteNext(accounts_, account.id, term, application, [&](std::int64_t generation) {
    return vault_.Seal(secret,
                       connector::CredentialContext(account.id, account.connector, generation));
  });
}

Result<connector::Credential> CredentialShelf::Get(const ports::Account& account) {
  const auto stored = accounts_.GetCredential(account.id);
  if (!stored.ok()) return stored.error();
  if (stored->sealed.empty()) {
    return Unauthorized("ACCOUNT_NEEDS_REAUTH",
                        "account " + ToText(account.id) + " has no credential: connect it again");
  }
  const auto opened =
      vault_.Open(stored->sealed,
                  connector::CredentialContext(account.id, account.connector, stored->generation));
  if (!opened.ok()) return opened.error();
  return connector::Credential::FromSecret(*opened);
}

Status CredentialShelf::Erase(const ports::Account& account) {
  const auto stored = accounts_.GetCredential(account.id);
  if (!stored.ok()) return stored.error();
  if (stored->sealed.empty()) return {};
  return WriteNext(accounts_, account.id, {}, {}, [](std::int64_t) { return std::string(); });
}

}  // namespace sb::accounts
