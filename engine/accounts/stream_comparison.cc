#include "engine/accounts/stream_comparison.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sb::accounts {
namespace {

using core::sync::DeletePolicy;
using core::sync::ProofDepth;
using core::sync::RowMatch;
using core::sync::StoredRow;
using core::sync::Window;
using core::sync::WindowReceipt;

/// A request that fails for a passing reason is made so often.
constexpr int kComparisonTries = 3;
/// So many objects of a window are asked for by themselves.
constexpr std::size_t kMostDoubts = 200;
/// So many windows of a stream whose counts differ are read key by key.
constexpr int kMostWindowsRead = 5;

std::vector<std::string> KeysOf(const core::sync::Stream& stream,
                                const std::vector<ports::SinkRow>& rows) {
  std::vector<std::string> keys;
  for (const ports::SinkRow& each : rows) keys.push_back(core::sync::KeyOf(stream, each.row.cells));
  return keys;
}

}  // namespace

StreamComparison::StreamComparison(const StreamFetcher& fetcher, const ports::Clock& clock,
                                   const ComparisonScene& scene)
    : fetcher_(fetcher),
      clock_(clock),
      scene_(scene),
      perform_(
          [this](const std::string& action, const Json& input) { return Ask(action, input); }) {}

core::sync::StreamProof StreamComparison::Run() {
  proof_.stream = scene_.stream.name;
  auto begin = core::sync::BeginScan(scene_.stream.shape, scene_.wanted, clock_.Now());
  position_ = std::move(begin.position);
  proof_.unreachable = begin.unreachable;
  while (!position_.windows.empty()) {
    const Status done = NextWindow();
    if (done.ok()) continue;
    if (!stopped_) proof_.error = done.error().code;
    break;
  }
  return std::move(proof_);
}

Result<Json> StreamComparison::Ask(const std::string& action, const Json& input) {
  for (int tries = 1;; ++tries) {
    if (!scene_.tell(AtHand(), total_, proof_)) {
      stopped_ = true;
      return Conflict("SYNC_VERIFY_STOPPED", "the comparison was stopped");
    }
    ++proof_.requests;
    auto output = scene_.perform(action, input);
    const bool passing = !output.ok() && output.error().kind == ErrorKind::kUnavailable;
    if (!passing || tries == kComparisonTries) return output;
  }
}

Window StreamComparison::AtHand() const {
  return position_.windows.empty() ? scene_.wanted : position_.windows.back();
}

Status StreamComparison::NextWindow() {
  // Where rules leave something out, counts alone say nothing.
  const bool counts =
      scene_.stream.list.total.has_value() && scene_.depth != ProofDepth::kAll && !scene_.left_out;
  return counts ? CountWindow() : ReadWindow();
}

// ---- Counting

Status StreamComparison::CountWindow() {
  const Window window = AtHand();
  const auto page = fetcher_.Page(Source(), scene_.stream.list, window, 1, std::nullopt,
                                  StreamFetcher::Detail::kAsListed);
  if (!page.ok()) return page.error();
  const std::int64_t total = page->page.total.value_or(0);
  if (!total_) total_ = total;
  if (core::sync::CutIfTooLarge(scene_.stream.shape, total, position_)) return {};
  const auto rows = scene_.sink.CountIn(scene_.schema, scene_.stream, window);
  if (!rows.ok()) return rows.error();
  if (*rows != total && windows_read_ < kMostWindowsRead) {
    ++windows_read_;
    return ReadWindow();
  }
  Round round;
  round.begun_at = clock_.Now();
  round.findings.counts.window = window;
  round.findings.counts.counted = total;
  round.findings.counts.rows = *rows;
  if (scene_.depth == ProofDepth::kSample) {
    if (Status taken = TakeSample(window, total, round); !taken.ok()) return taken;
  }
  position_.windows.pop_back();
  core::sync::AddWindow(proof_, std::move(round.findings), /*keys_read=*/false);
  return {};
}

Status StreamComparison::TakeSample(const Window& window, std::int64_t total, Round& round) {
  const auto plan =
      core::sync::PlanSample(scene_.stream.shape, window, total, total_.value_or(0), scene_.sample);
  std::int64_t left = plan.rows;
  for (int i = 0; i < plan.last && left > 0; ++i) {
    const int page = 1 + (plan.page - 1 + i) % plan.last;
    const auto told = SamplePage(window, page, left, round);
    if (!told.ok()) return told.error();
    left -= static_cast<std::int64_t>(told->size());
    if (Status compared = Compare(*told, {}, round); !compared.ok()) return compared;
  }
  return LookAgain(round);
}

Result<std::vector<ports::SinkRow>> StreamComparison::SamplePage(const Window& window, int page,
                                                                 std::int64_t rows, Round& round) {
  auto fetched = fetcher_.Page(Source(), scene_.stream.list, window, page, std::nullopt,
                               StreamFetcher::Detail::kAsListed);
  if (!fetched.ok()) return fetched.error();
  const auto most = static_cast<std::size_t>(rows);
  if (fetched->rows.size() > most) fetched->rows.resize(most);
  if (!scene_.stream.detailed || !CanAskFor()) {
    round.findings.counts.quarantined += static_cast<std::int64_t>(fetched->rejects.size());
    return std::move(fetched->rows);
  }
  std::vector<std::string> gone;
  auto whole = fetcher_.Each(Source(), KeysOf(scene_.stream, fetched->rows), gone);
  if (!whole.ok()) return whole.error();
  round.findings.counts.gone += static_cast<std::int64_t>(gone.size());
  return std::move(whole->rows);
}

// ---- Reading

Status StreamComparison::ReadWindow() {
  const Window window = AtHand();
  core::sync::WindowReading reading;
  Round round;
  round.begun_at = clock_.Now();
  while (!position_.windows.empty() && position_.windows.back() == window) {
    const auto fetched = fetcher_.Page(Source(), scene_.stream.list, window, reading.page);
    if (!fetched.ok()) return fetched.error();
    if (!total_) total_ = fetched->page.total;
    if (Status done = Compare(fetched->rows, reading.keys, round); !done.ok()) return done;
    round.findings.counts.quarantined += static_cast<std::int64_t>(fetched->rejects.size());
    const int attempt = reading.attempt;
    auto receipt = core::sync::AfterPage(scene_.stream.shape, fetched->page, position_, reading);
    if (receipt) return Finish(*std::move(receipt), std::move(round));
    if (reading.attempt != attempt) {
      // Its pages moved: what was found counts as little as what was read.
      round = Round();
      round.begun_at = clock_.Now();
    }
  }
  return {};  // it was cut
}

Status StreamComparison::Finish(WindowReceipt receipt, Round round) {
  core::sync::WindowProof& counts = round.findings.counts;
  counts.window = receipt.window;
  counts.counted = receipt.counted;
  counts.shown = receipt.read;
  counts.proven = receipt.proven;
  counts.behind_wall = receipt.behind_wall;
  if (Status looked = LookAgain(round); !looked.ok()) return looked;
  if (Status looked = LookForSurplus(receipt, round); !looked.ok()) return looked;
  core::sync::AddWindow(proof_, std::move(round.findings), /*keys_read=*/true);
  return {};
}

// ---- Objects and rows

Result<StreamComparison::RowsByKey> StreamComparison::Rows(const std::vector<std::string>& keys) {
  RowsByKey rows;
  for (std::size_t from = 0; from < keys.size(); from += ports::kMostRowsRead) {
    const std::size_t to = std::min(keys.size(), from + ports::kMostRowsRead);
    const std::vector<std::string> some(keys.begin() + static_cast<std::ptrdiff_t>(from),
                                        keys.begin() + static_cast<std::ptrdiff_t>(to));
    auto kept = scene_.sink.RowsOf(scene_.schema, scene_.stream, some);
    if (!kept.ok()) return kept.error();
    for (ports::KeptRow& each : *kept) rows[each.key] = std::move(each.row);
  }
  return rows;
}

Result<std::set<std::string>> StreamComparison::LeftOut(const std::vector<std::string>& keys,
                                                        const RowsByKey& rows) const {
  std::vector<std::string> absent;
  for (const std::string& key : keys) {
    if (!rows.contains(key)) absent.push_back(key);
  }
  if (!scene_.left_out || absent.empty()) return std::set<std::string>();
  return scene_.left_out(absent);
}

Status StreamComparison::Compare(const std::vector<ports::SinkRow>& told,
                                 const std::set<std::string>& seen, Round& round) {
  const std::vector<std::string> keys = KeysOf(scene_.stream, told);
  const auto rows = Rows(keys);
  if (!rows.ok()) return rows.error();
  const auto left_out = LeftOut(keys, *rows);
  if (!left_out.ok()) return left_out.error();
  std::set<std::string> here;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const bool again =
        seen.contains(ShownKey(scene_.stream, keys[i])) || !here.insert(keys[i]).second;
    if (again) continue;
    if (left_out->contains(keys[i])) {
      ++round.findings.counts.left_out;
      continue;
    }
    const auto found = rows->find(keys[i]);
    const auto stored = found == rows->end() ? std::nullopt : std::optional(found->second);
    const RowMatch match = core::sync::Match(scene_.stream, told[i].row, told[i].at, stored);
    if (match != RowMatch::kMissing) ++round.findings.counts.compared;
    if (match == RowMatch::kSame) continue;
    Doubt doubt{keys[i], told[i]};
    if (round.doubts.size() < kMostDoubts)
      round.doubts.push_back(std::move(doubt));
    else
      Note(doubt, stored, round);
  }
  return {};
}

void StreamComparison::Note(const Doubt& doubt, const std::optional<StoredRow>& stored,
                            Round& round) {
  switch (core::sync::Match(scene_.stream, doubt.told.row, doubt.told.at, stored)) {
    case RowMatch::kSame:
    case RowMatch::kNewer:
      ++round.findings.counts.changed;
      return;
    case RowMatch::kMissing:
      round.findings.Missing(ShownKey(scene_.stream, doubt.key));
      return;
    case RowMatch::kDiffers:
      round.findings.Differs(ShownKey(scene_.stream, doubt.key),
                             core::sync::DifferingColumns(scene_.stream, doubt.told.row, *stored));
      return;
  }
}

// An object that cannot be made a row any more has changed.
Status StreamComparison::LookAgain(Round& round) {
  if (round.doubts.empty()) return {};
  std::vector<std::string> keys;
  for (const Doubt& doubt : round.doubts) keys.push_back(doubt.key);
  if (CanAskFor()) {
    std::vector<std::string> gone;
    auto anew = fetcher_.Each(Source(), keys, gone);
    if (!anew.ok()) return anew.error();
    round.findings.counts.gone += static_cast<std::int64_t>(gone.size());
    round.findings.counts.changed +=
        static_cast<std::int64_t>(round.doubts.size() - anew->rows.size() - gone.size());
    round.doubts.clear();
    keys = KeysOf(scene_.stream, anew->rows);
    for (std::size_t i = 0; i < keys.size(); ++i)
      round.doubts.push_back({keys[i], std::move(anew->rows[i])});
  }
  const auto rows = Rows(keys);
  if (!rows.ok()) return rows.error();
  for (const Doubt& doubt : round.doubts) {
    const auto found = rows->find(doubt.key);
    Note(doubt, found == rows->end() ? std::nullopt : std::optional(found->second), round);
  }
  round.doubts.clear();
  return {};
}

Status StreamComparison::LookForSurplus(const WindowReceipt& receipt, Round& round) {
  std::vector<std::string> ask;
  std::string after;
  for (bool more = true; more;) {
    const auto marks = scene_.sink.MarksIn(scene_.schema, scene_.stream, receipt.window, after,
                                           static_cast<int>(ports::kMostRowsRead));
    if (!marks.ok()) return marks.error();
    more = marks->size() == ports::kMostRowsRead;
    if (more) after = marks->back().key;
    round.findings.counts.rows += static_cast<std::int64_t>(marks->size());
    for (const ports::RowMark& mark : *marks) {
      // Only a proven reading tells what is not there.
      if (!receipt.proven || receipt.keys.contains(ShownKey(scene_.stream, mark.key))) continue;
      if (mark.synced_at > round.begun_at)
        ++round.findings.counts.changed;
      else if (CanAskFor() && ask.size() < kMostDoubts)
        ask.push_back(mark.key);
      else
        Surplus(mark.key, round);
    }
  }
  return AskForSurplus(ask, round);
}

Status StreamComparison::AskForSurplus(const std::vector<std::string>& keys, Round& round) {
  if (keys.empty()) return {};
  std::vector<std::string> gone;
  const auto there = fetcher_.Each(Source(), keys, gone);
  if (!there.ok()) return there.error();
  for (const std::string& key : gone) Surplus(key, round);
  round.findings.counts.quarantined += static_cast<std::int64_t>(there->rejects.size());
  const std::vector<std::string> listed_not = KeysOf(scene_.stream, there->rows);
  const auto rows = Rows(listed_not);
  if (!rows.ok()) return rows.error();
  for (std::size_t i = 0; i < listed_not.size(); ++i) {
    const auto found = rows->find(listed_not[i]);
    Note({listed_not[i], there->rows[i]},
         found == rows->end() ? std::nullopt : std::optional(found->second), round);
  }
  return {};
}

void StreamComparison::Surplus(const std::string& key, Round& round) {
  if (scene_.deletes == DeletePolicy::kKeep)
    ++round.findings.counts.kept;
  else
    round.findings.Surplus(ShownKey(scene_.stream, key));
}

}  // namespace sb::accounts
