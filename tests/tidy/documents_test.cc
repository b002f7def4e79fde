#include <filesystem>
#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tidy/source_tree.h"

namespace sb::tidy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::set<std::string> Collect(const std::vector<SourceFile>& files, const std::string& pattern) {
  const std::regex expression(pattern);
  std::set<std::string> found;
  for (const SourceFile& file : files) {
    for (std::sregex_iterator match(file.text.begin(), file.text.end(), expression), end;
         match != end; ++match) {
      found.insert((*match)[1]);
    }
  }
  return found;
}

std::vector<std::string> Without(const std::set<std::string>& all,
                                 const std::set<std::string>& known) {
  std::vector<std::string> rest;
  std::ranges::set_difference(all, known, std::back_inserter(rest));
  return rest;
}

std::set<std::string> CodesInTheCode() {
  const auto files = FilesBelow("engine", {".cc", ".h"});
  auto codes = Collect(
      files,
      R"re(\b(?:Invalid|Unauthorized|Forbidden|NotFound|Conflict|Unavailable|TimedOut|InDoubt|Cancelled|)re"
      R"re(Internal|RateLimited)\(\s*"([A-Z][A-Z0-9_]+)")re");
  codes.merge(Collect(files, R"re("((?:WORKFLOW|YAML|OUTCOME|EXPRESSION)_[A-Z_]+)")re"));
  return codes;
}

TEST(TheErrorPages, DescribeEveryCodeThatTheEngineGives) {
  const auto described = Collect(FilesBelow("docs", {"errors.md"}), R"(###? `([A-Z0-9_]+)`)");
  EXPECT_THAT(Without(CodesInTheCode(), described), IsEmpty()) << "add a section to docs/errors.md";
}

std::set<std::string> CodesOfProviders() {
  return Collect(FilesBelow("connectors", {".json"}), R"re("code": "([A-Z][A-Z0-9_]+)")re");
}

TEST(TheErrorPages, DescribeEveryCodeThatAProvidersAnswerBecomes) {
  const auto described = Collect(FilesBelow("docs", {"errors.md"}), R"(###? `([A-Z0-9_]+)`)");
  EXPECT_THAT(CodesOfProviders(), Not(IsEmpty()));
  EXPECT_THAT(Without(CodesOfProviders(), described), IsEmpty())
      << "add a section to docs/errors.md";
}

TEST(TheErrorPages, DescribeNothingThatDoesNotExist) {
  const auto described = Collect(FilesBelow("docs", {"errors.md"}), R"(###? `([A-Z0-9_]+)`)");
  const auto literals =
      Collect(FilesBelow("engine", {".cc", ".h"}), R"re("([A-Z][A-Z0-9_]{3,})")re");
  auto made_from_data =
      Collect(FilesBelow("connectors", {".yaml"}), R"(\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b)");
  made_from_data.insert(literals.begin(), literals.end());
  made_from_data.merge(CodesOfProviders());
  EXPECT_THAT(Without(described, made_from_data), IsEmpty()) << "remove it from docs/errors.md";
}

TEST(TheConnectorPage, ShowsItsExampleAsTheFilesAre) {
  const std::string page = ReadSourceFile("docs/connectors.md").text;
  const auto files = FilesBelow("docs/examples/connectors/bookshop", {".yaml"});
  EXPECT_THAT(files, Not(IsEmpty()));
  for (const SourceFile& file : files) {
    const std::string name = file.path.substr(file.path.find("bookshop/") + 9);
    EXPECT_THAT(page, HasSubstr("`" + name + "`:\n\n```yaml\n" + file.text + "```\n"));
  }
}

TEST(TheShippedWorkflows, HaveAPageEachInTheIndexThatNamesTheirFile) {
  const std::string index = ReadSourceFile("docs/workflows/README.md").text;
  const auto workflows = FilesBelow("workflows", {".yaml"});
  EXPECT_THAT(workflows, Not(IsEmpty()));
  for (const SourceFile& workflow : workflows) {
    const std::string name = std::filesystem::path(workflow.path).stem().string();
    EXPECT_THAT(index, HasSubstr("[" + name + "](" + name + ".md)"));
    EXPECT_THAT(ReadSourceFile("docs/workflows/" + name + ".md").text,
                HasSubstr("../../workflows/" + name + ".yaml"));
  }
}

std::vector<SourceFile> AllPages() {
  std::vector<SourceFile> pages;
  for (const std::string folder :
       {"docs", "engine", "connectors", "migrations", "workflows", "tests"}) {
    for (SourceFile& page : FilesBelow(folder, {".md"})) pages.push_back(std::move(page));
  }
  for (const std::string page : {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"})
    pages.push_back(ReadSourceFile(page));
  return pages;
}

TEST(TheDocuments, LinkOnlyToWhatExists) {
  const std::regex link(R"(\]\(([^)#:\s]+)(#[^)]*)?\))");
  for (const SourceFile& page : AllPages()) {
    const auto folder = std::filesystem::path(page.path).parent_path();
    for (std::sregex_iterator match(page.text.begin(), page.text.end(), link), end; match != end;
         ++match) {
      EXPECT_TRUE(std::filesystem::exists(folder / (*match)[1].str()))
          << page.path << " links to " << (*match)[1];
    }
  }
}

}  // namespace
}  // namespace sb::tidy
