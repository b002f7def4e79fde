#include "engine/app/connector_folders.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/app/connector_check.h"
#include "switchboard/v1/connector.pb.h"
#include "tests/support/matchers.h"
#include "tests/support/temp_dir.h"

namespace sb::app {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;

const std::filesystem::path kExamples = "docs/examples/connectors";

/// A directory of connector folders, as an operator keeps it.
class Shelf {
 public:
  void Put(const std::string& path, const std::string& content = "{}\n") const {
    const auto file = directory.path() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << content;
  }

  std::vector<std::string> Paths() const {
    const auto folders = ConnectorFolders::ReadAll(directory.path());
    EXPECT_THAT(folders, IsOk());
    std::vector<std::string> paths;
    if (!folders.ok()) return paths;
    const auto files = folders->Beside({});
    EXPECT_THAT(files, IsOk());
    for (const EmbeddedFile& file : *files) paths.emplace_back(file.path);
    return paths;
  }

  /// A copy of the example with one text replaced.
  std::string BookshopWith(const std::string& file, const std::string& from,
                           const std::string& to) const {
    const auto folder = directory.path() / "bookshop";
    std::filesystem::copy(kExamples / "bookshop", folder, std::filesystem::copy_options::recursive);
    std::ostringstream text;
    text << std::ifstream(folder / file).rdbuf();
    std::string content = text.str();
    content.replace(content.find(from), from.size(), to);
    std::ofstream(folder / file) << content;
    return folder.string();
  }

  testing::TempDir directory;
};

TEST(ConnectorFolders, HoldTheYamlFilesOfEveryFolder) {
  const Shelf shelf;
  shelf.Put("acme/connector.yaml");
  shelf.Put("acme/actions/boxes.get.yaml");
  shelf.Put("zeta/connector.yaml");
  shelf.Put("zeta/README.md");
  shelf.Put("zeta/fixtures/answer.yaml");
  shelf.Put("zeta/.git/config.yaml");
  shelf.Put(".cache/connector.yaml");
  shelf.Put("notes.yaml");
  EXPECT_THAT(shelf.Paths(), ElementsAre("acme/actions/boxes.get.yaml", "acme/connector.yaml",
                                         "zeta/connector.yaml"));
}

// As Kubernetes mounts them.
TEST(ConnectorFolders, AreFoundBehindSymbolicLinks) {
  const Shelf shelf;
  shelf.Put("..data/acme/actions/boxes.get.yaml");
  shelf.Put("..data/acme/connector.yaml");
  std::filesystem::create_symlink("..data/acme", shelf.directory.path() / "acme");
  EXPECT_THAT(shelf.Paths(), ElementsAre("acme/actions/boxes.get.yaml", "acme/connector.yaml"));
}

TEST(ConnectorFolders, MayBeNone) {
  EXPECT_THAT(Shelf().Paths(), IsEmpty());
}

TEST(ConnectorFolders, RefuseADirectoryThatIsNotThereAndAConnectorItself) {
  const auto missing = ConnectorFolders::ReadAll("/nowhere");
  ASSERT_THAT(missing, FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
  EXPECT_THAT(missing.error().message, HasSubstr("--connectors is '/nowhere'"));
  const auto itself = ConnectorFolders::ReadAll(kExamples / "bookshop");
  ASSERT_THAT(itself, FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
  EXPECT_THAT(itself.error().message, HasSubstr("is a connector itself"));
}

TEST(ConnectorFolders, RefuseAFolderWithoutFilesAndAFileThatIsTooLarge) {
  const Shelf shelf;
  std::filesystem::create_directory(shelf.directory.path() / "acme");
  EXPECT_THAT(ConnectorFolders::ReadAll(shelf.directory.path()),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  shelf.Put("acme/connector.yaml", std::string(1024 * 1024 + 1, '#'));
  EXPECT_THAT(ConnectorFolders::ReadAll(shelf.directory.path()),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
}

constexpr EmbeddedFile kBuiltIn[] = {{"acme/actions/old.yaml", "{}"},
                                     {"acme/connector.yaml", "connector: acme"}};

TEST(ConnectorFolders, MayNotTakeABuiltInNameUnawares) {
  const Shelf shelf;
  shelf.Put("acme/connector.yaml", "title: Acme\nconnector: acme\n");
  const auto files = ConnectorFolders::ReadAll(shelf.directory.path())->Beside(kBuiltIn);
  ASSERT_THAT(files, FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(files.error().message,
              AllOf(HasSubstr("acme/connector.yaml:2:12: "), HasSubstr("replaces: true")));
}

TEST(ConnectorFolders, ReplaceABuiltInOneWholeWhereTheySaySo) {
  const Shelf shelf;
  shelf.Put("acme/connector.yaml", "connector: acme\nreplaces: true\n");
  shelf.Put("acme/actions/new.yaml");
  const auto folders = ConnectorFolders::ReadAll(shelf.directory.path());
  const auto files = folders->Beside(kBuiltIn);
  ASSERT_THAT(files, IsOk());
  EXPECT_THAT(*files, ElementsAre(::testing::Field(&EmbeddedFile::path, "acme/actions/new.yaml"),
                                  ::testing::Field(&EmbeddedFile::content, HasSubstr("replaces"))));
}

TEST(ConnectorFolders, ReplaceNothingThatIsNotThere) {
  const Shelf shelf;
  shelf.Put("apex/connector.yaml", "connector: apex\nreplaces: true\n");
  const auto files = ConnectorFolders::ReadAll(shelf.directory.path())->Beside(kBuiltIn);
  ASSERT_THAT(files, FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(files.error().message, HasSubstr("apex/connector.yaml:2:11: "));
}

TEST(CheckingAConnectorFolder, ShowsWhatIsInIt) {
  switchboard::v1::Connector found;
  for (const char* spelling :
       {"docs/examples/connectors/bookshop", "docs/examples/connectors/bookshop/",
        "./docs/examples/../examples/connectors/bookshop"}) {
    ASSERT_THAT(CheckConnectorFolder(spelling, found), IsOk()) << spelling;
    EXPECT_EQ(found.name(), "bookshop");
    EXPECT_EQ(found.actions_size(), 2);
  }
}

TEST(CheckingAConnectorFolder, ShowsAFaultWithItsPlace) {
  const Shelf shelf;
  const auto folder =
      shelf.BookshopWith("actions/orders.note.yaml", "class: idempotent", "class: harmless");
  switchboard::v1::Connector found;
  const Status checked = CheckConnectorFolder(folder, found);
  ASSERT_THAT(checked, FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(checked.error().message, HasSubstr("bookshop/actions/orders.note.yaml:10:"));
}

TEST(CheckingAConnectorFolder, RefusesAFolderThatIsNotThere) {
  switchboard::v1::Connector found;
  EXPECT_THAT(CheckConnectorFolder("/nowhere", found),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
}

}  // namespace
}  // namespace sb::app
