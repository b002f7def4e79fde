#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/accounts/provider.h"
#include "engine/accounts/stream_fetcher.h"
#include "engine/core/sync/absence.h"
#include "engine/core/sync/proof.h"
#include "engine/core/sync/scan.h"
#include "engine/core/sync/streams.h"
#include "engine/ports/clock.h"
#include "engine/ports/row_sink.h"

namespace sb::accounts {

/// What the comparison of one stream needs.
struct ComparisonScene {
  const core::sync::Stream& stream;
  std::string schema;
  core::sync::Window wanted;  ///< Of a list without windows, only its end counts.
  core::sync::ProofDepth depth = core::sync::ProofDepth::kCounts;
  std::int64_t sample = 0;
  core::sync::DeletePolicy deletes = core::sync::DeletePolicy::kMark;
  PerformAction perform;  ///< In the background lane.
  ports::RowSink& sink;
  /// Asked before each request; false: stop. What it is told: the window at hand, how many objects
  /// the stream has (nothing: not known), and what was found so far.
  std::function<bool(const core::sync::Window&, std::optional<std::int64_t>,
                     const core::sync::StreamProof&)>
      tell;
  /// Which of these keys the rules of the sync leave out; empty: it has no rules for the stream.
  std::function<Result<std::set<std::string>>(const std::vector<std::string>&)> left_out = {};
};

/// One comparison of a stream's table with its provider. What does not agree at first sight is
/// looked at once more, object and row, before it is said: both change all the while. For one
/// thread; blocks; borrows.
class StreamComparison {
 public:
  StreamComparison(const StreamFetcher& fetcher, const ports::Clock& clock,
                   const ComparisonScene& scene);

  /// Once only. What hinders it is noted in the proof, with what was found until then.
  core::sync::StreamProof Run();

  /// Whether `tell` ended it.
  bool stopped() const { return stopped_; }

 private:
  /// An object that does not agree with its row at first sight.
  struct Doubt {
    std::string key;
    ports::SinkRow told;
  };

  /// One reading of a window, or of a sample of it.
  struct Round {
    core::sync::WindowFindings findings;
    std::vector<Doubt> doubts;
    WallTime begun_at;
  };

  using RowsByKey = std::map<std::string, core::sync::StoredRow>;

  Result<Json> Ask(const std::string& action, const Json& input);

  StreamSource Source() const { return {scene_.stream, perform_}; }

  bool CanAskFor() const { return scene_.stream.get && !scene_.stream.key.empty(); }

  core::sync::Window AtHand() const;

  Status NextWindow();
  Status CountWindow();
  Status ReadWindow();
  Status Finish(core::sync::WindowReceipt receipt, Round round);

  Status TakeSample(const core::sync::Window& window, std::int64_t total, Round& round);
  Result<std::vector<ports::SinkRow>> SamplePage(const core::sync::Window& window, int page,
                                                 std::int64_t rows, Round& round);

  Result<RowsByKey> Rows(const std::vector<std::string>& keys);
  Result<std::set<std::string>> LeftOut(const std::vector<std::string>& keys,
                                        const RowsByKey& rows) const;
  Status Compare(const std::vector<ports::SinkRow>& told, const std::set<std::string>& seen,
                 Round& round);
  void Note(const Doubt& doubt, const std::optional<core::sync::StoredRow>& stored, Round& round);
  Status LookAgain(Round& round);
  Status LookForSurplus(const core::sync::WindowReceipt& receipt, Round& round);
  Status AskForSurplus(const std::vector<std::string>& keys, Round& round);
  void Surplus(const std::string& key, Round& round);

  const StreamFetcher& fetcher_;
  const ports::Clock& clock_;
  const ComparisonScene& scene_;
  const PerformAction perform_;  ///< Ask
  core::sync::StreamProof proof_;
  core::sync::ScanPosition position_;
  std::optional<std::int64_t> total_;  ///< Objects of the stream, where they are counted.
  int windows_read_ = 0;               ///< Whose counts did not agree.
  bool stopped_ = false;
};

}  // namespace sb::accounts
