#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/core/twoway/definition.h"

namespace sb::adapters::postgres {

/// Where a page of rows by their time begins.
enum class PollFrom {
  kBefore,    ///< Ten minutes before the latest change that was seen.
  kLatest,    ///< With that change.
  kBehindRow  ///< Behind the last row of the page before.
};

/// What a sync wants of a table.
struct TableSettings {
  core::twoway::SideSpec spec;  ///< Table, key, updated_at, how it tells changes.
  std::string feed;  ///< Names the sync in the customer's database, for as long as it lives. Two
                     ///< syncs of one table have a trigger and a place in the log each.
  std::set<std::string> columns;  ///< Those that a record has, by name; key and updated_at besides.
  bool every_column = false;      ///< All that may be read (but bytea): a `where` may ask for any.
  std::vector<std::string> phones;  ///< Columns in which a phone is looked for.
  std::vector<std::string> emails;
  bool creates = true;  ///< Whether rows may be made,
  bool deletes = true;  ///< and deleted.
};

/// What a definition wants of the table on its side `side`. `feed`: any name that the sync keeps.
TableSettings TableSettingsOf(const core::twoway::Definition& definition, core::twoway::Side side,
                              const std::string& feed);

}  // namespace sb::adapters::postgres
