// Other databases for tables come by a file of lines, whose content is never repeated.
#include "engine/app/sync_destinations.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matchers.h"

namespace sb::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Destinations, AreALineEach) {
  const auto read = ParseDestinations(
      "# where analysts look\n\n  lake = postgresql://me:pw@lake/db?sslmode=require \r\n"
      "near=host=/run/pg dbname=near\n");
  ASSERT_THAT(read, testing::IsOk());
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(read->at("lake").Reveal(), "postgresql://me:pw@lake/db?sslmode=require");
  EXPECT_EQ(read->at("near").Reveal(), "host=/run/pg dbname=near");
  EXPECT_TRUE(ParseDestinations("")->empty());
}

TEST(Destinations, AreRefusedByLineAndWithoutTheirPasswords) {
  for (const char* bad :
       {"lake", "Lake=postgresql://me:pw@lake/db", "lake=mysql://me:pw", "=postgresql://me:pw@x",
        "lake=postgresql://me:pw@a/b\nlake=postgresql://me:pw@a/c"}) {
    const auto read = ParseDestinations(std::string("# first\n") + bad);
    ASSERT_THAT(read, testing::FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID")) << bad;
    EXPECT_THAT(read.error().message, HasSubstr("line "));
    EXPECT_THAT(read.error().message, Not(HasSubstr("pw")));
  }
}

TEST(Destinations, HoldTablesOfTwoWaySyncs) {
  adapters::postgres::Database own({"postgresql://own/db"});
  SyncDestinations destinations(own, {{"crm", Secret("postgresql://me:pw@crm/db")}});
  core::twoway::Definition definition;
  definition.b.table = "public.customers";
  const auto side_in = [&](const std::string& connection) {
    definition.b.connection = connection;
    return destinations.TableOf(definition, core::twoway::Side::kB, "acc_1/acme/customers");
  };
  EXPECT_THAT(side_in(""), testing::IsOk());
  EXPECT_THAT(side_in("crm"), testing::IsOk());
  EXPECT_THAT(side_in("lake"),
              testing::FailsWith(ErrorKind::kNotFound, "SYNC_CONNECTION_NOT_FOUND"));
}

TEST(Destinations, ThatAreTooManyAreRefused) {
  std::string text;
  for (int i = 0; i < 51; ++i) text += "d" + std::to_string(i) + "=postgresql://db/x\n";
  EXPECT_THAT(ParseDestinations(text), testing::FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
}

}  // namespace
}  // namespace sb::app
