#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include <gmock/gmock.h>

#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/webhook_book.h"
#include "engine/base/file.h"
#include "tests/conformance/aircall/shapes.h"
#include "tests/conformance/aircall/tables.h"
#include "tests/unit/sandbox/client.h"

// Holds the sandbox against tables of facts: every endpoint's status, envelope, keys and types, and
// every event's data. The tables cite the section of the facts that a row comes from.
namespace sb::aircall::sandbox {
namespace {

using ::testing::IsEmpty;

const Shapes& AllShapes() {
  static const Shapes kShapes(LoadTable("shapes.yaml"));
  return kShapes;
}

std::vector<Row> RowsWith(const std::string& file, const char* key) {
  std::vector<Row> rows = LoadRows(file);
  std::erase_if(rows, [&](const Row& row) { return !row.value.contains(key); });
  return rows;
}

WorldSettings SettingsOf(const Row& row) {
  std::vector<std::string> switches;
  for (const Json& each : Member(row.value, "set")) switches.push_back(each.get<std::string>());
  return With(switches);
}

class Endpoint : public ::testing::TestWithParam<Row> {};

void ExpectBody(const Row& row, const Reply& reply) {
  const Json& shape = Member(row.value, "answers");
  if (shape.is_null()) {
    EXPECT_EQ(reply.body, "") << "no `answers` in the row means no body";
    return;
  }
  const auto body = nlohmann::ordered_json::parse(reply.body, nullptr, false);
  ASSERT_FALSE(body.is_discarded()) << reply.body;
  EXPECT_THAT(AllShapes().Complaints(shape, Json::parse(reply.body)), IsEmpty());
  if (const std::string first = row.Text("first"); !first.empty()) {
    EXPECT_EQ(body.begin().key(), first) << "the key that comes first";
  }
  const std::string type = row.Text("type");
  EXPECT_EQ(reply.content_type, type.empty() ? "application/json; charset=utf-8" : type);
}

TEST_P(Endpoint, AnswersAsTheTableSays) {
  const Row& row = GetParam();
  Client client(SettingsOf(row));
  client.DoAll(Member(row.value, "given"));
  const Reply reply = client.Do(row.value);
  EXPECT_EQ(reply.status, Member(row.value, "status")) << reply.body;
  ExpectBody(row, reply);
}

TEST_P(Endpoint, AnswersAsTheReferenceSaysWhenToldSo) {
  const Row& row = GetParam();
  WorldSettings settings = SettingsOf(row);
  settings.switches.FollowReference();
  // What set-up a row needs has to work in both settings, so v1 users stay.
  ASSERT_THAT(settings.switches.Set("users.v1", "on"), IsOk());
  Client client(settings);
  client.DoAll(Member(row.value, "given"));
  const Reply reply = client.Do(row.value);
  EXPECT_EQ(reply.status, row.value.value("reference", row.value.at("status"))) << reply.body;
}

std::string LineOf(const ::testing::TestParamInfo<Row>& info) {
  return "Line" + std::to_string(info.param.line);
}

INSTANTIATE_TEST_SUITE_P(Table, Endpoint, ::testing::ValuesIn(RowsWith("endpoints.yaml", "ask")),
                         LineOf);

class EventOfTable : public ::testing::TestWithParam<Row> {};

/// The bodies of what would be sent now, oldest first.
std::vector<Json> Delivered(Emulator& emulator) {
  std::vector<Json> bodies;
  while (auto next = emulator.TakeDelivery()) {
    bodies.push_back(Json::parse(next->body));
    emulator.FinishDelivery(*next, {.at = emulator.clock().Now(), .status = 200});
  }
  return bodies;
}

TEST_P(EventOfTable, CarriesWhatTheTableSays) {
  const Row& row = GetParam();
  Client client(SettingsOf(row));
  client.DoAll(Member(row.value, "given"));
  client.Do({{"ask", "POST /v1/webhooks"},
             {"as", row.Text("as")},
             {"body", {{"url", "http://127.0.0.1:1/in"}, {"events", {row.Text("event")}}}}});
  client.DoAll(Member(row.value, "cause"));
  const std::vector<Json> bodies = Delivered(client.desk().emulator());
  ASSERT_FALSE(bodies.empty()) << "nothing was sent";
  const Json envelope = {{"resource", "=" + row.Text("resource")},
                         {"event", "=" + row.Text("event")},
                         {"timestamp", "unix"},
                         {"token", "hex32"},
                         {"data", Member(row.value, "data")}};
  EXPECT_THAT(AllShapes().Complaints(envelope, bodies.front()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Table, EventOfTable, ::testing::ValuesIn(RowsWith("events.yaml", "cause")),
                         LineOf);

bool IsOurOwn(const Route& route) {
  return route.pattern.starts_with("/_sandbox") || !route.pattern.starts_with("/v");
}

std::set<const Route*> RoutesAsked() {
  std::set<const Route*> asked;
  for (const Row& row : RowsWith("endpoints.yaml", "ask")) {
    const std::string line = row.Text("ask");
    const auto space = line.find(' ');
    const std::string target = line.substr(space + 1);
    if (const auto match = FindRoute(line.substr(0, space), target.substr(0, target.find('?')))) {
      asked.insert(match->route);
    }
  }
  return asked;
}

TEST(TheTables, AskEveryEndpointOfTheApi) {
  const std::set<const Route*> asked = RoutesAsked();
  for (const std::span<const Route> table : AllRoutes()) {
    for (const Route& route : table) {
      EXPECT_TRUE(IsOurOwn(route) || asked.contains(&route))
          << route.method << " " << route.pattern << " has no row in endpoints.yaml";
    }
  }
}

TEST(TheTables, CauseEveryEventOrSayWhyNot) {
  std::set<std::string> told;
  for (const Row& row : LoadRows("events.yaml")) {
    EXPECT_TRUE(row.value.contains("cause") || row.value.contains("not_sent")) << row.Name();
    told.insert(row.Text("event"));
  }
  for (const std::string& event : AllEvents()) {
    EXPECT_TRUE(told.contains(event)) << event << " has no row in events.yaml";
  }
}

/// "Suite.Name" of every test of the sandbox, as their sources define them.
std::set<std::string> TestsOfTheSandbox() {
  static const std::regex kTest(R"re(TEST(?:_F|_P)?\((\w+),\s+(\w+)\))re");
  std::set<std::string> names;
  for (const char* folder : {"unit/sandbox", "integration/sandbox"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(CONFORMANCE_TABLES "/../../") + folder)) {
      if (entry.path().extension() != ".cc") continue;
      const std::string text = ReadFile(entry.path()).value();
      for (std::sregex_iterator match(text.begin(), text.end(), kTest), end; match != end;
           ++match) {
        names.insert((*match)[1].str() + "." + (*match)[2].str());
      }
    }
  }
  return names;
}

TEST(TheTables, NameForEveryOtherFactATestThatExistsOrSayWhyThereIsNone) {
  std::set<std::string> known = TestsOfTheSandbox();
  known.insert({"endpoints", "shapes"});
  for (const Row& row : LoadRows("facts.yaml")) {
    EXPECT_TRUE(row.value.contains("by") != row.value.contains("not_covered")) << row.Name();
    for (const Json& test : Member(row.value, "by")) {
      EXPECT_TRUE(known.contains(test.get<std::string>())) << row.Name() << ": no test " << test;
    }
  }
}

TEST(TheTables, CiteWhereEachRowComesFrom) {
  for (const char* file : {"endpoints.yaml", "events.yaml", "facts.yaml"}) {
    for (const Row& row : LoadRows(file)) {
      EXPECT_NE(row.Text("cite"), "") << row.file << ":" << row.line;
      EXPECT_THAT(row.Text("mark"), ::testing::AnyOf("live", "doc", "code", "inferred"))
          << row.Name();
    }
  }
}

}  // namespace
}  // namespace sb::aircall::sandbox
