#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/connector/connector.h"
#include "engine/core/quota/lane.h"
#include "engine/core/sync/scan.h"
#include "engine/core/sync/streams.h"
#include "engine/core/twoway/record_kind.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/clock.h"
#include "engine/ports/record_side.h"

namespace sb::syncs {

/// What sides of connectors remember between two calls: how far the window is that is being read,
/// since when a lost record is looked for, and what was read of a record a moment ago. Of no use to
/// another process, which begins the window and the search anew, and reads. There is one for all
/// sides of a process. Thread-safe.
class SideMemory {
 public:
  /// A record as it was read, with the provider's object.
  struct Glance {
    Json object;
    ports::SideRecord record;
    WallTime at;  ///< When the answer had come.
  };

  /// For so long a read is fresh enough to write over what it showed.
  static constexpr Millis kFresh = std::chrono::seconds(2);

  /// Names a scan that begins: no other of this process has the name. A plan, a comparison and
  /// other syncs may scan one place at once, and must not disturb each other.
  std::string NewScan(WallTime now);
  /// The reading that goes on at `from`; a new one where it is not known.
  core::sync::WindowReading Recall(const std::string& place, const std::string& scan,
                                   const std::string& from) const;
  /// The last few of a scan are kept: whoever could not store `next` asks for `from` again. Of a
  /// place the four scans that went on last.
  void Keep(const std::string& place, const std::string& scan, const std::string& next,
            core::sync::WindowReading reading);
  /// The scan has come to its end.
  void Forget(const std::string& place, const std::string& scan);

  /// When the outcome of a write was asked for first.
  WallTime FirstAsked(const std::string& op_key, WallTime now);
  void Settled(const std::string& op_key);

  /// A record was read.
  void Saw(const std::string& place, Glance glance);
  /// What was read of it last, once, where that is still fresh.
  std::optional<Glance> TakeFresh(const std::string& place, const std::string& key, WallTime now);
  /// It was written, or is about to be: what was read of it before does not count any more.
  void Unsee(const std::string& place, const std::string& key);

 private:
  struct Kept {
    std::string from;
    core::sync::WindowReading reading;
  };

  struct Scanned {
    std::string scan;
    std::deque<Kept> kept;  ///< Oldest first.
  };

  mutable std::mutex mutex_;
  std::int64_t scans_ = 0;
  std::map<std::string, std::deque<Scanned>> readings_;  ///< Those that went on last at the end.
  std::map<std::string, WallTime> asked_;
  std::map<std::pair<std::string, std::string>, Glance> seen_;  ///< By place and key.
};

/// A kind of record of a connector, of one account, as a side of a sync. What differs between
/// providers is in the record's file; nothing here knows one. Borrows everything. Blocking;
/// thread-safe.
///
/// Refused values are kInvalid LINK_VALUE_REFUSED with the provider's own sentence. An answer that
/// is not what the connector describes is kUnavailable LINK_RECORD_UNREADABLE.
class ConnectorSide final : public ports::RecordSide {
 public:
  struct Dependencies {
    ports::ActionPerformer& performer;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    SideMemory& memory;
  };

  /// `connector` has `kind` among its records. `external_key`: see core::twoway::SideSpec.
  ConnectorSide(Dependencies dependencies, const connector::Connector& connector,
                const core::twoway::RecordKind& kind, AccountId account,
                std::string external_key = {});

  Result<core::twoway::SideShape> Shape() override;
  Result<std::vector<ports::SideProblem>> Check(const std::vector<std::string>& read,
                                                const std::vector<std::string>& written) override;
  Status Prepare() override;
  Status Dismantle() override;

  Result<std::optional<ports::SideRecord>> Read(const std::string& key,
                                                core::quota::Lane lane) override;
  Result<bool> IsGone(const std::string& key, core::quota::Lane lane) override;
  /// An external key is the key of the record itself, unless the side holds the other side's keys:
  /// those cannot be searched for, and Check says so.
  Result<std::vector<ports::SideRecord>> Find(const core::twoway::MatchKey& key,
                                              core::quota::Lane lane) override;
  /// One request. Windows are cut as large as the provider's wall allows.
  Result<ports::SidePage> Scan(const std::string& from, core::quota::Lane lane) override;
  /// Nothing where events tell it. Otherwise the list of newest changes is read, if there is one,
  /// in the background lane; `limit` does not cut it, as its order is the newest first.
  Result<ports::SideChanges> Changes(const std::string& from, int limit) override;

  Result<ports::SideWritten> Create(const ports::SideWrite& write, core::quota::Lane lane) override;
  /// Reads, compares, and performs what it takes, one request after the other. What Read has given
  /// within SideMemory::kFresh stands for the reading where it is as expected. Where it ends early
  /// with a part done it is kInDoubt; the next one is made from what the record is then.
  Result<ports::SideWritten> Update(const ports::SideWrite& write, core::quota::Lane lane) override;
  /// Always reads before, where something is expected: what is deleted does not come back.
  Status Delete(const ports::SideWrite& write, core::quota::Lane lane) override;
  /// kUnavailable LINK_CREATE_UNCERTAIN, with when to ask again, for a minute after it was asked
  /// first: a record may show late.
  Result<std::optional<ports::SideRecord>> FindCreated(const ports::SideWrite& write,
                                                       core::quota::Lane lane) override;

  /// What an event of the account ("io.aircall.contact.updated") tells of the records; nothing: it
  /// is not about them, or has data in which no key can be found (the comparison finds what it was
  /// about). Fails with kUnavailable where expressions are not to be had.
  Result<std::optional<ports::SideHint>> Hear(const std::string& type, const Json& data) const;

 private:
  /// A record with the provider's object that it was read from.
  struct Held {
    Json object;
    ports::SideRecord record;
  };

  /// A use of an action, with its input filled in.
  struct Step {
    const core::twoway::RecordChange* change = nullptr;
    Json input;
  };

  /// How far a change has come.
  struct Carried {
    std::size_t done = 0;      ///< Steps whose answers were good.
    std::optional<Json> told;  ///< The object, by the answer to the last of them.
    std::optional<Error> failed;
  };

  /// One request of a list.
  struct ListPage {
    core::sync::ScanPage page;
    std::vector<ports::SideRecord> records;
    std::optional<WallTime> first_at;  ///< At what the window looks, of its first object.
  };

  enum class Kind { kReading, kWriting };

  ports::ActionCall CallOf(const std::string& action, Json input, core::quota::Lane lane,
                           const std::string& op_key) const;
  Result<Json> Perform(const std::string& action, Json input, Kind kind, core::quota::Lane lane,
                       const std::string& op_key = {}) const;
  Result<Json> Evaluate(const std::string& program, const Json& input,
                        const core::workflow::Arguments& arguments) const;
  Result<Json> Fill(const Json& with, const core::workflow::Arguments& arguments) const;
  Error Unreadable(const std::string& what) const;

  /// The records of provider's objects; nothing where one cannot be read.
  Result<std::vector<std::optional<ports::SideRecord>>> Understand(const Json& objects) const;
  Result<Held> UnderstandOne(Json object) const;
  bool CanBeKey(const std::string& text) const;
  Result<std::optional<Held>> Fetch(const std::string& key, core::quota::Lane lane) const;
  Result<std::optional<Held>> LookBefore(const ports::SideWrite& write,
                                         core::quota::Lane lane) const;
  Result<std::vector<ports::SideRecord>> Search(const core::twoway::RecordUse& use,
                                                const std::string& value,
                                                core::quota::Lane lane) const;
  Result<ListPage> ReadList(const core::sync::Reading& list, const core::sync::Window& window,
                            int page, core::quota::Lane lane) const;

  Json TargetOf(const Json& values, const Json& native) const;
  Result<std::vector<Step>> StepsFor(const Held& now, const Json& values) const;
  Carried Carry(const std::vector<Step>& steps, const ports::SideWrite& write,
                core::quota::Lane lane) const;
  Result<ports::SideWritten> Change(Held now, const ports::SideWrite& write,
                                    core::quota::Lane lane) const;
  Result<ports::SideWritten> Changed(const Carried& carried, const ports::SideWrite& write,
                                     core::quota::Lane lane) const;
  Result<Json> CreateInput(const ports::SideWrite& write) const;
  Result<ports::SideRecord> CreatedFrom(Json output) const;

  Dependencies deps_;
  const connector::Connector& connector_;
  const core::twoway::RecordKind& kind_;
  const core::sync::Stream& stream_;
  AccountId account_;
  std::string external_key_;
  std::string place_;            ///< In the memory.
  core::sync::ScanShape shape_;  ///< Of the stream's list.
  std::string program_;          ///< jq: a list of objects to [{key, at, native}]; null where one
                                 ///< cannot be read.
};

}  // namespace sb::syncs
