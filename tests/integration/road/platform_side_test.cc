// Contacts of the sandbox and the records of a platform that has neither a table nor an API: it
// pushes, follows and acknowledges over gRPC, with a real server that dies in between.
#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kPushedSync = R"(sync: { namespace: story, name: pushed, version: '1.0.0' }
between:
  aircall: { connector: aircall, object: contact }
  ours: { connector: platform, object: contact }
match: [phone]
fields:
  - { aircall: first_name, ours: name }
  - { aircall: company_name, ours: company }
  - { aircall: phone_numbers, ours: phones, as: phones }
region: FR
)";

constexpr const char* kGrace = R"([{"key": "c-1", "fields": {"name": "Grace", "company": "Navy",
    "phones": [{"value": "+33142685300", "label": "Work"}]}}])";

class PlatformSide : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox({"--rate-limit", "0"});
    system_.StartServe();
    account_ = system_.ConnectWithKey();
    const auto file = system_.folder() / "pushed.sync.yaml";
    std::ofstream(file) << kPushedSync;
    Push(kGrace);  // before there is a sync
    system_.Cli({"sync", "deploy", file.string(), "--account", account_, "--start"});
    ASSERT_TRUE(IsLive()) << system_.ServeLog();
  }

  /// Whether both sides were read and linked, and nothing waits by now.
  bool IsLive() {
    return Eventually(
        120s,
        [&] {
          const Json sync = system_.Cli({"sync", "status", "pushed", "--account", account_});
          const Json& two_way = Member(sync, "two_way");
          return TextMember(two_way, "phase") == "PHASE_LIVE" &&
                 TextMember(two_way, "waiting") == "0";
        },
        500ms);
  }

  /// `switchboard record WORDS` about our contacts.
  Json Record(std::vector<std::string> words) {
    words.insert(words.begin(), "record");
    words.insert(words.end(), {"--account", account_, "--object", "contact"});
    return system_.Cli(words);
  }

  void Push(const std::string& records) { Record({"push", "--records", records}); }

  /// The contact of this name; null: there is none.
  Json ContactOf(const std::string& name) {
    const Json answer = system_.Aircall("/v1/contacts?per_page=50");
    for (const Json& each : Member(answer, "contacts")) {
      if (TextMember(each, "first_name") == name) return each;
    }
    return nullptr;
  }

  /// Whether such a contact comes.
  bool HasContact(const std::string& name) {
    return Eventually(
        60s, [&] { return !ContactOf(name).is_null(); }, 500ms);
  }

  static std::string IdOf(const Json& contact) { return DumpJson(Member(contact, "id")); }

  std::string NameOf(const std::string& key) {
    const Json record = Record({"get", key});
    return TextMember(Member(record, "fields"), "name");
  }

  /// Whether a record of this name comes.
  bool IsGiven(const std::string& name) {
    return Eventually(
        60s,
        [&] {
          const Json listed = Record({"list"});
          const Json& records = Member(listed, "records");
          return std::any_of(records.begin(), records.end(), [&](const Json& record) {
            return TextMember(Member(record, "fields"), "name") == name;
          });
        },
        500ms);
  }

  /// What waits behind the token, which must be something; the token goes on.
  Json Follow() {
    std::vector<std::string> words = {"watch", "--count", "1"};
    if (!token_.empty()) words.insert(words.end(), {"--resume-token", token_});
    const Json message = Record(words);
    token_ = TextMember(message, "resume_token");
    return Member(message, "changes");
  }

  /// The change whose field has this value; null: it is not among them.
  static Json ChangeOf(const Json& changes, const std::string& field, const std::string& value) {
    for (const Json& each : changes) {
      if (TextMember(Member(each, "fields"), field) == value) return each;
    }
    return nullptr;
  }

  LiveSystem system_;
  std::string account_;
  std::string token_;
};

TEST_F(PlatformSide, WhatIsPushedArrivesAndWhatIsEditedIsFollowed) {
  ASSERT_TRUE(HasContact("Grace")) << system_.ServeLog();
  const Json grace = ContactOf("Grace");
  EXPECT_EQ(TextMember(grace, "company_name"), "Navy");
  EXPECT_EQ(TextMember(Member(grace, "phone_numbers").at(0), "label"), "Work");

  // A contact that the platform did not have is made there, and learns its key.
  ASSERT_TRUE(IsGiven("Priya")) << system_.ServeLog();
  const Json creation = ChangeOf(Follow(), "name", "Priya");
  ASSERT_EQ(TextMember(creation, "kind"), "KIND_CREATE");
  Record({"acknowledge", TextMember(creation, "id"), "--key", "p-1"});
  EXPECT_EQ(NameOf("p-1"), "Priya");

  // An edit in the app arrives in the feed, also across a crash, until it is acknowledged.
  system_.Control("PUT", "contacts/" + IdOf(grace), {{"first_name", "Grace H."}});
  ASSERT_TRUE(Eventually(
      20s, [&] { return NameOf("c-1") == "Grace H."; }, 300ms))
      << system_.ServeLog();
  const std::string behind = token_;
  const Json told = ChangeOf(Follow(), "name", "Grace H.");
  EXPECT_EQ(TextMember(told, "own_key"), "c-1");
  EXPECT_EQ(TextMember(Member(told, "before"), "name"), "Grace");
  system_.KillServe();
  system_.StartServe();
  token_ = behind;
  EXPECT_EQ(TextMember(ChangeOf(Follow(), "name", "Grace H."), "id"), TextMember(told, "id"));
  Push(R"([{"key": "c-1", "fields": {"name": "Grace", "company": "US Navy"}}])");
  EXPECT_EQ(NameOf("c-1"), "Grace H.") << "the push does not know of the change yet";
  Record({"acknowledge", TextMember(told, "id")});
  const Json record = Record({"get", "c-1"});
  EXPECT_EQ(Member(record, "waiting_changes"), 0) << record;

  // And an edit of the platform arrives at Aircall.
  EXPECT_TRUE(Eventually(
      20s, [&] { return TextMember(ContactOf("Grace H."), "company_name") == "US Navy"; }, 500ms))
      << system_.ServeLog();
  Push(R"([{"key": "c-1", "fields": {"name": "Grace Hopper"}}])");
  EXPECT_TRUE(HasContact("Grace Hopper")) << system_.ServeLog();
  const std::string story =
      DumpJson(system_.Cli({"sync", "explain", "c-1", "--account", account_}));
  for (const char* word : {"created_a", "edited_a", "wrote_b", "edited_b", "wrote_a"})
    EXPECT_THAT(story, HasSubstr("\"" + std::string(word) + "\""));
}

TEST_F(PlatformSide, ARefusalGoesBackToTheOtherSideAsAnEdit) {
  ASSERT_TRUE(HasContact("Grace")) << system_.ServeLog();
  const std::string id = IdOf(ContactOf("Grace"));
  system_.Control("PUT", "contacts/" + id, {{"company_name", "Pirates"}});
  const auto company = [&] {
    const Json record = Record({"get", "c-1"});
    return TextMember(Member(record, "fields"), "company");
  };
  ASSERT_TRUE(Eventually(
      20s, [&] { return company() == "Pirates"; }, 300ms))
      << system_.ServeLog();
  const Json change = ChangeOf(Follow(), "company", "Pirates");
  Record({"acknowledge", TextMember(change, "id"), "--refused", "no such customer"});
  EXPECT_EQ(company(), "Navy");
  EXPECT_TRUE(Eventually(
      20s,
      [&] {
        const Json answer = system_.Aircall("/v1/contacts/" + id);
        return TextMember(Member(answer, "contact"), "company_name") == "Navy";
      },
      500ms))
      << system_.ServeLog();
}

}  // namespace
}  // namespace sb::live
