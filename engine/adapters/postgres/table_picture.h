#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pqxx/result>

#include "engine/adapters/postgres/database.h"
#include "engine/core/twoway/record_kind.h"

// What a customer's table looks like to us: read from the catalog.
namespace sb::adapters::postgres {

/// How a column's values travel as JSON.
enum class TableForm { kText, kWhole, kFloat, kDecimal, kBoolean, kInstant, kJson, kTexts };

struct PicturedColumn {
  std::string name;
  std::string type;  ///< As a cast names it, with its schema; of a domain the type beneath.
  TableForm form = TableForm::kText;
  std::size_t most_chars = 0;  ///< 0: any number.
  bool bytes = false;          ///< bytea: only read where it is asked for.
  bool not_null = false;
  bool has_default = false;    ///< Or it numbers itself.
  bool settable = true;        ///< Not generated, nor an expression of a view.
  bool unique = false;         ///< Alone, always, at once.
  bool indexed = false;        ///< It leads an index.
  bool phone_indexed = false;  ///< There is one of the last digits of its numbers (docs/adr/0050).
  bool may_read = false;
  bool may_update = false;
  bool may_insert = false;
  std::string comment;
};

struct TablePicture {
  std::string schema;
  std::string name;
  std::string relation;  ///< Its oid, as text.
  char kind = 'r';       ///< pg_class.relkind
  std::string role;      ///< Who we are there.
  std::string database;
  std::int64_t version = 0;  ///< 150004
  bool unicode = true;       ///< Its encoding is UTF-8.
  bool guarded = false;      ///< Row security may hide rows from us.
  bool updates = false;      ///< What it lets anybody do; false with some views.
  bool inserts = false;
  bool deletes = false;
  bool may_enter = false;     ///< Use the schema.
  bool may_read_all = false;  ///< The table as a whole, with columns that are to come.
  bool may_trigger = false;
  bool may_delete = false;
  bool may_make_schema = false;
  bool has_home = false;      ///< Our schema is there,
  bool may_use_home = false;  ///< and ours to make tables in.
  std::int64_t guess = 0;     ///< How many rows, by the last statistics; negative: there are none.
  std::vector<PicturedColumn> columns;

  bool IsTable() const { return kind == 'r' || kind == 'p'; }

  /// Null: there is none.
  const PicturedColumn* Find(const std::string& column) const;
  std::vector<std::string> Names() const;
  /// "public"."customers"
  std::string Sql() const;
};

/// Whether a column is one text, not a list: what can have an index for a part of it.
bool IsOneText(const PicturedColumn& column);

/// "public.customers", "customers" (of public), names in double quotes as in SQL. Empty names where
/// it cannot be read.
std::pair<std::string, std::string> TableNameOf(const std::string& written);

/// In two statements. Nothing: there is no such table. Fails as Transaction::Run.
Result<std::optional<TablePicture>> LookAtTable(Transaction& transaction, const std::string& schema,
                                                const std::string& table);

core::twoway::SideShape ShapeOfTable(const TablePicture& picture);

}  // namespace sb::adapters::postgres
