#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/table_settings.h"
#include "engine/core/twoway/definition.h"
#include "engine/ports/record_side.h"

namespace sb::adapters::postgres {

struct TableColumns;
struct TablePicture;

/// A table, or an updatable view, of a customer's PostgreSQL database (13 or newer).
///
/// Native fields are its columns, by name. Whole numbers and decimals up to 15 digits are JSON
/// numbers, longer ones texts, so that none is rounded; instants are RFC 3339 in UTC; json, jsonb
/// and arrays of text are JSON; everything else is text as PostgreSQL writes it.
///
/// Writes are conditional and happen once: each is one transaction with a row of
/// `switchboard.applied_ops`, a table of ours in the customer's database. They run with the
/// customer's search_path, so that triggers of the customer find what they expect.
///
/// Changes come from a log that a trigger of ours writes, or from looking at `updated_at`, which
/// sees no deletes. Hints of our own writes are given like others. Every hint holds the row, where
/// it is there. A cursor that is of another way of telling, or of a time that the server has not
/// come to (it was put back from a copy), begins anew: the comparison finds the rest.
///
/// Find gives candidates for a phone: rows with the same last seven digits in any phone column
/// (without the sign for what is not a digit). Which of them have the number, and not just its
/// end, is for the caller's projection to say. E-mails are exact but for case and white space
/// around them, external keys are exact.
///
/// Besides what RecordSide tells: kInvalid LINK_VALUE_REFUSED (a constraint, too long, not of the
/// type; no values are repeated), kForbidden LINK_PRIVILEGE_MISSING (with the GRANT), kForbidden
/// LINK_TABLE_RESERVED (a table of the engine). Thread-safe; borrows the database. Fit for one sync
/// at a time of each feed.
class TableSide : public ports::RecordSide {
 public:
  TableSide(Database& database, TableSettings settings);
  ~TableSide() override;

  /// Empty where there is no such table: Check says so.
  Result<core::twoway::SideShape> Shape() override;
  Result<std::vector<ports::SideProblem>> Check(const std::vector<std::string>& read,
                                                const std::vector<std::string>& written) override;
  Status Prepare() override;
  Status Dismantle() override;

  Result<std::optional<ports::SideRecord>> Read(const std::string& key,
                                                core::quota::Lane lane) override;
  Result<bool> IsGone(const std::string& key, core::quota::Lane lane) override;
  Result<std::vector<ports::SideRecord>> Find(const core::twoway::MatchKey& key,
                                              core::quota::Lane lane) override;
  Result<ports::SidePage> Scan(const std::string& from, core::quota::Lane lane) override;
  Result<ports::SideChanges> Changes(const std::string& from, int limit) override;

  Result<ports::SideWritten> Create(const ports::SideWrite& write, core::quota::Lane lane) override;
  Result<ports::SideWritten> Update(const ports::SideWrite& write, core::quota::Lane lane) override;
  /// With `expected`: kConflict LINK_RECORD_MOVED where the row is there and is another.
  Status Delete(const ports::SideWrite& write, core::quota::Lane lane) override;
  Result<std::optional<ports::SideRecord>> FindCreated(const ports::SideWrite& write,
                                                       core::quota::Lane lane) override;

 private:
  using PicturePtr = std::shared_ptr<const TablePicture>;  ///< Shared by calls under way.

  /// What a statement was about when it was refused.
  enum class About { kReading, kHome, kWriting };

  /// The table as it was when it was looked at last, with every column that is needed. kConflict
  /// LINK_SIDE_CHANGED; kForbidden LINK_TABLE_RESERVED.
  Result<PicturePtr> Picture();
  /// As it is now; null: there is no such table.
  Result<PicturePtr> Look();
  /// What a refusal means here. The table is looked at anew.
  Error Judge(const Error& error, const std::string& sqlstate, About about);
  Error JudgeWrite(const Error& error, const std::string& sqlstate, const TablePicture& now);

  /// Of a view, whose key no index can promise.
  Status CheckViewKey(const TablePicture& picture, std::vector<ports::SideProblem>& problems);
  TableColumns ColumnsOf(const TablePicture& picture) const;
  /// One statement that writes nothing.
  Result<pqxx::result> Ask(const char* name, const std::string& sql, const Params& params,
                           About about = About::kReading);
  Result<std::vector<ports::SideRecord>> AskRecords(const char* name, const std::string& sql,
                                                    const Params& params);
  Result<std::optional<ports::SideRecord>> ReadRow(const TablePicture& picture,
                                                   const std::string& key);

  /// The keys of the rows that a statement wrote.
  using Effect = std::function<Result<std::vector<std::string>>(Transaction&)>;

  /// A write in one transaction, unless its op is known already: then the row as it is. `moved`:
  /// `effect` wrote no row, and nothing else was written either.
  Result<ports::SideWritten> WriteOnce(const char* name, const TablePicture& picture,
                                       const ports::SideWrite& write, const Effect& effect);
  /// The table, with every column that a write names. kConflict LINK_SIDE_CHANGED.
  Result<PicturePtr> PictureFor(const ports::SideWrite& write);

  /// `missed`: what came before may never be told.
  Result<ports::SideChanges> LogBegin(bool missed);
  Result<ports::SideChanges> LogChanges(const TablePicture& picture, const std::string& from,
                                        int limit);
  Result<ports::SideChanges> PolledChanges(const TablePicture& picture, const std::string& from,
                                           int limit);
  /// kConflict LINK_SIDE_CHANGED: it is not the table that was prepared.
  Error Replaced();
  /// Rows of a walk that were not told in the one before.
  Result<std::vector<ports::SideHint>> HintsOfNews(const pqxx::result& rows,
                                                   const std::string& from);
  PollFrom BeginOfWalk();
  /// A page is told; `changes.more`: the walk goes on.
  void Walked(const ports::SideChanges& changes);

  Database& database_;
  const TableSettings settings_;
  std::mutex mutex_;
  PicturePtr picture_;
  // Of PolledChanges: the version of each row that the last walk met, and this one; they count only
  // where the caller goes on from the cursor that went with them.
  std::map<std::string, std::string> last_walk_;
  std::map<std::string, std::string> walk_;
  std::string walked_to_;
  bool walk_is_short_ = false;
  int walk_pages_ = 0;
  int short_walks_ = 0;  ///< To be made before the next long one.
};

}  // namespace sb::adapters::postgres
