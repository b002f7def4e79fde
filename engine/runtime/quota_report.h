#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/core/quota/limiter.h"

namespace sb::runtime {

class AccountLanes;
class CompanyQuota;

/// How the quota of an account's company stands.
struct QuotaReport {
  struct Lane {
    int waiting = 0;                        ///< Requests of the account.
    int company_waiting = 0;                ///< ... and of all accounts of the company here.
    std::optional<WallTime> empty_at = {};  ///< A forecast, for all of them; nothing: it is empty.
  };

  /// A call of the run that was asked about.
  struct Wait {
    std::string task;  ///< Its ref.
    core::quota::Lane lane = core::quota::Lane::kLive;
    int ahead = 0;   ///< Requests before it in the lane, of all accounts.
    WallTime until;  ///< When it may leave: a forecast.
  };

  AccountId account;
  WallTime at;      ///< When it stood so.
  int limit = 0;    ///< Requests a minute that are believed in.
  int used = 0;     ///< Of these by us, in the last minute and a little more.
  int foreign = 0;  ///< ... and by others, as far as refusals tell.
  std::optional<WallTime> cool_until = {};  ///< Set while nothing is sent after a refusal.
  bool crowded = false;  ///< Others use so much that we are refused again and again.
  std::array<Lane, core::quota::kLaneCount> lanes;
  std::vector<Wait> waits;
};

Json ToJson(const QuotaReport& report);
/// Members that are missing or of another kind are left as they are made.
QuotaReport QuotaReportFromJson(const Json& value);

/// A report without its forecasts, and what they are made from.
struct QuotaDraft {
  QuotaReport report;
  core::quota::Limiter limiter;
  core::quota::Backlog backlog{};
};

/// On the engine's thread. `lanes` are the account's, or null when it has none; `run` may be none.
QuotaDraft DraftOf(const CompanyQuota& quota, const AccountLanes* lanes, RunId run);
/// On any thread.
QuotaReport Complete(const QuotaDraft& draft, WallTime now);

}  // namespace sb::runtime
