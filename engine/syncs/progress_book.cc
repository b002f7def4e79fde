#include "engine/syncs/progress_book.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "engine/syncs/link_job.h"

namespace sb::syncs {
namespace {

constexpr int kProgressTries = 5;

}  // namespace

Result<ports::LinkProgress> ProgressOf(ports::LinkStore& links, const ports::LinkPlace& place) {
  auto stored = links.Progress(place);
  if (!stored.ok()) return stored.error();
  if (*stored) return **std::move(stored);
  ports::LinkProgress fresh;
  fresh.place = place;
  return fresh;
}

Status UpdateProgress(ports::LinkStore& links, const ports::LinkPlace& place,
                      const std::function<void(ports::LinkProgress&)>& change,
                      const std::vector<ports::Hint>& hints) {
  Status saved;
  for (int tries = 0; tries < kProgressTries; ++tries) {
    auto progress = ProgressOf(links, place);
    if (!progress.ok()) return progress.error();
    change(*progress);
    const auto step = links.SaveProgress(*progress, hints);
    if (step.ok()) return {};
    saved = step.error();
    if (saved.error().code != "LINK_MOVED") return saved;
  }
  return saved;
}

void AskForComparison(ports::LinkProgress& progress) {
  progress.compared_at = progress.scan_begun_at;  // nothing, where none is under way
}

ports::Hint MakeHint(core::twoway::Side side, std::string key, std::string reason, WallTime now) {
  ports::Hint hint;
  hint.side = side;
  hint.key = std::move(key);
  hint.reason = std::move(reason);
  hint.first_at = now;
  hint.due_at = now;
  return hint;
}

Status WakeParked(ports::LinkStore& links, const ports::LinkPlace& place, const ports::Hint& hint) {
  auto link = links.Holding(place, hint.side, hint.key);
  if (!link.ok()) return link.error();
  const bool heals =
      *link && (*link)->standing == ports::LinkStanding::kParked && HealsByEdit((*link)->code);
  if (!heals) return {};
  (*link)->standing = ports::LinkStanding::kActive;
  ports::LinkCommit commit;
  commit.place = place;
  commit.link = **link;
  commit.history.push_back(
      {hint.first_at, "resumed", "one of its records was edited", Json::object()});
  const auto stored = links.Commit(commit);
  const bool moved = !stored.ok() && stored.error().code == "LINK_MOVED";
  return stored.ok() || moved ? Status() : Status(stored.error());
}

}  // namespace sb::syncs
