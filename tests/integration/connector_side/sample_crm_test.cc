// A CRM that is a folder of data: the example that we ship, against its stand-in.
#include "tests/support/sample_crm.h"

#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "tests/integration/connector_side/aircall_side.h"
#include "tests/support/sample_crm_server.h"

namespace sb::syncs {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only
using core::quota::Lane;
using core::twoway::MatchBy;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kExample = "docs/examples/connectors";

/// The files of the example, as a server reads them with --connectors.
std::unique_ptr<connector::Library> ExampleLibrary(const core::workflow::Expressions& jq) {
  std::deque<std::string> kept;
  std::vector<EmbeddedFile> files;
  const std::filesystem::path root = kExample;
  for (const auto& file : std::filesystem::recursive_directory_iterator(root / "samplecrm")) {
    if (file.path().extension() != ".yaml") continue;
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const std::string& path = kept.emplace_back(file.path().lexically_relative(root).string());
    files.push_back({path, kept.emplace_back(text.str())});
  }
  auto library = connector::Library::Load(files, {}, jq);
  if (!library.ok()) throw std::runtime_error(library.error().message);
  return *std::move(library);
}

class SampleCrmSide : public ::testing::Test {
 protected:
  SampleCrmSide()
      : actions_({*library_,
                  jq_,
                  clock_,
                  {"api_key", {{"key", Secret(testing::SampleCrm::kKey)}}},
                  [this](const ports::HttpRequest& request) { return crm_.Answer(request); }}),
        side_({actions_, jq_, clock_, memory_}, *library_->FindConnector("samplecrm"),
              library_->Records().at("samplecrm").at("contact"), AccountId(8)) {}

  static Json Ada() {
    return {{"first_name", "Ada"},
            {"company", "Engines"},
            {"vip", false},
            {"phones", {{{"value", "+442071838750"}, {"kind", "Work"}}}},
            {"emails", {{{"value", "ada@engines.example"}, {"kind", "Home"}}}}};
  }

  Result<ports::SideWritten> Set(const std::string& key, const Json& values) {
    [[maybe_unused]] const auto before = actions_.NewActions();
    const auto record = side_.Read(key, kLane);
    ports::SideWrite write;
    write.op_key = "op-1";
    write.key = key;
    write.values = values;
    for (const auto& [name, value] : values.items())
      write.expected[name] = (*record)->native.at(name);
    return side_.Update(write, kLane);
  }

  std::vector<std::string> Heard(std::string& from) {
    const auto changes = side_.Changes(from, 100);
    EXPECT_TRUE(changes.ok());
    std::vector<std::string> keys;
    for (const ports::SideHint& hint : changes->hints) {
      EXPECT_TRUE(hint.record);
      keys.push_back(hint.key);
    }
    from = changes->next;
    return keys;
  }

  static constexpr Lane kLane = Lane::kSync;

  adapters::jq::JqExpressions jq_;
  testing::FakeClock clock_;
  std::unique_ptr<connector::Library> library_ = ExampleLibrary(jq_);
  testing::SampleCrm crm_{clock_};
  testing::DirectActions actions_;
  SideMemory memory_;
  ConnectorSide side_;
};

TEST_F(SampleCrmSide, ReadsAndFindsContacts) {
  const std::string key = crm_.Add(Ada());
  const auto record = side_.Read(key, kLane);
  ASSERT_TRUE(record.ok() && *record);
  EXPECT_EQ((*record)->native.at("phones"), Entries({{"Work", "+442071838750"}}));
  EXPECT_EQ((*record)->native.at("vip"), false);
  EXPECT_EQ((*record)->native.at("notes"), nullptr);
  EXPECT_EQ((*record)->changed_at, testing::kStoryTime);
  EXPECT_THAT(side_.Find({MatchBy::kPhone, "+442071838750"}, kLane).value(), SizeIs(1));
  EXPECT_THAT(side_.Find({MatchBy::kEmail, "ada@engines.example"}, kLane).value(), SizeIs(1));
  EXPECT_THAT(side_.Find({MatchBy::kPhone, "+442071838751"}, kLane).value(), IsEmpty());
  EXPECT_FALSE(side_.Read("c_1", kLane).value());
}

TEST_F(SampleCrmSide, ChangesAllFieldsWithOneRequest) {
  const std::string key = crm_.Add(Ada());
  const auto written = Set(key, {{"company", nullptr},
                                 {"vip", true},
                                 {"emails", nullptr},
                                 {"phones", Entries({{"", "+442071838799"}})}});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_THAT(actions_.NewActions(), ElementsAre("contacts.get", "contacts.update"));
  EXPECT_EQ(crm_.Get(key).at("company"), nullptr);
  EXPECT_EQ(crm_.Get(key).at("vip"), true);
  EXPECT_THAT(crm_.Get(key).at("emails"), IsEmpty());
  EXPECT_EQ(written->record->native.at("phones"), Entries({{"", "+442071838799"}}));
  EXPECT_EQ(written->record->native.at("first_name"), "Ada");
}

TEST_F(SampleCrmSide, TellsWhatTheCrmRefuses) {
  const std::string key = crm_.Add(Ada());
  const auto refused = Set(key, {{"emails", Entries({{"Work", "nobody"}})}});
  EXPECT_THAT(refused, Fails(ErrorKind::kInvalid, "LINK_VALUE_REFUSED"));
  EXPECT_THAT(refused.error().message, HasSubstr("is no address"));
}

TEST_F(SampleCrmSide, FindsWhatItMadeWhenTheAnswerWasLost) {
  ports::SideWrite write;
  write.op_key = "op-make";
  write.at = clock_.Now();
  write.values = {
      {"first_name", "Ada"}, {"vip", false}, {"phones", Entries({{"Work", "+442071838750"}})}};
  crm_.Add(Ada());
  crm_.lose_next_answer = true;
  EXPECT_THAT(side_.Create(write, kLane), Fails(ErrorKind::kInDoubt, "HTTP_NO_ANSWER"));
  EXPECT_EQ(crm_.size(), 2U);
  const auto found = side_.FindCreated(write, kLane);
  ASSERT_TRUE(found.ok() && *found) << (found.ok() ? "" : found.error().message);
  EXPECT_EQ((*found)->key, "c_1002");
}

TEST_F(SampleCrmSide, IsAskedForItsChangesAsItTellsNone) {
  const std::string ada = crm_.Add(Ada());
  crm_.Add(Ada());
  std::string from;
  EXPECT_THAT(Heard(from), IsEmpty()) << "from now on";
  EXPECT_THAT(Heard(from), IsEmpty());
  clock_.Advance(30s);
  crm_.Edit(ada, {{"company", "Looms"}});
  EXPECT_THAT(Heard(from), ElementsAre(ada));
  EXPECT_THAT(Heard(from), IsEmpty());
  crm_.Edit(ada, {{"company", "Mills"}});  // within the same second
  EXPECT_THAT(Heard(from), ElementsAre(ada));
  clock_.Advance(30s);
  for (int i = 0; i < 150; ++i) crm_.Add(Ada());
  EXPECT_THAT(Heard(from), SizeIs(150));
  EXPECT_THAT(Heard(from), IsEmpty());
}

TEST_F(SampleCrmSide, TellsAnImportOfOneSecondOnce) {
  std::string from;
  EXPECT_THAT(Heard(from), IsEmpty()) << "from now on";
  clock_.Advance(30s);
  for (int i = 0; i < 450; ++i) crm_.Add(Ada());
  EXPECT_THAT(Heard(from), SizeIs(450));
  EXPECT_THAT(Heard(from), IsEmpty()) << "silence stays silent";
}

TEST_F(SampleCrmSide, IsReadWholeAndProven) {
  for (int i = 0; i < 250; ++i) {
    clock_.Advance(1s);
    crm_.Add(Ada());
  }
  clock_.Advance(5s);
  std::size_t records = 0;
  std::string from;
  do {
    const auto page = side_.Scan(from, Lane::kBackfill);
    ASSERT_TRUE(page.ok()) << page.error().message;
    records += page->records.size();
    from = page->next;
    EXPECT_TRUE(page->proven);
  } while (!from.empty());
  EXPECT_EQ(records, 250U);
  EXPECT_THAT(actions_.calls(), SizeIs(3));
  EXPECT_THAT(actions_.calls(), Each(::testing::Field(&ports::ActionCall::lane, Lane::kBackfill)));
}

TEST_F(SampleCrmSide, BelievesInADeleteOnlyWithAKeyThatIsGood) {
  const std::string key = crm_.Add(Ada());
  crm_.Remove(key);
  EXPECT_TRUE(side_.IsGone(key, kLane).value());
  crm_.interfere =
      [](const ports::HttpRequest& request) -> std::optional<Result<ports::HttpResponse>> {
    if (!request.url.ends_with("/me")) return {};
    return ports::HttpResponse{.status = 401, .headers = {}, .body = "{}"};
  };
  EXPECT_THAT(side_.IsGone(key, kLane), Fails(ErrorKind::kUnauthorized, "SAMPLECRM_UNAUTHORIZED"));
}

TEST_F(SampleCrmSide, SaysWhatCannotBeMapped) {
  const auto problems = side_.Check({"first_name", "shoe_size"}, {"company", "updated_at"}).value();
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_EQ(problems[0].code, "LINK_FIELD_UNKNOWN");
  EXPECT_EQ(problems[0].field, "shoe_size");
  EXPECT_EQ(problems[1].code, "LINK_FIELD_READ_ONLY");
  EXPECT_EQ(problems[1].field, "updated_at");
  EXPECT_TRUE(side_.Prepare().ok());
  EXPECT_TRUE(side_.Dismantle().ok());
}

TEST(TheSampleCrm, AnswersOverASocketAsItDoesWithout) {
  const testing::FakeClock clock;
  testing::SampleCrm crm(clock);
  const testing::SampleCrmServer server(crm);
  httplib::Client client(server.url());
  client.set_bearer_token_auth(testing::SampleCrm::kKey);
  const auto made = client.Post("/v1/contacts", R"({"first_name":"Ada"})", "application/json");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->status, 201);
  const auto list = client.Get("/v1/contacts?sort=-updated_at&per_page=1");
  ASSERT_TRUE(list);
  EXPECT_EQ(Json::parse(list->body).at("total"), 1);
  EXPECT_EQ(httplib::Client(server.url()).Get("/v1/me")->status, 401);
}

}  // namespace
}  // namespace sb::syncs
