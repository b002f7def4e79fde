#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/sync/streams.h"

namespace sb::core::sync {

/// A column of a table of a destination.
struct TableColumn {
  std::string name;
  ColumnType type = ColumnType::kText;
  bool required = false;  ///< Part of the primary key.
  std::string comment;

  bool operator==(const TableColumn&) const = default;
};

/// A foreign key.
struct TableReference {
  std::vector<std::string> columns;
  std::string table;
  std::vector<std::string> key;  ///< The primary key of that table.
  bool part = false;             ///< Rows go with the one that they refer to.

  bool operator==(const TableReference&) const = default;
};

/// A table as the streams want it.
struct WantedTable {
  std::string name;
  std::string comment;
  std::vector<TableColumn> columns;
  std::vector<std::string> key;
  std::vector<TableReference> references;
};

/// A column that is there already.
struct ExistingColumn {
  std::string name;
  std::optional<ColumnType> type;  ///< Nothing: a type that none of ours is.
  std::string type_name;           ///< As the destination calls it.
  bool must_be_given = false;      ///< It takes no null and has no default.
};

/// A table that is there already.
struct ExistingTable {
  std::string name;
  std::vector<ExistingColumn> columns;
  std::vector<std::string> key;  ///< Of its primary key; empty: it has none.
  /// Its foreign keys, as far as they are made of columns that ours are made of.
  std::vector<TableReference> references;
};

/// Why an existing table cannot be used.
struct TableConflict {
  std::string table;
  std::string column;  ///< Empty: the table as a whole.
  std::string reason;  ///< For people: what is there and what is needed.

  bool operator==(const TableConflict&) const = default;
};

struct AddedColumn {
  std::string table;
  TableColumn column;

  bool operator==(const AddedColumn&) const = default;
};

struct AddedReference {
  std::string table;
  TableReference reference;

  bool operator==(const AddedReference&) const = default;
};

/// A view on a table: its rows of one value, without the column that has it and without those that
/// every table has.
struct WantedView {
  std::string name;
  std::string table;
  std::vector<std::string> columns;
  std::string column;
  std::string value;
  std::string comment;

  bool operator==(const WantedView&) const = default;
};

/// What the destination lacks. Nothing is ever dropped or narrowed. With a conflict nothing of it
/// may be done.
struct TablePlan {
  std::vector<WantedTable> create;  ///< Without their references, which stand in `refer`.
  std::vector<AddedColumn> add;
  std::vector<AddedReference> refer;  ///< After all tables are there.
  std::vector<WantedView> views;      ///< After the columns that they show.
  std::vector<TableConflict> conflicts;

  bool changes_nothing() const {
    return create.empty() && add.empty() && refer.empty() && views.empty();
  }
};

// The columns that every table of a stream has besides its own.
inline constexpr const char* kRawColumn = "raw";
inline constexpr const char* kHashColumn = "_hash";
inline constexpr const char* kSyncedColumn = "_synced_at";
inline constexpr const char* kReadColumn = "_read_at";
inline constexpr const char* kDeletedColumn = "_deleted_at";
/// The key of a table whose stream has one object only.
inline constexpr const char* kOnlyColumn = "_only";

/// The columns by which a child table refers to its parent: <singular>_<key>.
std::vector<std::string> ParentColumns(const Stream& stream);
/// The primary key of a stream's table.
std::vector<std::string> TableKey(const Stream& stream);

/// The tables of these streams: a stream's own one before those of its children. Foreign keys lead
/// only to tables that are among them.
std::vector<WantedTable> WantedTables(const std::vector<const Stream*>& streams);

/// The views of these streams.
std::vector<WantedView> WantedViews(const std::vector<const Stream*>& streams);

/// Adds to the plan the views that `existing` lacks. Something else of that name is a conflict.
void PlanViews(const std::vector<WantedView>& wanted, const std::vector<ExistingTable>& existing,
               TablePlan& plan);

/// What is to be done. `existing` has those of the wanted tables that are there.
TablePlan PlanTables(const std::vector<WantedTable>& wanted,
                     const std::vector<ExistingTable>& existing);

}  // namespace sb::core::sync
