#include <filesystem>
#include <map>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tidy/source_tree.h"

namespace sb::tidy {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

const std::vector<std::string> kCode = {".h", ".cc"};

/// The layer of each folder, as docs/architecture.md shows it.
const std::map<std::string, int>& Layers() {
  static const std::map<std::string, int> kLayers = {
      {"engine/base", 0},      {"engine/core", 1},     {"engine/ports", 2},
      {"engine/connector", 3}, {"engine/adapters", 3}, {"engine/runtime", 4},
      {"engine/syncs", 4},     {"engine/accounts", 5}, {"engine/api", 6},
      {"engine/edge", 6},      {"engine/app", 7},      {"connectors/aircall/sandbox", 1},
  };
  return kLayers;
}

std::string FolderOf(const std::string& path) {
  for (const auto& [folder, layer] : Layers()) {
    if (path.starts_with(folder + "/")) return folder;
  }
  return {};
}

TEST(TheHouse, IncludesOnlyLowerLayers) {
  const std::regex include(R"re(#include "((?:engine|connectors)/[^"]+)")re");
  std::vector<std::string> trespasses;
  for (const std::string root : {"engine", "connectors"}) {
    for (const SourceFile& file : FilesBelow(root, kCode)) {
      const std::string own = FolderOf(file.path);
      ASSERT_THAT(own, Not(IsEmpty())) << file.path << " is in a folder without a layer";
      for (std::sregex_iterator match(file.text.begin(), file.text.end(), include), end;
           match != end; ++match) {
        const std::string other = FolderOf((*match)[1]);
        if (other != own && Layers().at(other) >= Layers().at(own)) {
          trespasses.push_back(PlaceOf(file, static_cast<std::size_t>(match->position())) +
                               " uses " + other);
        }
      }
    }
  }
  EXPECT_THAT(trespasses, IsEmpty());
}

TEST(TheHouse, KeepsTheSandboxApartFromTheEngine) {
  EXPECT_THAT(PlacesMatching(FilesBelow("connectors/aircall/sandbox", kCode),
                             R"re(#include "engine/(?!base/))re"),
              IsEmpty());
}

TEST(TheHouse, StopsLibraryTypesAtTheirAdapter) {
  const std::map<std::string, std::vector<std::string>> homes = {
      {R"(#include <pqxx)", {"engine/adapters/postgres", "engine/adapters/system"}},
      {R"(#include <curl/)", {"engine/adapters/curl"}},
      {R"(#include <jq\.h>|#include <jv\.h>)", {"engine/adapters/jq"}},
      {R"(#include <phonenumbers/)", {"engine/adapters/phone"}},
      {R"(#include <sodium)", {"engine/adapters/crypto"}},
      {R"(#include <boost/beast)", {"engine/edge"}},
      {R"(#include <grpcpp)", {"engine/api", "engine/app"}},
      {R"(#include <yaml-cpp)", {"engine/base"}},
      {R"(#include <utf8proc)", {"engine/base"}},
      {R"(#include <valijson)", {"engine/base"}},
      {R"(#include <CLI/)", {"engine/app"}},
  };
  for (const auto& [pattern, folders] : homes) {
    for (const std::string& place : PlacesMatching(FilesBelow("engine", kCode), pattern)) {
      const bool at_home =
          std::ranges::any_of(folders, [&](const auto& home) { return place.starts_with(home); });
      EXPECT_TRUE(at_home) << place << " includes " << pattern;
    }
  }
}

TEST(TheHouse, ReadsRealTimeInOnePlaceOnly) {
  const std::vector<std::string> allowed = {
      "engine/adapters/system/",      // the Clock itself, and the executors' timers
      "engine/adapters/curl/",        // libcurl's own deadlines
      "engine/base/log.cc",           // a log line's stamp is no decision
      "engine/api/api_server.cc",     // gRPC takes its shutdown deadline as a time point
      "engine/app/cli/client.cc",     // and the deadline of a call likewise
      "engine/edge/http_session.cc",  // a socket's own deadlines
  };
  const std::string pattern =
      R"((system_clock|steady_clock)::now\(\)|\bgettimeofday\(|\btime\((nullptr|NULL|0)\))";
  for (const std::string& place : PlacesMatching(FilesBelow("engine", kCode), pattern)) {
    const bool fine =
        std::ranges::any_of(allowed, [&](const auto& each) { return place.starts_with(each); });
    EXPECT_TRUE(fine) << place << " reads the clock: take a ports::Clock";
  }
}

TEST(TheHouse, NeverSleepsInTests) {
  EXPECT_THAT(
      PlacesMatching(FilesBelow("tests", kCode), R"(sleep_(for|until)\(|\busleep\(|\bsleep\()"),
      IsEmpty())
      << "wait for a signal, under a timeout that fires only on failure "
         "(tests/support/eventually.h polls a process)";
}

TEST(TheHouse, KeepsTheCorePure) {
  EXPECT_THAT(PlacesMatching(
                  FilesBelow("engine/core", kCode),
                  R"(#include <(thread|mutex|atomic|fstream|iostream|random|filesystem|future)>)"),
              IsEmpty());
}

TEST(TheHouse, KnowsNoProviderByNameInsideTheEngine) {
  for (const SourceFile& file : FilesBelow("engine", kCode)) {
    // The app is where concrete things meet; comments and help texts may cite Aircall as the
    // example.
    if (file.path.starts_with("engine/app/")) continue;
    const std::regex code(R"re(^(?!\s*(//|///)).*\b(Aircall[A-Z]\w*|"aircall["./]|X-Aircall))re",
                          std::regex::multiline);
    std::smatch match;
    EXPECT_FALSE(std::regex_search(file.text, match, code)) << file.path << ": " << match.str();
  }
}

TEST(TheHouse, GivesNoTemporaryToACoroutine) {
  // GCC 12 destroys braced temporaries and capturing lambdas inside an awaited expression twice,
  // silently.
  EXPECT_THAT(PlacesMatching(FilesBelow("engine", kCode), R"(co_await[^;\n]*[\{\[])"), IsEmpty());
}

TEST(TheHouse, OpensEachFolderWithAReadme) {
  for (const auto& [folder, layer] : Layers()) {
    if (!std::filesystem::exists(folder) || folder == "engine/adapters") continue;
    EXPECT_TRUE(std::filesystem::exists(folder + "/README.md")) << folder << " has no README.md";
  }
}

TEST(TheHouse, PairsEveryMigrationWithItsWayBack) {
  for (const SourceFile& file : FilesBelow("migrations", {".up.sql"})) {
    const std::string down = file.path.substr(0, file.path.size() - 7) + ".down.sql";
    EXPECT_TRUE(std::filesystem::exists(down)) << file.path << " has no " << down;
    EXPECT_TRUE(file.text.starts_with("--")) << file.path << " does not say why it exists";
  }
}

}  // namespace
}  // namespace sb::tidy
