#include "tests/oauth/notebook_world.h"

#include <chrono>

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "engine/base/file.h"
#include "switchboard/v1/run.grpc.pb.h"

namespace sb::live {
namespace {

Fleet::Settings SettingsFor(const StrictProvider& provider, int instances,
                            std::vector<std::string> more_words) {
  auto words = provider.ServeWords();
  words.insert(words.end(), more_words.begin(), more_words.end());
  return {.instances = instances,
          .words = std::move(words),
          .environment = provider.ServeEnvironment()};
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

/// The APIs of the instances, in their order.
struct NotebookWorld::Doors {
  std::vector<std::unique_ptr<switchboard::v1::RunService::Stub>> runs;
};

NotebookWorld::NotebookWorld(int instances, std::vector<std::string> more_words)
    : fleet(SettingsFor(provider, instances, std::move(more_words))) {
  fleet.SetPublicUrl(StrictProvider::kPublicUrl);
  StartAll();
  key_ = FirstLine(ReadFile(fleet.folder() / "instance-1" / "admin.key").value());
}

NotebookWorld::~NotebookWorld() = default;

void NotebookWorld::StartAll() {
  fleet.StartAll();
  doors_ = std::make_unique<Doors>();
  for (int i = 0; i < fleet.size(); ++i) {
    grpc::ChannelArguments
        alone;  // a channel to a process that died must not be taken for its heir's
    alone.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    doors_->runs.push_back(switchboard::v1::RunService::NewStub(grpc::CreateCustomChannel(
        fleet.GrpcAddress(i), grpc::InsecureChannelCredentials(), alone)));
  }
}

Visitor::Page NotebookWorld::Walk(const std::string& user) {
  const Json link =
      fleet.CliJson(0, {"account", "connect", "--tenant", "acme", "--connector", "notebook"});
  Visitor visitor(
      {{"switchboard.test", "http://" + fleet.HttpAddress(0)}, {"notebook.test", provider.url()}});
  const auto invitation = visitor.Open(TextMember(link, "url"));
  const auto sign_in = visitor.Submit(invitation, "/oauth");
  return visitor.Submit(sign_in, "", {{"user", user}});
}

std::string NotebookWorld::Connect(const std::string& user) {
  const auto end = Walk(user);
  EXPECT_EQ(end.status, 200) << end.url << "\n" << end.body;
  const Json accounts = fleet.CliJson(0, {"account", "list", "--tenant", "acme"});
  for (const Json& account : Member(accounts, "accounts")) {
    if (TextMember(account, "external_id") == user) return TextMember(account, "id");
  }
  ADD_FAILURE() << "no account of " << user << " among " << accounts;
  return "";
}

std::string NotebookWorld::Use(int instance, const std::string& account) {
  switchboard::v1::CallActionRequest request;
  request.set_account(account);
  request.set_action("notebook.me");
  switchboard::v1::CallActionResponse response;
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + key_);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(40));
  const auto& runs = doors_->runs[static_cast<std::size_t>(instance)];
  const auto status = runs->CallAction(&context, request, &response);
  return status.ok() ? ""
                     : "(" + std::to_string(status.error_code()) + ") " + status.error_message();
}

std::string NotebookWorld::StateOf(const std::string& account) {
  const Json found = fleet.CliJson(0, {"account", "get", account});
  return TextMember(found, "state") + " " + TextMember(found, "state_reason");
}

std::int64_t NotebookWorld::GenerationOf(const std::string& user) const {
  const std::string generation = fleet.Ask(
      "select c.generation from eng.credential c join eng.account a using (account_id) "
      "where a.external_id = '" +
      user + "'");
  return generation.empty() ? 0 : std::stoll(generation);
}

}  // namespace sb::live
