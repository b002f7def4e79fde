#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/accounts/provider_spec.h"
#include "engine/accounts/subscriptions.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/quota/limiter.h"

namespace sb::accounts {

enum class Verdict {
  kOk,
  kWarning,  ///< It works, but somebody should look.
  kProblem,
  kUnknown  ///< It could not be found out; the advice says how it could.
};

/// One line of the report on an account.
struct Finding {
  std::string code;  ///< Stable: "WEBHOOK".
  Verdict verdict = Verdict::kOk;
  std::string text;    ///< What was found, for people.
  std::string advice;  ///< What to do; empty when there is nothing to do.

  bool operator==(const Finding&) const = default;
};

/// Addresses of the platform's own users; nothing when none were given. In lower case.
using KnownEmails = std::optional<std::set<std::string>>;

// What follows from what the provider said. Pure. An error becomes an "unknown" with its text.

Finding JudgeCreator(const CheckSpec& spec, const std::optional<Result<Json>>& creator,
                     const Result<std::vector<Json>>& users);
Finding JudgeAdministrator(const CheckSpec& spec, const std::optional<Result<Json>>& creator);
Finding JudgeCompany(const Result<std::string>& name, const std::string& stored_name);
/// `events`: what we need, sorted; none: no workflow listens.
Finding JudgeWebhook(const Result<std::vector<Subscriptions::Remote>>& ours,
                     const std::vector<std::string>& events, const std::string& url);
/// `attached`: ids; absent: the provider tells us of all numbers.
Finding JudgeNumbers(const CheckSpec& spec, const std::optional<Result<Json>>& attached,
                     const Result<std::vector<Json>>& numbers);
Finding JudgeAgents(const Result<std::vector<Json>>& users, const KnownEmails& known);
Finding JudgeQuota(const Result<std::optional<core::quota::BudgetRecord>>& budget);
/// `ahead`: by how much the other clock is ahead of ours; nothing: it has not said.
Finding JudgeClock(const std::string& code, const std::string& whose, std::optional<Millis> ahead);

}  // namespace sb::accounts
