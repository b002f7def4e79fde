#include "engine/accounts/check_up.h"

#include <map>
#include <utility>

#include "engine/accounts/provider.h"
#include "engine/accounts/region.h"
#include "engine/accounts/webhook_care.h"

namespace sb::accounts {
namespace {

using ports::Account;
using ports::AccountState;

constexpr int kMostPages = 10;

/// Counts, and asks nothing twice: several findings rest on the same answer.
PerformAction AskedOnce(PerformAction perform, int& requests) {
  return [perform = std::move(perform), &requests, answers = std::map<std::string, Result<Json>>()](
             const std::string& action, const Json& input) mutable {
    const auto key = action + " " + DumpJson(input);
    const auto known = answers.find(key);
    if (known != answers.end()) return known->second;
    ++requests;
    return answers.emplace(key, perform(action, input)).first->second;
  };
}

/// Of the way in which the account was connected, where the provider has one for it.
std::optional<Result<Json>> Ask(const Provider& provider,
                                const std::map<std::string, ActionUse>& uses,
                                const Account& account) {
  const auto use = uses.find(NameOf(account.method));
  if (use == uses.end()) return {};
  return provider.Use(use->second);
}

Result<std::vector<Json>> List(const Provider& provider, const std::optional<Listing>& listing) {
  if (!listing) return std::vector<Json>();
  return provider.List(*listing, kMostPages);
}

Result<std::string> CompanyName(const Provider& provider, const ProviderSpec& spec) {
  const auto company = provider.Use(spec.company);
  if (!company.ok()) return company.error();
  const auto name = provider.Read(spec.company_name, *company);
  if (!name.ok()) return name.error();
  return AsText(*name);
}

Finding JudgeCredential(const AccountCheck& check) {
  if (check.healthy) return {"CREDENTIAL", Verdict::kOk, check.detail, ""};
  return {"CREDENTIAL", Verdict::kProblem, check.detail, "Connect the account again"};
}

}  // namespace

Result<CheckReport> CheckUp::Run(AccountId id, const KnownEmails& known) {
  auto account = deps_.world.accounts.Get(id);
  if (!account.ok()) return account.error();
  const auto connector = FindConnector(deps_.world.connectors, account->connector);
  if (!connector.ok()) return connector.error();
  const auto check = Probe(*account, **connector);
  if (!check.ok()) return check.error();
  CheckReport report{check->healthy, check->detail, {JudgeCredential(*check)}, check->requests};
  account = deps_.world.accounts.Get(id);  // the probe may have changed its state
  if (!account.ok()) return account.error();
  if (check->healthy && account->state == AccountState::kActive) {
    if (Status asked = AskProvider(*account, **connector, known, report); !asked.ok())
      return asked.error();
  }
  report.findings.push_back(
      JudgeQuota(deps_.runs.LoadBudget(account->slot, ports::CompanyOf(*account))));
  report.findings.push_back(JudgeClock("PROVIDER_CLOCK", (*connector)->title,
                                       deps_.provider_ahead((*connector)->base_url)));
  report.findings.push_back(JudgeClock("DATABASE_CLOCK", "the database", DatabaseAhead()));
  return report;
}

// In the account's lane where it is open. What an account that is shut out needs goes past it.
Result<AccountCheck> CheckUp::Probe(const Account& account,
                                    const connector::Connector& connector) const {
  if (account.state != AccountState::kActive) return deps_.connections.Check(account.id);
  const WallTime asked = deps_.world.clock.Now();
  const auto answer = ForAccount(deps_.world.actions, connector, account.id)(connector.check_action,
                                                                             Json::object());
  if (answer.ok()) {
    const auto took = std::chrono::duration_cast<Millis>(deps_.world.clock.Now() - asked);
    return AccountCheck{true, "answered in " + ToHumanText(took), 1};
  }
  if (answer.error().kind != ErrorKind::kUnauthorized)
    return AccountCheck{false, answer.error().message, 1};
  auto check = deps_.connections.Check(account.id);
  if (check.ok()) ++check->requests;
  return check;
}

Status CheckUp::AskProvider(const Account& account, const connector::Connector& connector,
                            const KnownEmails& known, CheckReport& report) const {
  const auto spec = ReadProviderSpec(connector);
  if (!spec.ok()) return spec.error();
  const Provider provider(
      deps_.world.expressions,
      AskedOnce(ForAccount(deps_.world.actions, connector, account.id), report.requests));
  const auto users = List(provider, spec->users);
  const auto creator = Ask(provider, spec->check.creator, account);
  auto& findings = report.findings;
  findings.push_back(JudgeCreator(spec->check, creator, users));
  findings.push_back(JudgeAdministrator(spec->check, creator));
  findings.push_back(JudgeCompany(CompanyName(provider, *spec), account.display_name));
  const auto wanted = deps_.world.wanted_events(account);
  if (!wanted.ok()) return wanted.error();
  if (spec->webhook) {
    const WebhookTarget target = TargetOf(deps_.world, account);
    findings.push_back(
        JudgeWebhook(Subscriptions(provider, *spec->webhook).FindOurs(account.webhook, target),
                     EventNames(connector, *wanted), target.url));
  }
  if (spec->check.numbers) {
    findings.push_back(JudgeNumbers(spec->check,
                                    Ask(provider, spec->check.attached_numbers, account),
                                    List(provider, spec->check.numbers)));
  }
  if (spec->users) findings.push_back(JudgeAgents(users, known));
  return KeepRegion(deps_.world.book, account, ReadRegion(account.id, provider, *spec));
}

std::optional<Millis> CheckUp::DatabaseAhead() const {
  const WallTime asked = deps_.world.clock.Now();
  const auto there = deps_.database_time();
  if (!there.ok()) return {};
  const WallTime answered = deps_.world.clock.Now();
  return std::chrono::duration_cast<Millis>(*there - (asked + (answered - asked) / 2));
}

}  // namespace sb::accounts
