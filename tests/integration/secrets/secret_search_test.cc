// The search must find what it looks for, or its silence means nothing.

#include "tests/support/live/secret_search.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/support/live/database_search.h"
#include "tests/support/postgres_cluster.h"

namespace sb::live {
namespace {

constexpr const char* kSecret = "s3cret/with+odd&characters";

void Search(const std::string& text) {
  ExpectNoSecretIn(text, "a text", {{"token", kSecret}});
}

TEST(SecretSearch, FindsASecretHoweverItIsWritten) {
  EXPECT_NONFATAL_FAILURE(Search(std::string("{\"t\":\"") + kSecret + "\"}"), "tells the token");
  EXPECT_NONFATAL_FAILURE(Search("x" + ToHex(kSecret)), "tells the token");
  EXPECT_NONFATAL_FAILURE(Search("a=" + UrlEncode(kSecret)), "tells the token");
  for (const char* before : {"", "a", "ab", "id:"}) {
    const std::string basic = std::string(before) + kSecret + ":more";
    EXPECT_NONFATAL_FAILURE(Search("Basic " + ToBase64(basic)), "tells the token");
    EXPECT_NONFATAL_FAILURE(Search(ToBase64Url(basic)), "tells the token");
  }
}

TEST(SecretSearch, IsSilentAboutEverythingElse) {
  Search("a token that is another");
  ExpectNoSecretIn("anything", "a text", {{"a secret that there is not", ""}});
}

TEST(SecretSearch, LooksIntoEveryRowOfTheDatabase) {
  testing::TestDatabase database;
  const Secrets secrets = {{"token", kSecret}};
  ExpectNoSecretInDatabase(database.url(), secrets);
  database.Ask(
      "insert into eng.secret (tenant, name, sealed, updated_at) values ('acme', 'open', '\\x" +
      ToHex(kSecret) + "', now())");
  EXPECT_NONFATAL_FAILURE(ExpectNoSecretInDatabase(database.url(), secrets),
                          "the database tells the token, behind: eng.secret: ");
}

TEST(SecretSearch, ADatabaseThatIsGoneTellsNothing) {
  ExpectNoSecretInDatabase("host='/nowhere' dbname=none", {{"token", kSecret}});
}

}  // namespace
}  // namespace sb::live
