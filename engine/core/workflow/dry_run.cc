#include "engine/core/workflow/dry_run.h"

#include <algorithm>
#include <map>
#include <utility>

namespace sb::core::workflow {
namespace {

/// The world of a dry run: what is wanted of it becomes an input, now or later.
class Stage {
 public:
  Stage(DryRun& result, const std::function<Result<Json>(const CallRequested&)>& answer)
      : result_(result), answer_(answer) {}

  void Play(const Decision& decision, WallTime now) {
    now_ = now;
    for (const Effect& effect : decision.effects)
      std::visit([this](const auto& each) { Take(each); }, effect);
  }

  /// The earliest input and its time; nothing when nobody is waited for.
  std::optional<std::pair<WallTime, Input>> Next() {
    if (coming_.empty()) return {};
    auto node = coming_.extract(coming_.begin());
    return std::pair(node.key(), std::move(node.mapped()));
  }

 private:
  void Take(const PerformCall& call) {
    result_.calls.push_back(call.request);
    coming_.emplace(now_, CallOutcome{call.ref, call.request.attempt, answer_(call.request)});
  }

  void Take(const WakeAt& wake) { coming_.emplace(std::max(wake.due, now_), Due{wake.ref}); }

  void Take(const AskTurn&) { coming_.emplace(now_, TurnGranted{}); }

  /// What only a real world can give.
  template <typename Other>
  void Take(const Other&) {}

  DryRun& result_;
  const std::function<Result<Json>(const CallRequested&)>& answer_;
  std::multimap<WallTime, Input> coming_;
  WallTime now_;
};

}  // namespace

DryRun PerformDryRun(DecideContext context, const Json& input,
                     const std::function<Result<Json>(const CallRequested&)>& answer,
                     int most_steps) {
  DryRun result;
  Stage stage(result, answer);
  stage.Play(DecideAndApply(context, result.run, Start{input}), context.now);
  for (int step = 1; !IsFinal(result.run.status); ++step) {
    auto next = stage.Next();
    if (!next || step > most_steps) {
      result.ending = next ? DryRun::Ending::kTooLong : DryRun::Ending::kWaiting;
      return result;
    }
    context.now = std::max(context.now, next->first);
    stage.Play(DecideAndApply(context, result.run, next->second), context.now);
  }
  return result;
}

}  // namespace sb::core::workflow
