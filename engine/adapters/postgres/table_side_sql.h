#pragma once

#include <string>
#include <vector>

#include "engine/adapters/postgres/table_picture.h"
#include "engine/adapters/postgres/table_settings.h"
#include "engine/base/json.h"
#include "engine/core/twoway/definition.h"

// The statements of TableSide, whose tables are known at run time only. Every name in them is
// quoted; values are parameters. Rows are given as `key`, `changed_at` and `native` (JSON).
namespace sb::adapters::postgres {

/// What is read of a table.
struct TableColumns {
  const PicturedColumn* key = nullptr;
  const PicturedColumn* updated_at = nullptr;  ///< Null: it has none.
  std::vector<const PicturedColumn*> read;     ///< The key among them.
};

/// $1: a key. Finds no row for a text that is no key of the table's type only by failing.
std::string ReadRowSql(const TablePicture& picture, const TableColumns& columns);
/// $1: how many; $2: the key behind which it begins, where `behind`.
std::string ScanRowsSql(const TablePicture& picture, const TableColumns& columns, bool behind);
/// $1: the last digits, of which there are seven, or all of a number that has fewer; $2: how many.
std::string FindPhoneSql(const TablePicture& picture, const TableColumns& columns,
                         const std::vector<std::string>& phones);
/// $1: an address in lower case; $2: how many.
std::string FindEmailSql(const TablePicture& picture, const TableColumns& columns,
                         const std::vector<std::string>& emails);
/// $1: a value; $2: how many.
std::string FindValueSql(const TablePicture& picture, const TableColumns& columns,
                         const PicturedColumn& column);

/// $1: values as a JSON object. Gives the key. All of `values` are columns of the table.
std::string InsertRowSql(const TablePicture& picture, const PicturedColumn& key,
                         const Json& values);
/// $1: values; $2: what they are to be over; $3: the key. Gives the key of each row that it wrote.
std::string UpdateRowSql(const TablePicture& picture, const PicturedColumn& key, const Json& values,
                         const Json& expected);
/// $1: what it is to be; $2: the key. Gives the key of each row that it removed.
std::string DeleteRowSql(const TablePicture& picture, const PicturedColumn& key,
                         const Json& expected);

/// Gives a row where the key of a view, which can have no index, names several rows or none.
std::string UnclearKeySql(const TablePicture& picture, const PicturedColumn& key);

/// $1: the key; $2: the sync. Whether the row is there, and whether the table is the one that was
/// prepared.
std::string GoneSql(const TablePicture& picture, const PicturedColumn& key);

/// A page of the log: $1 the sync, $2 and $3 transaction and entry behind which it begins, $4 how
/// many. Gives at least one row; one for each key with its last `op`, with `next_xid` and `next_id`
/// (null: it is empty), `told` (entries), `same_table`, `has_trigger` and `stale` (the oldest entry
/// is a day old), and `ahead`: this server never was where $2 is, it was put back from a copy.
std::string LogPageSql(const TablePicture& picture, const TableColumns& columns,
                       const std::string& trigger);
/// Rows by when they changed: $1 how many, $2 the instant, $3 the key behind which it begins (with
/// kBehindRow), $4 the sync. Gives besides `changed_text`, its
/// `version`, `seen_text` (not later than now) and `same_table`.
std::string PolledRowsSql(const TablePicture& picture, const TableColumns& columns, PollFrom from);
/// Now, in the type of updated_at, as text.
std::string PollNowSql(const PicturedColumn& updated_at);

}  // namespace sb::adapters::postgres
