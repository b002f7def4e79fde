#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

ports::HttpResponse Answer(int status, std::string body = "", ports::HttpHeaders headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

TEST(JudgeResponse, PicksTheOutputFromTheAnswer) {
  EXPECT_EQ(JudgeAcme("parcels.send", Answer(201, R"({"parcel": {"id": 7}})")).value(),
            Json({{"id", 7}}));
  EXPECT_EQ(JudgeAcme("parcels.find", Answer(200, R"({"found": [1, 2, 3]})")).value(), Json(3));
}

Result<Json> JudgeEdited(const std::string& output, const Json& input, const std::string& body) {
  const auto library =
      AcmeFiles()
          .Edit("acme/actions/parcels.find.yaml", "output: { pick: '.found | length' }", output)
          .Load();
  if (!library.ok()) return library.error();
  const auto found = (*library)->FindAction("acme.parcels.find");
  return JudgeResponse(*found.connector, *found.action, input, Answer(200, body), Jq());
}

TEST(JudgeResponse, PicksByWhatWasAskedFor) {
  const std::string output =
      "output: { pick: '[.found[] | select(.name == $input.text)] | first' }";
  EXPECT_EQ(JudgeEdited(output, {{"text", "tea"}},
                        R"({"found": [{"name": "rum"}, {"name": "tea", "id": 2}]})")
                .value(),
            Json({{"name", "tea"}, {"id", 2}}));
}

TEST(JudgeResponse, TakesNothingForNotFoundWhereTheFileSaysSo) {
  EXPECT_THAT(JudgeEdited("output: { pick: .lost }", {}, "{}"),
              FailsWith(ErrorKind::kUnavailable, "ACME_UNAVAILABLE"));
  EXPECT_THAT(JudgeEdited("output: { pick: .lost, absent: not_found }", {}, "{}"),
              FailsWith(ErrorKind::kNotFound, "ACME_NOT_FOUND"));
}

TEST(JudgeResponse, NeedsNoBodyWhereNoneIsPicked) {
  EXPECT_EQ(JudgeAcme("parcels.burn", Answer(204)).value(), Json::object());
  EXPECT_EQ(JudgeAcme("parcels.burn", Answer(200, "<html>")).value(), Json::object());
}

TEST(JudgeResponse, FollowsTheRulesOfTheConnector) {
  const std::string body = R"({"reason": "because"})";
  EXPECT_THAT(JudgeAcme("hello", Answer(400, body)),
              FailsWith(ErrorKind::kInvalid, "ACME_INVALID"));
  EXPECT_THAT(JudgeAcme("hello", Answer(401, body)),
              FailsWith(ErrorKind::kUnauthorized, "ACME_UNAUTHORIZED"));
  EXPECT_THAT(JudgeAcme("hello", Answer(403, body)),
              FailsWith(ErrorKind::kForbidden, "ACME_FORBIDDEN"));
  EXPECT_THAT(JudgeAcme("hello", Answer(404, body)),
              FailsWith(ErrorKind::kNotFound, "ACME_NOT_FOUND"));
  EXPECT_THAT(JudgeAcme("hello", Answer(409, body)),
              FailsWith(ErrorKind::kConflict, "ACME_CONFLICT"));
  EXPECT_THAT(JudgeAcme("hello", Answer(429, body)),
              FailsWith(ErrorKind::kRateLimited, "ACME_RATE_LIMITED"));
  EXPECT_THAT(JudgeAcme("hello", Answer(500, body)),
              FailsWith(ErrorKind::kUnavailable, "ACME_UNAVAILABLE"));
}

TEST(JudgeResponse, PutsTheRulesOfTheActionFirst) {
  EXPECT_THAT(JudgeAcme("parcels.send", Answer(403)),
              FailsWith(ErrorKind::kConflict, "ACME_CONFLICT"));
  EXPECT_EQ(JudgeAcme("parcels.burn", Answer(404)).value(), Json::object());
}

TEST(JudgeResponse, DoubtsWhetherAFailedChangeTookEffect) {
  for (const int status : {408, 500, 502, 504}) {
    EXPECT_THAT(JudgeAcme("parcels.send", Answer(status)),
                FailsWith(ErrorKind::kInDoubt, "ACME_IN_DOUBT"));
    EXPECT_THAT(JudgeAcme("parcels.burn", Answer(status)),
                FailsWith(ErrorKind::kInDoubt, "ACME_IN_DOUBT"));
  }
}

TEST(JudgeResponse, DoubtsNothingWhereTheRuleSaysThatNothingWasDone) {
  EXPECT_THAT(JudgeAcme("parcels.send", Answer(503)),
              FailsWith(ErrorKind::kUnavailable, "ACME_UNAVAILABLE"));
}

TEST(JudgeResponse, TakesAStatusThatNoRuleNamesForARefusal) {
  EXPECT_THAT(JudgeAcme("parcels.send", Answer(418)),
              FailsWith(ErrorKind::kInvalid, "ACME_INVALID"));
  EXPECT_THAT(JudgeAcme("parcels.send", Answer(302)),
              FailsWith(ErrorKind::kInvalid, "ACME_INVALID"));
}

TEST(JudgeResponse, DoubtsAChangeWhoseAnswerCannotBeRead) {
  EXPECT_THAT(JudgeAcme("parcels.send", Answer(201, "<html>")),
              FailsWith(ErrorKind::kInDoubt, "ACME_IN_DOUBT"));
  EXPECT_THAT(JudgeAcme("parcels.send", Answer(201, "{}")),
              FailsWith(ErrorKind::kInDoubt, "ACME_IN_DOUBT"));
  EXPECT_THAT(JudgeAcme("parcels.find", Answer(200, "<html>")),
              FailsWith(ErrorKind::kUnavailable, "ACME_UNAVAILABLE"));
}

TEST(JudgeResponse, RepeatsTheProvidersWordsAndSaysWhatToTry) {
  const auto judged =
      JudgeAcme("hello", Answer(401, R"({"detail": "second", "reason": "The key has expired"})"));
  EXPECT_EQ(judged.error().message,
            "Acme answered 401 to acme.hello: The key has expired. Connect Acme again");
}

TEST(JudgeResponse, ShowsStructuredWordsToo) {
  EXPECT_THAT(JudgeAcme("hello", Answer(400, R"({"reason": {"name": ["is taken"]}})")),
              Says(R"({"name":["is taken"]})"));
}

TEST(JudgeResponse, ShowsNoPhoneNumberThatTheProviderRepeats) {
  const auto judged =
      JudgeAcme("hello", Answer(400, R"({"reason": "+1 617-555-0142 is blocked"})"));
  EXPECT_EQ(judged.error().message, "Acme answered 400 to acme.hello: *** is blocked");
}

Millis WaitOf(const ports::HttpHeaders& headers, std::optional<WallTime> now = {}) {
  const auto found = Acme().FindAction("acme.hello");
  return *JudgeResponse(*found.connector, *found.action, {}, Answer(429, "", headers), Jq(), now)
              .error()
              .retry_after;
}

TEST(JudgeResponse, WaitsUntilTheResetInSecondsOrMilliseconds) {
  const std::pair<std::string, std::string> date = {"date", "Tue, 29 Sep 2026 10:00:00 GMT"};
  EXPECT_EQ(WaitOf({date, {"x-quota-back", "1790676042"}}), 42s);
  EXPECT_EQ(WaitOf({date, {"x-quota-back", "1790676042000"}}), 42s);
  EXPECT_EQ(WaitOf({date, {"x-quota-back", "42"}}), 42s);
  EXPECT_EQ(WaitOf({{"x-quota-back", "1790676042"}}, WallTime(1'790'676'030s)), 12s);
}

TEST(JudgeResponse, FallsBackToRetryAfterAndThenToAMinute) {
  const std::pair<std::string, std::string> date = {"date", "Tue, 29 Sep 2026 10:00:00 GMT"};
  EXPECT_EQ(WaitOf({date, {"x-quota-back", "1790675990"}, {"retry-after", "7"}}), 7s);
  EXPECT_EQ(WaitOf({date, {"x-quota-back", "soon"}}), 60s);
  EXPECT_EQ(WaitOf({}), 60s);
}

}  // namespace
}  // namespace sb::connector
