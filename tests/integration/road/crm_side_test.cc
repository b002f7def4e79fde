// Contacts of the sandbox and of a CRM that the engine knows only by a folder of data, the example
// that we ship: connected as a customer does, planned, started, and edited on both sides.
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/system/system_clock.h"
#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"
#include "tests/support/live/visitor.h"
#include "tests/support/sample_crm.h"
#include "tests/support/sample_crm_server.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kPriyaAtAircall = "520000101";  ///< +16175550142
constexpr const char* kMarcAtAircall = "520000102";   ///< Two numbers, neither of them in the CRM.

class CrmSide : public ::testing::Test {
 protected:
  void SetUp() override {
    priya_ = crm_.Add({{"vip", true}, {"phones", {{{"value", "+16175550142"}, {"kind", "Work"}}}}});
    grace_ = crm_.Add({{"first_name", "Grace"},
                       {"company", "Navy"},
                       {"phones", {{{"value", "+33142685300"}, {"kind", "Work"}}}}});
    system_.StartSandbox({"--rate-limit", "0"});
    system_.Plant("key of the CRM", testing::SampleCrm::kKey);
    system_.StartServe({"--connectors", "docs/examples/connectors", "--http-resolve",
                        "api.samplecrm.example=" + stand_in_.url()});
    account_ = system_.ConnectWithKey();
    const std::string crm_account = ConnectCrm();
    ASSERT_FALSE(crm_account.empty());
    std::ofstream(file()) << R"(sync: { namespace: story, name: contacts, version: '1.0.0' }
between:
  aircall: { connector: aircall, object: contact }
  crm: { connector: samplecrm, object: contact, account: )"
                          << crm_account << R"( }
match: [phone, email]
fields:
  - { aircall: first_name, crm: first_name }
  - { aircall: last_name, crm: last_name }
  - { aircall: company_name, crm: company }
  - { aircall: phone_numbers, crm: phones }
  - { aircall: emails, crm: emails }
region: FR
)";
  }

  /// With the CRM's key, given on the page behind a connect link; the account's id.
  std::string ConnectCrm() {
    const Json link =
        system_.Cli({"account", "connect", "--tenant", "acme", "--connector", "samplecrm"});
    Visitor customer({});
    const auto invitation = customer.Open(TextMember(link, "url"));
    const auto end = customer.Submit(invitation, "/key", {{"key", testing::SampleCrm::kKey}});
    EXPECT_EQ(end.status, 200) << end.url << "\n" << end.body;
    const Json listed = system_.Cli({"account", "list", "--connector", "samplecrm"});
    const Json& accounts = Member(listed, "accounts");
    return accounts.size() == 1 ? TextMember(accounts.at(0), "id") : "";
  }

  std::string file() const { return (system_.folder() / "contacts.sync.yaml").string(); }

  /// `switchboard sync WORDS --account ACCOUNT`.
  Json Sync(std::vector<std::string> words) {
    words.insert(words.begin(), "sync");
    words.insert(words.end(), {"--account", account_});
    return system_.Cli(words);
  }

  void Start() {
    Sync({"deploy", file(), "--start"});
    ASSERT_TRUE(IsLive()) << Sync({"status", "contacts"}) << system_.ServeLog();
  }

  /// Whether both sides were read, all three people are linked, and nothing waits by now.
  bool IsLive() {
    return Eventually(
        60s,
        [&] {
          const Json sync = Sync({"status", "contacts"});
          const Json& two_way = Member(sync, "two_way");
          return TextMember(two_way, "phase") == "PHASE_LIVE" &&
                 TextMember(two_way, "active") == "3" && TextMember(two_way, "waiting") == "0";
        },
        500ms);
  }

  /// The CRM's keys by Aircall's.
  std::map<std::string, std::string> Links() {
    std::map<std::string, std::string> links;
    const Json listed = Sync({"links"});
    for (const Json& link : Member(listed, "links"))
      links[TextMember(link, "key_a")] = TextMember(link, "key_b");
    return links;
  }

  Json AllAtAircall() {
    const Json answer = system_.Aircall("/v1/contacts?per_page=50");
    return Member(answer, "contacts");
  }

  /// The contact of this name at Aircall; null: there is none.
  Json AtAircall(const std::string& first_name) {
    const Json contacts = AllAtAircall();
    for (const Json& each : contacts) {
      if (TextMember(each, "first_name") == first_name) return each;
    }
    return nullptr;
  }

  adapters::system::SystemClock clock_;
  testing::SampleCrm crm_{clock_};
  testing::SampleCrmServer stand_in_{crm_};
  LiveSystem system_;
  std::string account_;
  std::string priya_;  ///< In the CRM, where only her number is known.
  std::string grace_;  ///< Known to the CRM alone.
};

TEST_F(CrmSide, APlanWritesNothingAndStartingLinksAndMakesWhoIsMissing) {
  const Json priya_before = crm_.Get(priya_);
  const Json contacts_before = AllAtAircall();
  const Json answer = Sync({"plan", file()});
  const Json& plan = Member(answer, "two_way");
  EXPECT_EQ(TextMember(plan, "records_a"), "2") << answer;
  EXPECT_EQ(TextMember(plan, "records_b"), "2");
  EXPECT_EQ(TextMember(plan, "linked"), "1") << "Priya";
  EXPECT_EQ(TextMember(plan, "updated_b"), "1") << "her name, which the CRM does not know";
  EXPECT_EQ(TextMember(plan, "created_a"), "1") << "Grace";
  EXPECT_EQ(TextMember(plan, "created_b"), "1") << "Marc";
  EXPECT_EQ(crm_.Get(priya_), priya_before);
  EXPECT_EQ(crm_.size(), 2U);
  EXPECT_EQ(AllAtAircall(), contacts_before);

  Start();
  auto links = Links();
  EXPECT_THAT(links, SizeIs(3));
  EXPECT_EQ(links[kPriyaAtAircall], priya_);
  const Json priya = crm_.Get(priya_);
  EXPECT_EQ(TextMember(priya, "first_name"), "Priya");
  EXPECT_EQ(TextMember(priya, "company"), "Lumen Tools");
  EXPECT_EQ(Member(priya, "vip"), true) << "the sync does not have it";

  const Json marc = crm_.Get(links[kMarcAtAircall]);
  EXPECT_EQ(TextMember(marc, "first_name"), "Marc") << system_.ServeLog();
  EXPECT_THAT(Member(marc, "phones"), SizeIs(2)) << marc;
  EXPECT_THAT(DumpJson(marc), HasSubstr("marc.delaunay@verrier.example"));

  const Json grace = AtAircall("Grace");
  EXPECT_EQ(TextMember(grace, "company_name"), "Navy") << system_.ServeLog();
  EXPECT_EQ(links[DumpJson(Member(grace, "id"))], grace_);
  EXPECT_EQ(crm_.size(), 3U);
  EXPECT_THAT(AllAtAircall(), SizeIs(3));
}

TEST_F(CrmSide, AnEditOnEachSideArrivesOnTheOther) {
  Start();
  // Of two people: an event about Grace would show the CRM's edit of her before the CRM is asked.
  crm_.Edit(grace_, {{"company", "US Navy"}});
  system_.Control("PUT", std::string("contacts/") + kPriyaAtAircall, {{"first_name", "Priya K."}});
  EXPECT_TRUE(Eventually(
      20s, [&] { return TextMember(crm_.Get(priya_), "first_name") == "Priya K."; }, 100ms))
      << system_.ServeLog();
  // The CRM sends no events: it is asked every five seconds.
  EXPECT_TRUE(Eventually(
      30s, [&] { return TextMember(AtAircall("Grace"), "company_name") == "US Navy"; }, 1s))
      << system_.ServeLog();
  const std::string story = DumpJson(Sync({"explain", grace_}));
  for (const char* word : {"created_a", "edited_b", "wrote_a"})
    EXPECT_THAT(story, HasSubstr("\"" + std::string(word) + "\""));
}

}  // namespace
}  // namespace sb::live
