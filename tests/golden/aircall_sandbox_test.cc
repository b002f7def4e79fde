#include <map>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/json_schema.h"
#include "tests/golden/shipped_aircall.h"
#include "tests/support/sandbox_port.h"
#include "tests/unit/sandbox/company.h"

// Every action of Aircall against the sandbox, as it answers by default and as the reference says:
// the input of its recorded exchange, with ids that exist there, must come back as an output that
// fits the action's schema.
namespace sb::connector {
namespace {

using aircall::sandbox::Desk;

aircall::sandbox::WorldSettings Settings(bool reference) {
  aircall::sandbox::WorldSettings settings;
  if (reference) settings.switches.FollowReference();
  return settings;
}

/// A company in which every id that an action may name exists.
class Company {
 public:
  explicit Company(bool reference) : desk_(Settings(reference)) {
    const Json call = Make("/_sandbox/calls", R"({"from": "+16175550142"})").at("call").at("id");
    Make("/_sandbox/calls/" + call.dump() + "/intelligence", "");
    const Json hook = Make("/v1/webhooks", R"({"url": "https://switchboard.example/in"})");
    ids_ = {{"call_id", call},
            {"contact_id", 520000101},
            {"phone_id", 900001},
            {"email_id", 900002},
            {"number_id", 1400001},
            {"team_id", 610001},
            {"user_id", 2100001},
            {"tag_id", 3100001},
            {"webhook_id", hook.at("webhook").at("webhook_id")}};
  }

  /// The exchange of one action, from input to output.
  Result<Json> Perform(const Action& action, Json input) {
    for (const auto& [field, id] : ids_) {
      if (input.contains(field)) input[field] = id;
    }
    const auto request = RenderRequest(Aircall(), action, input, CredentialFor(action), Jq());
    if (!request.ok()) return request.error();
    const auto response = testing::AskSandbox(desk_.emulator(), *request);
    if (!response.ok()) return response.error();
    return JudgeResponse(Aircall(), action, input, *response, Jq());
  }

 private:
  Json Make(const std::string& path, const std::string& body) {
    const auto reply = desk_.Ask("POST", path, body);
    EXPECT_LT(reply.status, 300) << reply.body;
    return Json::parse(reply.body);
  }

  Credential CredentialFor(const Action& action) {
    if (action.signature.name.starts_with("aircall.integrations.")) {
      const std::string header = desk_.ConnectApp();
      return {"oauth", {{"access_token", Secret(header.substr(std::string("Bearer ").size()))}}};
    }
    const auto key = desk_.emulator().api_key();
    return {"api_key", {{"api_id", Secret(key.id)}, {"api_token", Secret(key.token)}}};
  }

  Desk desk_;
  std::map<std::string, Json> ids_;
};

class AircallAction : public ::testing::TestWithParam<bool> {};

TEST_P(AircallAction, WorksAgainstTheSandbox) {
  for (const auto& [name, action] : Aircall().actions) {
    SCOPED_TRACE(name);
    Company company(GetParam());
    const auto output = company.Perform(action, FixtureOf(name).at("input"));
    if (!output.ok()) {
      ADD_FAILURE() << output.error().code << ": " << output.error().message;
      continue;
    }
    const auto schema = JsonSchema::Compile(action.output_schema);
    ASSERT_TRUE(schema.ok()) << schema.error().message;
    for (const auto& violation : schema->Check(*output)) {
      ADD_FAILURE() << violation.pointer << " " << violation.message << "\n" << *output;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(As, AircallAction, ::testing::Values(false, true),
                         [](const auto& instance) {
                           return instance.param ? "TheReferenceSays" : "Recorded";
                         });

}  // namespace
}  // namespace sb::connector
