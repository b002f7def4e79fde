#include <utility>

#include "connectors/aircall/sandbox/world/world.h"

// What befalls the OAuth app in a company, with its entries in the ledger of effects. Its removal
// stands in world.cc, as webhooks go with it.
namespace sb::aircall::sandbox {

std::string World::AllowApp(const std::string& redirect_uri, std::int64_t user_id,
                            std::vector<std::int64_t> number_ids) {
  Note("app.allowed", user_id);
  return app_.Consent(redirect_uri, user_id, std::move(number_ids), Now());
}

Result<IssuedTokens> World::IssueTokens(const TokenRequest& request) {
  const std::size_t before = app_.LivingTokens(Now());
  auto issued = app_.Redeem(request, Now(), TokenRules::From(switches()));
  const std::size_t after = app_.LivingTokens(Now());
  if (!app_.integration()) return issued;
  if (after > before) Note("app.token_issued", app_.integration()->id);
  if (!issued.ok() && after < before) Note("app.tokens_revoked", app_.integration()->id);
  return issued;
}

void World::SwitchApp(bool active) {
  if (!app_.integration()) return;
  app_.SetActive(active);
  Note(active ? "app.enabled" : "app.disabled", app_.integration()->id);
}

void World::CompleteAppInstall() {
  if (!app_.integration()) return;
  app_.CompleteInstall();
  Note("app.install_completed", app_.integration()->id);
}

}  // namespace sb::aircall::sandbox
