#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/table_picture.h"
#include "engine/adapters/postgres/table_settings.h"
#include "engine/ports/record_side.h"

// What can be wrong with a customer's table, and how it is said.
namespace sb::adapters::postgres {

/// What a sync does with columns, by name.
struct TableUse {
  std::vector<std::string> read;
  std::vector<std::string> written;
};

/// Key, updated_at and what is read and written, each once.
std::set<std::string> ColumnsUsed(const TableSettings& settings, const TableUse& use);

/// Columns that are not there, each with the one that may be meant.
std::vector<ports::SideProblem> MissingColumns(const TablePicture& picture,
                                               const std::set<std::string>& columns);
/// What our role may not do and has to, with the GRANT.
std::vector<ports::SideProblem> MissingPrivileges(const TablePicture& picture,
                                                  const TableSettings& settings,
                                                  const TableUse& use);
/// Everything else that the catalog tells: a key, what can be written, how changes are told.
std::vector<ports::SideProblem> UnfitTable(const TablePicture& picture,
                                           const TableSettings& settings, const TableUse& use);

/// Nothing: this table may be used.
std::optional<Error> ReservedTable(const std::string& written);

/// kConflict LINK_SIDE_CHANGED: `before` is not what is there `now`. Nothing: it is, as far as
/// `columns` go.
std::optional<Error> ChangedTable(const TablePicture& before, const TablePicture& now,
                                  const std::set<std::string>& columns);

/// Names of constraints and unique indexes, which refusals name in the words of the server's
/// language. Fails as Database::Read.
Result<std::vector<std::string>> ConstraintsOf(Database& database, const TablePicture& picture);
/// kInvalid LINK_VALUE_REFUSED: what the table has against a row. `error`: of the statement, whose
/// text names what was violated; no values come into it.
Error RefusedRow(const Error& error, const std::string& sqlstate,
                 const std::vector<std::string>& names);

}  // namespace sb::adapters::postgres
