#include <regex>

#include <gmock/gmock.h>

#include "tests/unit/sandbox/company.h"

// What a browser gets at /, and what the control API tells that page.
namespace sb::aircall::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using OrderedJson = nlohmann::ordered_json;

constexpr const char* kBrowser = "text/html,application/xhtml+xml,*/*;q=0.8";

Reply Visited(Desk& desk, const std::string& path, const std::string& accept = kBrowser) {
  return desk.emulator().Handle({.method = "GET", .path = path, .query = "", .accept = accept});
}

OrderedJson Overview(Desk& desk, const std::string& query = "") {
  return desk.Read("/_sandbox/overview" + query);
}

TEST(Root, IsAPageForBrowsersAndJsonForClients) {
  Desk desk;
  EXPECT_EQ(Visited(desk, "/").content_type, "text/html; charset=utf-8");
  for (const char* accept : {"", "*/*", "application/json"}) {
    EXPECT_THAT(Visited(desk, "/", accept).body, HasSubstr("\"resource\"")) << accept;
  }
}

TEST(Root, AsAPageIsNoRequestOfAClient) {
  Desk desk;
  ASSERT_EQ(desk.Ask("POST", "/_sandbox/faults",
                     R"({"action":"status","times":0,"match":{"path_regex":".*"}})")
                .status,
            201);
  EXPECT_EQ(Visited(desk, "/").status, 200);
  EXPECT_THAT(desk.Read("/_sandbox/requests").at("requests"), IsEmpty());
}

TEST(Page, LoadsOnlyFilesThatAreThere) {
  Desk desk;
  const std::string page = Visited(desk, "/").body + desk.AskAs("", "GET", "/oauth/success").body;
  const std::regex link(R"re((?:src|href)="([^"]+)")re");
  int links = 0;
  for (std::sregex_iterator match(page.begin(), page.end(), link), end; match != end; ++match) {
    const Reply file = Visited(desk, (*match)[1]);
    EXPECT_EQ(file.status, 200) << (*match)[1];
    EXPECT_THAT(file.content_type, Not(HasSubstr("octet-stream"))) << (*match)[1];
    ++links;
  }
  EXPECT_GE(links, 7);
}

TEST(Page, IsUnderAPolicyThatRunsNothingElse) {
  Desk desk;
  const Reply page = Visited(desk, "/");
  EXPECT_THAT(Desk::HeaderOf(page, "Content-Security-Policy"), HasSubstr("script-src 'self'"));
  for (const char* inline_code : {"<style", " style=", " onclick=", "<script>"}) {
    EXPECT_THAT(page.body, Not(HasSubstr(inline_code)));
  }
}

TEST(Page, HasNoOtherFiles) {
  Desk desk;
  for (const char* file : {"nothing.css", "index.html", "..%2Findex.html", ""}) {
    EXPECT_EQ(Visited(desk, std::string("/_sandbox/page/") + file).status, 404) << file;
  }
}

TEST(Overview, ShowsPeopleNumbersAndCounts) {
  Desk desk(WorldSettings{}, 2);
  const OrderedJson view = Overview(desk, "?company=61002");
  EXPECT_THAT(view.at("companies"), SizeIs(2));
  EXPECT_EQ(view.at("company_id"), 61002);
  EXPECT_EQ(view.at("users").at(0).at("name"), "Ines Marchetti");
  EXPECT_EQ(view.at("numbers").at(0).at("phone"), "+1 984-555-0101");
  EXPECT_EQ(view.at("counts").at("contacts"), 2);
  EXPECT_EQ(view.at("rate").at("remaining"), 120);
}

TEST(Overview, ShowsTheLatestThirtyCallsNewestFirst) {
  Desk desk;
  std::string last;
  for (int i = 0; i < 31; ++i) {
    desk.clock().Advance(1s);
    const Reply placed = desk.Ask("POST", "/_sandbox/calls", R"({"from":"+16175550142"})");
    last = OrderedJson::parse(placed.body).at("call").at("id").dump();
  }
  const OrderedJson calls = Overview(desk).at("calls");
  ASSERT_THAT(calls, SizeIs(30));
  EXPECT_EQ(calls.at(0).at("id").dump(), last);
  EXPECT_EQ(calls.at(0).at("contact"), "Priya Banerjee");
}

TEST(Overview, StillShowsCallsThatAreOlderThanADay) {
  Desk desk;
  ASSERT_EQ(desk.Ask("POST", "/_sandbox/calls", R"({"from":"anonymous"})").status, 201);
  desk.clock().Advance(72h);
  EXPECT_THAT(Overview(desk).at("calls"), SizeIs(1));
}

TEST(Overview, ShowsACallWhileItLasts) {
  Desk desk;
  ASSERT_EQ(desk.Ask("POST", "/_sandbox/calls", R"({"from":"anonymous","pace":"real"})").status,
            201);
  EXPECT_TRUE(Overview(desk).at("calls").at(0).at("live"));
  desk.clock().Advance(1h);
  desk.emulator().PlayDueSteps();
  EXPECT_FALSE(Overview(desk).at("calls").at(0).at("live"));
}

TEST(Overview, ShowsNotesAndTagsWithTheirAuthor) {
  Desk desk;
  const Reply placed = desk.Ask("POST", "/_sandbox/calls", R"({"from":"anonymous"})");
  const std::string call =
      "/v1/calls/" + OrderedJson::parse(placed.body).at("call").at("id").dump();
  const std::string agent = "/_sandbox/agents/2100002" + call;
  ASSERT_EQ(desk.Ask("POST", agent + "/comments", R"({"content":"Rang back"})").status, 201);
  ASSERT_EQ(desk.Ask("POST", agent + "/tags", R"({"tags":[3100004]})").status, 201);
  const OrderedJson row = Overview(desk).at("calls").at(0);
  EXPECT_EQ(row.at("notes"), OrderedJson::parse(R"([{"text":"Rang back","by":"Tom Okafor"}])"));
  EXPECT_EQ(row.at("tags"), OrderedJson({"Follow Up"}));
}

TEST(Overview, ShowsDeliveriesAndRequestsShortly) {
  Desk desk;
  desk.Ask("POST", "/v1/webhooks", R"({"url":"https://in.example/","events":["call.ended"]})");
  desk.Ask("POST", "/_sandbox/calls", R"({"from":"anonymous"})");
  const OrderedJson view = Overview(desk);
  const OrderedJson delivery = view.at("deliveries").at(0);
  EXPECT_EQ(delivery.at("event"), "call.ended");
  EXPECT_EQ(delivery.at("state"), "pending");
  EXPECT_FALSE(delivery.contains("body"));
  EXPECT_EQ(view.at("requests").at(0).at("path"), "/v1/webhooks");
  const std::string id = delivery.at("id").dump();
  EXPECT_EQ(desk.Read("/_sandbox/deliveries/" + id).at("delivery").at("body").at("token"), "***");
  EXPECT_EQ(desk.Read("/_sandbox/requests/1").at("request").at("method"), "POST");
  EXPECT_EQ(desk.Ask("GET", "/_sandbox/deliveries/99").status, 404);
  EXPECT_EQ(desk.Ask("GET", "/_sandbox/requests/99").status, 404);
}

TEST(Overview, NeverShowsASecret) {
  Desk desk;
  const std::string bearer = desk.ConnectApp();
  const std::string text = desk.Ask("GET", "/_sandbox/overview").body;
  EXPECT_THAT(text, Not(HasSubstr(desk.emulator().oauth_client().secret)));
  EXPECT_THAT(text, Not(HasSubstr(desk.emulator().api_key().token)));
  EXPECT_THAT(text, Not(HasSubstr(bearer.substr(7))));
}

TEST(AppAtAGlance, TellsWhatWasAllowedAndByWhom) {
  WorldSettings settings;
  settings.install_uri = "https://app.example/install";
  Desk desk(settings);
  OrderedJson app = desk.Read("/_sandbox/app").at("app");
  EXPECT_EQ(app.at("installed"), false);
  EXPECT_EQ(app.at("install_uri"), "https://app.example/install");
  desk.ConnectApp("&numbers_shown=1&number_ids=1400003");
  app = desk.Read("/_sandbox/app").at("app");
  EXPECT_EQ(app.at("installed"), true);
  EXPECT_EQ(app.at("install_completed"), false);
  EXPECT_EQ(app.at("number_ids"), OrderedJson({1400003}));
  EXPECT_EQ(app.at("user"), "Ines Marchetti");
  EXPECT_EQ(app.at("living_tokens"), 1);
}

}  // namespace
}  // namespace sb::aircall::sandbox
