#include "engine/runtime/quota_report.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/core/quota/forecast.h"
#include "engine/runtime/account_lanes.h"
#include "engine/runtime/company_quota.h"

namespace sb::runtime {
namespace {

// A run with more calls under way than this waits for so many things that a few will do.
constexpr std::size_t kMostWaits = 20;

Json ToMicros(const std::optional<WallTime>& when) {
  return when ? Json(when->time_since_epoch().count()) : Json();
}

std::optional<WallTime> TimeMember(const Json& value, const char* name) {
  const Json& when = Member(value, name);
  if (!when.is_number_integer()) return {};
  return WallTime(std::chrono::microseconds(when.get<std::int64_t>()));
}

int NumberMember(const Json& value, const char* name) {
  const Json& number = Member(value, name);
  return number.is_number_integer() ? number.get<int>() : 0;
}

QuotaReport::Lane LaneFromJson(const Json& value) {
  return {NumberMember(value, "waiting"), NumberMember(value, "company_waiting"),
          TimeMember(value, "empty_at")};
}

QuotaReport::Wait WaitFromJson(const Json& value) {
  const int lane = std::clamp(NumberMember(value, "lane"), 0, core::quota::kLaneCount - 1);
  return {TextMember(value, "task"), static_cast<core::quota::Lane>(lane),
          NumberMember(value, "ahead"), TimeMember(value, "until").value_or(WallTime())};
}

void AddWaits(const CompanyQuota& quota, const AccountLanes& lanes, RunId run,
              QuotaReport& report) {
  for (int index = 0; index < core::quota::kLaneCount; ++index) {
    const auto lane = static_cast<core::quota::Lane>(index);
    int ahead = 0;
    for (const LaneJob& job : lanes.Waiting(lane)) {
      if (job.call.run == run && report.waits.size() < kMostWaits) {
        report.waits.push_back(
            {job.call.task, lane, quota.AheadOf(lanes.account().id, lane, ahead), {}});
      }
      ++ahead;
    }
  }
}

}  // namespace

Json ToJson(const QuotaReport& report) {
  Json lanes = Json::array();
  for (const QuotaReport::Lane& lane : report.lanes) {
    lanes.push_back({{"waiting", lane.waiting},
                     {"company_waiting", lane.company_waiting},
                     {"empty_at", ToMicros(lane.empty_at)}});
  }
  Json waits = Json::array();
  for (const QuotaReport::Wait& wait : report.waits) {
    waits.push_back({{"task", wait.task},
                     {"lane", static_cast<int>(wait.lane)},
                     {"ahead", wait.ahead},
                     {"until", ToMicros(wait.until)}});
  }
  return {{"account", report.account.number()},
          {"at", ToMicros(report.at)},
          {"limit", report.limit},
          {"used", report.used},
          {"foreign", report.foreign},
          {"cool_until", ToMicros(report.cool_until)},
          {"crowded", report.crowded},
          {"lanes", std::move(lanes)},
          {"waits", std::move(waits)}};
}

QuotaReport QuotaReportFromJson(const Json& value) {
  QuotaReport report;
  const Json& account = Member(value, "account");
  if (account.is_number_integer()) report.account = AccountId(account.get<std::int64_t>());
  report.at = TimeMember(value, "at").value_or(WallTime());
  report.limit = NumberMember(value, "limit");
  report.used = NumberMember(value, "used");
  report.foreign = NumberMember(value, "foreign");
  report.cool_until = TimeMember(value, "cool_until");
  report.crowded = Member(value, "crowded") == Json(true);
  const Json& lanes = Member(value, "lanes");
  const std::size_t told = lanes.is_array() ? lanes.size() : 0;
  for (std::size_t index = 0; index < std::min(report.lanes.size(), told); ++index)
    report.lanes.at(index) = LaneFromJson(lanes.at(index));
  for (const Json& wait : Member(value, "waits")) report.waits.push_back(WaitFromJson(wait));
  return report;
}

QuotaDraft DraftOf(const CompanyQuota& quota, const AccountLanes* lanes, RunId run) {
  QuotaDraft draft{{}, quota.limiter(), quota.Backlog()};
  for (std::size_t index = 0; index < draft.report.lanes.size(); ++index) {
    QuotaReport::Lane& lane = draft.report.lanes.at(index);
    lane.company_waiting = draft.backlog.at(index);
    if (lanes != nullptr) lane.waiting = lanes->Backlog().at(index);
  }
  if (lanes != nullptr && !run.IsNone()) AddWaits(quota, *lanes, run, draft.report);
  return draft;
}

QuotaReport Complete(const QuotaDraft& draft, WallTime now) {
  QuotaReport report = draft.report;
  const core::quota::Limiter& limiter = draft.limiter;
  report.at = now;
  report.limit = limiter.limit();
  report.used = limiter.UsedInWindow(now);
  report.foreign = limiter.foreign();
  if (limiter.CoolUntil() && *limiter.CoolUntil() > now) report.cool_until = limiter.CoolUntil();
  report.crowded = limiter.IsCrowded(now);
  const auto empty_at = core::quota::ForecastEmpty(limiter, draft.backlog, now);
  for (std::size_t index = 0; index < report.lanes.size(); ++index)
    report.lanes.at(index).empty_at = empty_at.at(index);
  for (QuotaReport::Wait& wait : report.waits)
    wait.until = core::quota::ForecastTurn(limiter, wait.lane, wait.ahead, draft.backlog, now);
  return report;
}

}  // namespace sb::runtime
