#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/phone/phone_number_reader.h"
#include "engine/base/yaml.h"
#include "tests/golden/shipped_aircall.h"
#include "tests/support/sandbox_port.h"
#include "tests/unit/sandbox/client.h"

// Performs actions of the shipped connector against the sandbox, as the engine does but for quota
// and journal.
namespace sb::connector {

/// A member of tests/golden/<file>; null, which fails the test, where it cannot be read.
inline Json TableOf(const std::string& file, const std::string& member) {
  const auto text = ReadFile("tests/golden/" + file);
  EXPECT_TRUE(text.ok()) << file;
  if (!text.ok()) return {};
  const auto document = ParseYamlFile(*text, file);
  EXPECT_TRUE(document.ok()) << document.error().message;
  return document.ok() ? Member(document->value, member) : Json();
}

/// How the sandbox answers: as recorded, or as the reference says; what the row sets comes last.
inline aircall::sandbox::WorldSettings SettingsOf(const Json& row, bool reference) {
  aircall::sandbox::WorldSettings settings;
  if (reference) settings.switches.FollowReference();
  for (const Json& each : Member(row, "set")) {
    EXPECT_TRUE(settings.switches.SetFromText(each.get<std::string>()).ok()) << each;
  }
  return settings;
}

/// One who performs what a row of a table says, after what the row says came before.
class Performer {
 public:
  Performer(const Json& row, bool reference)
      : row_(row), client_(SettingsOf(row, reference)), action_(ActionOf(row)) {
    client_.DoAll(Member(row, "given"));
  }

  const Action& action() const { return action_; }

  /// From the row's input to the action's output.
  Result<Json> Perform() {
    auto plain =
        WithPlainPhones(action_, client_.FilledJson(row_.at("input")), /*region=*/"", &Phones());
    if (!plain.ok()) return plain.error();
    input_ = *std::move(plain);
    if (Status names = LookNamesUp(); !names.ok()) return names.error();
    const auto answer = Ask(action_, input_);
    if (!answer.ok()) return answer.error();
    ++requests_;
    answer_ = *answer;
    return Judge(answer_);
  }

  /// Of the action itself: how many requests left.
  int requests() const { return requests_; }

  /// What was answered last, and what would be made of another answer.
  const ports::HttpResponse& answer() const { return answer_; }

  Result<Json> Judge(const ports::HttpResponse& answer) const {
    return JudgeResponse(Aircall(), action_, input_, answer, Jq());
  }

  /// How often the sandbox has changed something in this way.
  std::size_t Effects(const std::string& what) {
    const auto reply = client_.desk().Ask("GET", "/_sandbox/effects?what=" + what);
    return Json::parse(reply.body).at("effects").size();
  }

 private:
  static const core::personal::PhoneNumbers& Phones() {
    static const adapters::phone::PhoneNumberReader numbers;
    return numbers;
  }

  static const Action& ActionOf(const Json& row) {
    return Aircall().actions.at(TextMember(row, "action"));
  }

  Result<ports::HttpResponse> Ask(const Action& action, const Json& input) {
    const auto request = RenderRequest(Aircall(), action, input, CredentialOf(), Jq());
    if (!request.ok()) return request.error();
    return testing::AskSandbox(client_.desk().emulator(), *request);
  }

  Status LookNamesUp() {
    if (!action_.lookup || !*NeedsLookup(*action_.lookup, input_, Jq())) return {};
    const Action& reading = Aircall().actions.at(action_.lookup->action);
    std::vector<Json> items;
    for (int page = 1; page > 0;) {
      const Json input = *LookupInput(*action_.lookup, page, Jq());
      const auto answer = Ask(reading, input);
      if (!answer.ok()) return answer.error();
      const auto output = JudgeResponse(Aircall(), reading, input, *answer, Jq());
      if (!output.ok()) return output.error();
      const auto read = ReadLookupPage(*action_.lookup, page, *output, Jq());
      if (!read.ok()) return read.error();
      items.insert(items.end(), read->items.begin(), read->items.end());
      page = read->more ? page + 1 : 0;
    }
    auto resolved = ResolvedInput(action_, input_, items, Jq());
    if (!resolved.ok()) return resolved.error();
    input_ = *std::move(resolved);
    return {};
  }

  Credential CredentialOf() {
    const std::string as = TextMember(row_, "as");
    if (as == "app") {
      const std::string token = client_.HeaderOf(as).substr(std::string("Bearer ").size());
      return {"oauth", {{"access_token", Secret(token)}}};
    }
    if (as == "wrong") {
      return {"api_key", {{"api_id", Secret("none")}, {"api_token", Secret("none")}}};
    }
    const auto key = client_.desk().emulator().api_key();
    return {"api_key", {{"api_id", Secret(key.id)}, {"api_token", Secret(key.token)}}};
  }

  const Json& row_;
  aircall::sandbox::Client client_;
  const Action& action_;
  Json input_;
  ports::HttpResponse answer_;
  int requests_ = 0;
};

}  // namespace sb::connector
