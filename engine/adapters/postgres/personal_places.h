#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sb::adapters::postgres {

/// A column in which a person may stand.
struct PlaceColumn {
  enum class Type { kText, kJson, kBytes };
  std::string name;
  Type type = Type::kText;
};

/// A table whose rows belong to accounts.
struct Place {
  std::string table;                      ///< Below the schema `eng`; also the place's name.
  std::vector<std::string> key;           ///< What tells its rows apart within an account.
  std::vector<PlaceColumn> columns = {};  ///< Empty: nothing of a person stands here.
  bool has_slot = true;                   ///< Its primary key starts with (slot, account_id).
  std::string live = {};          ///< SQL over `t`: the row is of a run that goes on; or empty.
  std::string also_set = {};      ///< SQL that a rewritten row gets besides; or empty.
  bool survives_account = false;  ///< Its row stays when the data of its account is erased.
};

/// Every table that belongs to accounts. THE list: a table that a later feature adds is entered
/// here, and a test fails until it is. In the order of reading: a run's rows come after whatever
/// may still become a run, and its journal before its end, which is written last. Deleting goes the
/// other way.
const std::vector<Place>& Places();

/// Tables that hold nothing of an account or a person, with the reason. The same test reads them.
struct Exempt {
  std::string_view table;
  std::string_view because;
};

const std::vector<Exempt>& ExemptTables();

}  // namespace sb::adapters::postgres
