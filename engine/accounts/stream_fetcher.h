#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/accounts/provider.h"
#include "engine/core/sync/scan.h"
#include "engine/core/sync/streams.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/clock.h"
#include "engine/ports/row_sink.h"
#include "engine/ports/skip_ledger.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

/// What a page of a list, or some objects by themselves, brought.
struct Fetched {
  core::sync::ScanPage page;  ///< Its keys are as ShownKey makes them.
  std::vector<ports::SinkRow> rows;
  std::vector<Json> objects;           ///< What was shown, in its order.
  std::vector<std::size_t> object_of;  ///< For each row, which of the objects it was.
  std::vector<ports::SyncReject> rejects;
  std::vector<ports::Skip> skips;  ///< What a gate has taken out of the rows (ImportGate).
  bool past = false;               ///< Newest changes first: it reached what is known.
  std::int64_t requests = 0;
};

/// A stream and the way to its provider.
struct StreamSource {
  const core::sync::Stream& stream;
  const PerformAction& perform;
};

/// What keys of rows are called where readings are counted: the one object of a stream without a
/// key counts as well.
std::string ShownKey(const core::sync::Stream& stream, const std::string& key);

/// Asks a provider for objects of streams and makes rows of them. What cannot become a row is
/// rejected, the others are not. Thread-safe; blocks; borrows. Fails as actions and Expressions do.
class StreamFetcher {
 public:
  StreamFetcher(const core::workflow::Expressions& expressions, const ports::Clock& clock)
      : expressions_(expressions), clock_(clock) {}

  /// Whether objects whose list leaves parts out are read by themselves as well.
  enum class Detail { kWhole, kAsListed };

  /// One page of a list. `known_until`: of a list of newest changes first, what is older is known.
  Result<Fetched> Page(const StreamSource& source, const core::sync::Reading& list,
                       const core::sync::Window& window, int page,
                       std::optional<WallTime> known_until = std::nullopt,
                       Detail detail = Detail::kWhole) const;

  /// Objects by themselves; the stream has a way to read them (`get`). The keys of those that are
  /// not there go into `gone`.
  Result<Fetched> Each(const StreamSource& source, const std::vector<std::string>& keys,
                       std::vector<std::string>& gone) const;

  /// Rows of an object that came another way, as of `at`.
  Result<Fetched> Understand(const core::sync::Stream& stream, const Json& object,
                             WallTime at) const;

 private:
  /// Objects, and when the request for each of them left.
  struct Objects {
    std::vector<Json> objects;
    std::vector<WallTime> instants;
  };

  Result<std::optional<Json>> One(const StreamSource& source, const std::string& key) const;
  Status LookForKnown(const core::sync::Stream& stream, const std::vector<Json>& objects,
                      std::optional<WallTime> known_until, Fetched& fetched) const;
  Status Complete(const StreamSource& source, Objects& listed, std::int64_t& requests) const;
  Status Map(const core::sync::Stream& stream, Objects told, Fetched& fetched) const;

  const core::workflow::Expressions& expressions_;
  const ports::Clock& clock_;
};

}  // namespace sb::accounts
