#include "engine/adapters/postgres/personal_places.h"

#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/postgres_cluster.h"

namespace sb::testing {
namespace {

using adapters::postgres::Exempt;
using adapters::postgres::ExemptTables;
using adapters::postgres::Place;
using adapters::postgres::Places;

TEST(PersonalPlaces, NameEveryTableThatThereIs) {
  TestDatabase database;
  std::istringstream names(database.Ask(
      "select string_agg(c.relname, ' ') from pg_class c join pg_namespace n on n.oid = "
      "c.relnamespace where n.nspname = 'eng' and c.relkind in ('r', 'p') and not "
      "c.relispartition"));
  std::set<std::string> tables;
  for (std::string name; names >> name;) tables.insert(name);
  std::set<std::string> listed;
  for (const Place& place : Places()) listed.insert(place.table);
  for (const Exempt& exempt : ExemptTables()) listed.insert(std::string(exempt.table));
  EXPECT_EQ(listed, tables) << "a new table goes into engine/adapters/postgres/personal_places.cc: "
                               "as a place, or exempt with the reason";
}

}  // namespace
}  // namespace sb::testing
