#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "engine/base/file.h"
#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using testing::CommandHouse;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::NoteWorkflow;
using ::testing::StartsWith;

constexpr const char* kFaulty =
    "document: { dsl: '1.0.3', namespace: acme, name: note, version: '1.0.0' }\n"
    "do:\n"
    "  - note: { call: aircall.calls.coment, with: { call_id: 7, content: hello } }\n";

TEST(WorkflowCommands, ValidateSaysThatAFileIsGood) {
  CommandHouse shell;
  const auto result = shell.Run({"workflow", "validate", shell.File("note.yaml", NoteWorkflow())});
  EXPECT_EQ(result.exit_code, kOk);
  EXPECT_THAT(result.out, HasSubstr("acme/note:1.0.0 is valid"));
}

TEST(WorkflowCommands, ValidatePrintsFaultsAsCompilersDo) {
  CommandHouse shell;
  const std::string file = shell.File("note.yaml", kFaulty);
  const auto result = shell.Run({"workflow", "validate", file});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.out, StartsWith(file + ":3:"));
  EXPECT_THAT(result.out, AllOf(HasSubstr(": error WORKFLOW_ACTION_UNKNOWN: "),
                                HasSubstr("aircall.calls.comment")));
}

TEST(WorkflowCommands, ValidateNamesThePlaceAsAJsonPointer) {
  CommandHouse shell;
  EXPECT_THAT(shell.Run({"workflow", "validate", "-"}, kFaulty).out,
              HasSubstr("(did you mean aircall.calls.comment?) at /do/0/note/call"));
}

TEST(WorkflowCommands, SchemaIsPrintedOrWrittenForEditors) {
  CommandHouse shell;
  const Json printed = Json::parse(shell.Run({"workflow", "schema"}).out);
  EXPECT_EQ(printed["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_TRUE(printed["$defs"]["inputs"].contains("aircall.calls.comment"));
  const std::string file = shell.File("schema.json", "");
  EXPECT_EQ(shell.Run({"workflow", "schema", "--file", file}).exit_code, kOk);
  EXPECT_EQ(Json::parse(*ReadFile(file)), printed);
  EXPECT_EQ(shell.Run({"workflow", "schema", "--file", "/nowhere/schema.json"}).exit_code, kUsage);
}

TEST(WorkflowCommands, ValidateReadsStandardInput) {
  CommandHouse shell;
  EXPECT_EQ(shell.Run({"workflow", "validate", "-"}, NoteWorkflow()).exit_code, kOk);
  EXPECT_THAT(shell.Run({"workflow", "validate", "-"}, kFaulty).out,
              StartsWith("standard input:3:"));
}

TEST(WorkflowCommands, ValidateSaysThatAFileCannotBeRead) {
  CommandHouse shell;
  const auto result = shell.Run({"workflow", "validate", "/nowhere/note.yaml"});
  EXPECT_EQ(result.exit_code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("/nowhere/note.yaml"));
}

TEST(WorkflowCommands, DeployShowsTheNewVersion) {
  CommandHouse shell;
  const std::string file = shell.File("note.yaml", NoteWorkflow());
  const auto json = shell.Run({"workflow", "deploy", file, "-o", "json"}).json();
  EXPECT_THAT(json["id"].get<std::string>(), StartsWith("wfv_"));
  EXPECT_EQ(json["version"], "1.0.0");
  EXPECT_THAT(shell.Run({"workflow", "list"}).out, AllOf(HasSubstr("acme/note"), HasSubstr("no")));
}

TEST(WorkflowCommands, DeployPrintsEveryFaultOfAFileThatItRefuses) {
  CommandHouse shell;
  const std::string file = shell.File("note.yaml", kFaulty);
  const auto result = shell.Run({"workflow", "deploy", file});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, AllOf(StartsWith(file + ":3:"), HasSubstr("was not deployed"),
                                HasSubstr("WORKFLOW_INVALID")));
  EXPECT_THAT(result.out, IsEmpty());
}

TEST(WorkflowCommands, DeployOnTrialStoresNothing) {
  CommandHouse shell;
  const std::string file = shell.File("note.yaml", NoteWorkflow());
  EXPECT_EQ(shell.Run({"workflow", "deploy", file, "--validate-only"}).exit_code, kOk);
  EXPECT_THAT(shell.Run({"workflow", "list"}).out, HasSubstr("no workflows"));
}

TEST(WorkflowCommands, DeployTellsToRaiseTheVersionOfAChangedFile) {
  CommandHouse shell;
  shell.house.AddWorkflow();
  const auto result =
      shell.Run({"workflow", "deploy", shell.File("note.yaml", NoteWorkflow() + "# changed\n")});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, HasSubstr("hint: raise `document.version`"));
}

TEST(WorkflowCommands, EnableAndDisableSayForWhom) {
  CommandHouse shell;
  shell.house.AddWorkflow();
  const std::string account = ToText(shell.house.AddAccount("acme"));
  EXPECT_THAT(shell.Run({"workflow", "enable", "acme/note", "--account", account}).out,
              HasSubstr("1 account"));
  EXPECT_THAT(shell.Run({"workflow", "enable", "acme/note", "--all-accounts"}).out,
              HasSubstr("all accounts and 1 account"));
  EXPECT_THAT(shell.Run({"workflow", "disable", "acme/note", "--all-accounts"}).out,
              HasSubstr("1 account"));
}

TEST(WorkflowCommands, EnableRefusesToGuessForWhom) {
  CommandHouse shell;
  shell.house.AddWorkflow();
  const auto result = shell.Run({"workflow", "enable", "acme/note"});
  EXPECT_EQ(result.exit_code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("--all-accounts or --account"));
}

TEST(WorkflowCommands, GetPrintsTheSourceAsItWasDeployed) {
  CommandHouse shell;
  shell.house.AddWorkflow();
  EXPECT_EQ(shell.Run({"workflow", "get", "acme/note", "--source"}).out, NoteWorkflow());
  EXPECT_THAT(shell.Run({"workflow", "get", "acme/note"}).out, HasSubstr("1.0.0"));
}

}  // namespace
}  // namespace sb::app::cli
