#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/rows.h"
#include "engine/adapters/postgres/table_home.h"
#include "engine/adapters/postgres/table_picture.h"
#include "engine/adapters/postgres/table_rows.h"
#include "engine/adapters/postgres/table_side.h"
#include "engine/adapters/postgres/table_side_sql.h"
#include "engine/adapters/postgres/table_trouble.h"

// The writes of TableSide.
namespace sb::adapters::postgres {
namespace {

using core::quota::Lane;
using ports::SideRecord;
using ports::SideWrite;
using ports::SideWritten;

// What the customer put off until the commit is looked at while a refusal still has a name.
constexpr Statement kSettleConstraints = {"table.settle", "set constraints all immediate",
                                          Planning::kEachTime};

Error RecordMoved() {
  return Conflict("LINK_RECORD_MOVED",
                  "the row is not as it was read; nothing was written; it is looked at again");
}

Result<std::vector<std::string>> KeysWritten(Transaction& transaction, const char* name,
                                             const std::string& sql, const Params& params) {
  const auto rows = transaction.Run({name, sql.c_str(), Planning::kEachTime}, params);
  if (!rows.ok()) return rows.error();
  std::vector<std::string> keys;
  for (const pqxx::row& row : *rows) keys.push_back(TextOf(row, "key"));
  return keys;
}

/// One transaction of a write. For one use.
class TableWrite {
 public:
  TableWrite(Transaction& transaction, const SideWrite& write, std::string read_sql)
      : transaction_(transaction), write_(write), read_sql_(std::move(read_sql)) {}

  /// Whether it is the first of its op.
  Result<bool> Begin(const std::string& feed) {
    const auto first =
        transaction_.Run(kNoteOp, Params().Text(write_.op_key).Text(feed).Text(write_.key));
    if (!first.ok()) return first.error();
    return !first->empty();
  }

  /// The row that the op wrote when it was made first, as it is now.
  Result<std::optional<SideRecord>> Again() {
    const auto op = transaction_.Run(kFindOp, Params().Text(write_.op_key));
    if (!op.ok()) return op.error();
    if (op->empty()) return std::optional<SideRecord>();
    return Show(TextOf(op->front(), "key"));
  }

  /// After the row was written.
  Result<std::optional<SideRecord>> Finish(const std::string& key) {
    if (key != write_.key) {
      const auto named = transaction_.Run(kNameOp, Params().Text(write_.op_key).Text(key));
      if (!named.ok()) return named.error();
    }
    const auto settled = transaction_.Run(kSettleConstraints, Params());
    if (!settled.ok()) return settled.error();
    return Show(key);
  }

 private:
  Result<std::optional<SideRecord>> Show(const std::string& key) {
    const auto rows = transaction_.Run({"table.read", read_sql_.c_str(), Planning::kEachTime},
                                       Params().Text(key));
    if (!rows.ok()) return rows.error();
    if (rows->empty()) return std::optional<SideRecord>();
    auto record = TableRowOf(rows->front());
    if (!record.ok()) return record.error();
    return std::optional(std::move(*record));
  }

  Transaction& transaction_;
  const SideWrite& write_;
  const std::string read_sql_;
};

}  // namespace

Result<TableSide::PicturePtr> TableSide::PictureFor(const SideWrite& write) {
  TableUse use;
  for (const auto& item : write.values.items()) use.written.push_back(item.key());
  for (const auto& item : write.expected.items()) use.read.push_back(item.key());
  const auto columns = ColumnsUsed(settings_, use);
  auto picture = Picture();
  if (!picture.ok() || MissingColumns(**picture, columns).empty()) return picture;
  picture = Look();  // it may have come since
  if (!picture.ok()) return picture;
  if (*picture != nullptr && MissingColumns(**picture, columns).empty()) return picture;
  return Conflict("LINK_SIDE_CHANGED",
                  *picture == nullptr ? "there is no table " + settings_.spec.table + " any more"
                                      : MissingColumns(**picture, columns).front().reason +
                                            "; name it back, or plan and deploy the sync again");
}

Result<SideWritten> TableSide::WriteOnce(const char* name, const TablePicture& picture,
                                         const SideWrite& write, const Effect& effect) {
  SideWritten written;
  std::string sqlstate;
  About about = About::kHome;
  const auto body = [&](Transaction& transaction) -> Status {
    TableWrite work(transaction, write, ReadRowSql(picture, ColumnsOf(picture)));
    const auto first = work.Begin(settings_.feed);
    if (!first.ok()) return first.error();
    about = About::kWriting;
    std::vector<std::string> keys;
    if (*first) {
      auto wrote = effect(transaction);
      if (!wrote.ok()) return wrote.error();
      keys = std::move(*wrote);
      written.moved = keys.empty();
      if (written.moved) return RecordMoved();  // takes back that the op was made
      if (keys.size() > 1) {
        return Conflict("LINK_SIDE_CHANGED",
                        "the column " + settings_.spec.key +
                            " names several rows at once; it has to be unique");
      }
    }
    auto shown = *first ? work.Finish(keys.front()) : work.Again();
    if (!shown.ok()) return shown.error();
    written.record = std::move(*shown);
    return {};
  };
  const Status done = database_.Transact(name, [&](Transaction& transaction) {
    Status result = body(transaction);
    sqlstate = transaction.sqlstate();
    return result;
  });
  if (!done.ok() && !written.moved) return Judge(done.error(), sqlstate, about);
  return written;
}

Result<SideWritten> TableSide::Create(const SideWrite& write, Lane /*lane*/) {
  const auto picture = PictureFor(write);
  if (!picture.ok()) return picture.error();
  const PicturedColumn& key = *(*picture)->Find(settings_.spec.key);
  const std::string sql = InsertRowSql(**picture, key, write.values);
  const auto insert = [&](Transaction& transaction) -> Result<std::vector<std::string>> {
    auto keys =
        KeysWritten(transaction, "table.create", sql, Params().Text(DumpJson(write.values)));
    if (!keys.ok() || !keys->empty()) return keys;
    return Invalid("LINK_VALUE_REFUSED",
                   "a trigger or rule of the table took the new row away; nothing was written");
  };
  return WriteOnce("table.create", **picture, write, insert);
}

Result<SideWritten> TableSide::Update(const SideWrite& write, Lane /*lane*/) {
  const auto picture = PictureFor(write);
  if (!picture.ok()) return picture.error();
  const PicturedColumn& key = *(*picture)->Find(settings_.spec.key);
  SideWritten written;
  if (!write.values.empty()) {
    const std::string sql = UpdateRowSql(**picture, key, write.values, write.expected);
    const auto update = [&](Transaction& transaction) {
      return KeysWritten(
          transaction, "table.update", sql,
          Params().Text(DumpJson(write.values)).Text(DumpJson(write.expected)).Text(write.key));
    };
    auto done = WriteOnce("table.update", **picture, write, update);
    if (!done.ok() || !done->moved) return done;
    written.moved = true;
  }
  auto record = ReadRow(**picture, write.key);
  if (!record.ok()) return record.error();
  written.record = std::move(*record);
  return written;
}

Status TableSide::Delete(const SideWrite& write, Lane /*lane*/) {
  const auto picture = PictureFor(write);
  if (!picture.ok()) return picture.error();
  const PicturedColumn& key = *(*picture)->Find(settings_.spec.key);
  const std::string sql = DeleteRowSql(**picture, key, write.expected);
  const auto remove = [&](Transaction& transaction) {
    return KeysWritten(transaction, "table.delete", sql,
                       Params().Text(DumpJson(write.expected)).Text(write.key));
  };
  const auto done = WriteOnce("table.delete", **picture, write, remove);
  if (!done.ok()) return done.error();
  if (!done->moved) return {};
  const auto record = ReadRow(**picture, write.key);
  if (!record.ok()) return record.error();
  return record->has_value() ? Status(RecordMoved()) : Status();
}

Result<std::optional<SideRecord>> TableSide::FindCreated(const SideWrite& write, Lane /*lane*/) {
  const auto picture = Picture();
  if (!picture.ok()) return picture.error();
  std::string sqlstate;
  bool never = false;
  std::optional<SideRecord> record;
  // Noting the op waits for a transaction that has noted it and is still under way; where it can
  // be noted, there is none, and there will be none but by a new Create. The note is taken back.
  const auto look = [&](Transaction& transaction) -> Status {
    TableWrite work(transaction, write, ReadRowSql(**picture, ColumnsOf(**picture)));
    const auto first = work.Begin(settings_.feed);
    if (!first.ok()) return first.error();
    never = *first;
    if (never) return RecordMoved();
    auto made = work.Again();
    if (!made.ok()) return made.error();
    record = std::move(*made);
    return {};
  };
  const Status done = database_.Transact("table.find_created", [&](Transaction& transaction) {
    Status result = look(transaction);
    sqlstate = transaction.sqlstate();
    return result;
  });
  if (!done.ok() && !never) return Judge(done.error(), sqlstate, About::kHome);
  return record;
}

}  // namespace sb::adapters::postgres
