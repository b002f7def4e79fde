#include <algorithm>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/door/router.h"
#include "engine/base/json_schema.h"
#include "tests/golden/sandbox_performer.h"

// Every action of Aircall against the sandbox, as it answers by default and as the reference says:
// each row of aircall_cases.yaml must come back as an output that fits the action's schema, and
// leave its effect; each row of aircall_refusals.yaml must fail with its code.
namespace sb::connector {
namespace {

using ::testing::HasSubstr;

const Json& Cases() {
  static const Json kCases = TableOf("aircall_cases.yaml", "cases");
  return kCases;
}

void ExpectFits(const Action& action, const Json& output) {
  const auto schema = JsonSchema::Compile(action.output_schema);
  ASSERT_TRUE(schema.ok()) << schema.error().message;
  for (const auto& violation : schema->Check(output)) {
    ADD_FAILURE() << violation.pointer << " " << violation.message << "\n" << output;
  }
}

/// A value without any member that is null, as webhooks and older answers have it.
Json WithoutNulls(const Json& value) {
  if (!value.is_structured()) return value;
  Json left = value.is_array() ? Json::array() : Json::object();
  for (const auto& [name, inner] : value.items()) {
    if (value.is_array()) {
      left.push_back(WithoutNulls(inner));
    } else if (!inner.is_null()) {
      left[name] = WithoutNulls(inner);
    }
  }
  return left;
}

/// A value with a member more in each object, as next year's answers will have it.
Json WithNews(const Json& value) {
  if (!value.is_structured()) return value;
  Json more = value;
  for (auto& inner : more) inner = WithNews(inner);
  if (more.is_object()) more["new_next_year"] = {{"count", 1}};
  return more;
}

void ExpectTolerance(const Performer& performer) {
  if (performer.answer().body.empty()) return;
  const Json body = Json::parse(performer.answer().body);
  for (const Json& other : {WithoutNulls(body), WithNews(body)}) {
    ports::HttpResponse answer = performer.answer();
    answer.body = other.dump();
    const auto output = performer.Judge(answer);
    ASSERT_TRUE(output.ok()) << output.error().message;
    ExpectFits(performer.action(), *output);
  }
}

void ExpectSuccess(const Json& row, bool reference) {
  Performer performer(row, reference);
  const std::string effect = TextMember(row, "effect");
  const std::size_t before = performer.Effects(effect);
  const auto output = performer.Perform();
  ASSERT_TRUE(output.ok()) << output.error().code << ": " << output.error().message;
  ExpectFits(performer.action(), *output);
  ExpectTolerance(performer);
  if (!effect.empty() && effect != "none") {
    EXPECT_GT(performer.Effects(effect), before) << "the sandbox knows nothing of it";
  }
}

class AircallAction : public ::testing::TestWithParam<bool> {};

TEST_P(AircallAction, WorksAgainstTheSandbox) {
  for (const Json& row : Cases()) {
    SCOPED_TRACE(row.dump());
    ExpectSuccess(row, GetParam());
  }
}

TEST_P(AircallAction, RefusesOrIsRefusedWithItsCode) {
  for (const Json& row : TableOf("aircall_refusals.yaml", "refusals")) {
    SCOPED_TRACE(TextMember(row, "what") + ": " + TextMember(row, "action"));
    Performer performer(row, GetParam());
    const auto output = performer.Perform();
    if (output.ok()) {
      ADD_FAILURE() << "it worked: " << *output;
      continue;
    }
    EXPECT_EQ(output.error().code, TextMember(row, "code")) << output.error().message;
    EXPECT_THAT(output.error().message, HasSubstr(TextMember(row, "says")));
    if (Member(row, "before") == Json(true)) {
      EXPECT_EQ(performer.requests(), 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(As, AircallAction, ::testing::Values(false, true),
                         [](const auto& instance) {
                           return instance.param ? "TheReferenceSays" : "Recorded";
                         });

TEST(AircallCases, AreThereForEveryAction) {
  std::set<std::string> told;
  for (const Json& row : Cases()) {
    const std::string name = TextMember(row, "action");
    told.insert(name);
    ASSERT_TRUE(Aircall().actions.contains(name)) << name << " is no action";
    const bool reads =
        Aircall().actions.at(name).signature.effect == core::workflow::EffectClass::kRead;
    EXPECT_EQ(reads, TextMember(row, "effect").empty())
        << name << ": a writing action names the effect that the sandbox must show";
  }
  for (const auto& [name, action] : Aircall().actions) {
    EXPECT_TRUE(told.contains(name)) << name << " has no row in aircall_cases.yaml";
  }
}

TEST(AircallRefusals, HaveCodesThatTheDocumentationDescribes) {
  const std::string pages = ReadFile("docs/errors.md").value();
  for (const Json& row : TableOf("aircall_refusals.yaml", "refusals")) {
    EXPECT_THAT(pages, HasSubstr("### `" + TextMember(row, "code") + "`"));
  }
}

/// "GET /v1/calls/:id", of the requests that the actions' examples become.
std::set<std::string> EndpointsOfTheActions() {
  const Credential key = {"api_key", {{"api_id", Secret("i")}, {"api_token", Secret("t")}}};
  std::set<std::string> endpoints;
  for (const auto& [name, action] : Aircall().actions) {
    const auto request = RenderRequest(Aircall(), action, action.example, key, Jq());
    EXPECT_TRUE(request.ok()) << name << ": " << request.error().message;
    if (!request.ok()) continue;
    const std::string path = request->url.substr(Aircall().base_url.size());
    const auto match = aircall::sandbox::FindRoute(request->method, path.substr(0, path.find('?')));
    EXPECT_TRUE(match.has_value()) << name << ": the sandbox knows no " << path;
    if (match) endpoints.insert(request->method + " " + std::string(match->route->pattern));
  }
  return endpoints;
}

TEST(AircallEndpoints, EachHaveAnActionOrAReason) {
  std::set<std::string> reached = EndpointsOfTheActions();
  const Json reasons = TableOf("aircall_cases.yaml", "without_action");
  for (const auto& [endpoint, why] : reasons.items()) {
    EXPECT_TRUE(reached.insert(endpoint).second) << endpoint << " has an action after all";
  }
  for (const auto& table : aircall::sandbox::AllRoutes()) {
    for (const auto& route : table) {
      if (!route.pattern.starts_with("/v")) continue;  // the sandbox's own
      const std::string endpoint = std::string(route.method) + " " + std::string(route.pattern);
      EXPECT_TRUE(reached.contains(endpoint)) << endpoint << " has no action";
    }
  }
}

// Webhooks leave out what REST has as null, and REST has null for much that is documented as always
// there: whatever is not required may be null.
void ExpectNullForAbsent(const Json& schema, const std::string& where) {
  if (!schema.is_object()) return;
  const Json& required = Member(schema, "required");
  for (const auto& [name, member] : Member(schema, "properties").items()) {
    const std::string place = where + "/" + name;
    const bool must = std::find(required.begin(), required.end(), Json(name)) != required.end();
    if (!must) {
      EXPECT_TRUE(JsonSchema::Compile(member)->Check(Json()).empty())
          << place << " is not nullable";
    }
    ExpectNullForAbsent(member, place);
  }
  ExpectNullForAbsent(Member(schema, "items"), where + "[]");
  for (const Json& each : Member(schema, "anyOf")) ExpectNullForAbsent(each, where);
}

TEST(AircallOutputs, MayHoldNullForWhatMayBeAbsent) {
  for (const auto& [name, action] : Aircall().actions) {
    ExpectNullForAbsent(action.output_schema, name);
  }
}

}  // namespace
}  // namespace sb::connector
