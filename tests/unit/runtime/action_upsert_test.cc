// Contacts that are found and completed, or made where there are none.

#include <algorithm>
#include <functional>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/phone/phone_number_reader.h"
#include "engine/runtime/action_runner.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/glass_vault.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/seeded_random.h"

namespace sb::runtime {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// An address book at a provider whose search finds a new contact only after a while.
class AddressBook {
 public:
  Result<ports::HttpResponse> Answer(const ports::HttpRequest& request) {
    const std::string path = request.url.substr(request.url.find("/v1/") + 3);
    if (path.starts_with("/contacts/search")) return Listed(path);
    const Json body = request.body.empty() ? Json::object() : Json::parse(request.body);
    if (request.method == "GET") return Shown(Known(path));
    if (path == "/contacts") return Made(body);
    Json& contact = Known(path);
    if (path.ends_with("/phone_details")) return Added(contact, "phone_numbers", body);
    if (path.ends_with("/email_details")) return Added(contact, "emails", body);
    contact.update(body);
    return Shown(contact);
  }

  std::vector<Json> contacts;
  bool search_lags = false;    ///< What is there is not found.
  bool loses_answers = false;  ///< Of what makes a contact: it is made all the same.
  bool is_down = false;        ///< Nothing is made, and nobody says so.

 private:
  Json& Known(const std::string& path) {
    const std::size_t id = std::stoul(path.substr(std::string("/contacts/").size()));
    return contacts.at(id - 1);
  }

  static ports::HttpResponse Reply(const Json& body) { return {200, {}, body.dump()}; }

  static ports::HttpResponse Shown(const Json& contact) { return Reply({{"contact", contact}}); }

  Result<ports::HttpResponse> Listed(const std::string& path) {
    Json found = Json::array();
    for (const Json& each : contacts) {
      const bool by_phone = std::ranges::any_of(each.at("phone_numbers"), [&](const Json& phone) {
        return path.find("phone_number=%2B" + TextMember(phone, "value").substr(1)) !=
               std::string::npos;
      });
      const bool by_mail = std::ranges::any_of(each.at("emails"), [&](const Json& mail) {
        const std::string name = TextMember(mail, "value").substr(1, 3);  // whatever its first case
        return path.find("email=") != std::string::npos && path.find(name) != std::string::npos;
      });
      if (!search_lags && (by_phone || by_mail)) found.push_back(each);
    }
    return Reply({{"contacts", found}, {"meta", {{"total", found.size()}}}});
  }

  Result<ports::HttpResponse> Made(const Json& body) {
    if (is_down) return InDoubt("HTTP_NO_ANSWER", "no answer came");
    Json contact = body;
    contact["id"] = contacts.size() + 1;
    for (const char* list : {"phone_numbers", "emails"}) {
      if (!contact.contains(list)) contact[list] = Json::array();
      for (Json& each : contact[list]) each["id"] = 900;
    }
    contacts.push_back(contact);
    if (loses_answers) return InDoubt("HTTP_NO_ANSWER", "no answer came");
    return Shown(contact);
  }

  static Result<ports::HttpResponse> Added(Json& contact, const char* list, const Json& body) {
    Json detail = body;
    detail["id"] = 901;
    contact[list].push_back(detail);
    return Reply({{std::string(list) == "emails" ? "email_detail" : "phone_detail", detail}});
  }
};

class ContactUpsert : public ::testing::Test {
 protected:
  static constexpr InstanceId kInstance{7};
  static constexpr AccountId kAcme{1001};
  static constexpr AccountId kGlobex{1002};  // another tenant's, of the same company

  ContactUpsert()
      : connectors_(*connector::Library::Load(embedded::ConnectorFiles(), {}, expressions_)) {
    Connect(kAcme);
    commits_.SetFence({kInstance, 0, ownership_.Register(kInstance, 1, clock_.Now())->incarnation});
  }

  void Connect(AccountId id) {
    ports::Account account;
    account.id = id;
    account.slot = 17;
    account.tenant = ToText(id);
    account.connector = "aircall";
    account.external_id = "61001";
    account.state = ports::AccountState::kActive;
    account.profile = {{"region", "US"}};
    account.webhook.hook_id = ToText(id);
    EXPECT_TRUE(accounts_.Insert(account).ok());
    const connector::Credential credential{"oauth", {{"access_token", Secret("t")}}};
    const auto sealed =
        vault_.Seal(credential.ToSecret(), connector::CredentialContext(account.id, "aircall", 1));
    EXPECT_TRUE(accounts_.PutCredential(account.id, {1, *sealed}).ok());
  }

  ports::ActionCall CallWith(const Json& input, AccountId account = kAcme) {
    ports::ActionCall call;
    call.account = account;
    call.action = "aircall.contacts.upsert";
    call.input = input;
    call.on_admitted = [this](const std::function<void(bool)>& go) {
      ++intents_;
      go(true);
    };
    return call;
  }

  /// Asks; the answer comes when the executor runs.
  void Ask(const Json& input, AccountId account = kAcme) {
    runner_.Perform(CallWith(input, account), [this](const Result<Json>& result) {
      answers_.push_back(result.ok() ? "ok" : result.error().code);
      if (result.ok()) outputs_.push_back(*result);
    });
  }

  void Upsert(const Json& input) {
    Ask(input);
    executor_.RunReady();
  }

  std::vector<std::string> Asked() const {
    std::vector<std::string> asked;
    for (const ports::HttpRequest& each : http_.sent()) {
      const std::string path = each.url.substr(each.url.find("/v1/") + 3);
      asked.push_back(each.method + " " + path.substr(0, path.find('?')));
    }
    return asked;
  }

  long Made() const {
    const auto asked = Asked();
    return std::ranges::count(asked, "POST /contacts");
  }

  static Json Phones(const std::vector<std::string>& numbers) {
    Json phones = Json::array();
    for (const std::string& each : numbers) phones.push_back({{"label", "Work"}, {"value", each}});
    return phones;
  }

  static Json Mails(const std::string& address) {
    Json mails = Json::array();
    mails.push_back({{"label", "Work"}, {"value", address}});
    return mails;
  }

  static Json Stranger() { return {{"phone_numbers", Phones({"(617) 555-0199"})}}; }

  testing::FakeClock clock_;
  testing::ManualExecutor executor_{clock_};
  testing::SeededRandom random_;
  Metrics metrics_;
  adapters::jq::JqExpressions expressions_;
  adapters::phone::PhoneNumberReader phones_;
  std::unique_ptr<connector::Library> connectors_;
  testing::GlassVault vault_;
  testing::MemoryDatabase database_;
  testing::MemoryAccountStore accounts_;
  testing::MemoryRunStore runs_{database_};
  testing::MemoryOwnershipStore ownership_{database_, clock_};
  AddressBook book_;
  testing::FakeHttpClient http_{
      [this](const ports::HttpRequest& request) { return book_.Answer(request); }};
  CommitWriter commits_{{runs_, executor_, executor_, clock_, random_, metrics_, [] {}}};
  int intents_ = 0;
  std::vector<std::string> answers_;
  std::vector<Json> outputs_;
  ActionRunner runner_{{.accounts = accounts_,
                        .runs = runs_,
                        .vault = vault_,
                        .http = http_,
                        .connectors = *connectors_,
                        .expressions = expressions_,
                        .clock = clock_,
                        .home = executor_,
                        .pool = executor_,
                        .commits = commits_,
                        .metrics = metrics_,
                        .may_act = {},
                        .credential_refused = {},
                        .phones = &phones_}};
};

TEST_F(ContactUpsert, MakesAStrangerWithWhatANewContactGets) {
  Json input = Stranger();
  input["if_new"] = {{"first_name", "Unknown"}};
  Upsert(input);
  ASSERT_THAT(answers_, ElementsAre("ok"));
  EXPECT_THAT(Asked(), ElementsAre("GET /contacts/search", "POST /contacts"));
  EXPECT_EQ(intents_, 1);
  EXPECT_EQ(outputs_.front().at("created"), true);
  ASSERT_THAT(book_.contacts, SizeIs(1));
  EXPECT_EQ(book_.contacts.front().at("first_name"), "Unknown");
  EXPECT_EQ(book_.contacts.front().at("phone_numbers")[0].at("value"), "+16175550199");
}

TEST_F(ContactUpsert, MakesOneContactOfTwoCallsAtOnce) {
  book_.search_lags = true;
  Ask(Stranger());
  Ask({{"phone_numbers", Phones({"+1 617-555-0199"})}});
  executor_.RunReady();
  EXPECT_THAT(answers_, ElementsAre("ok", "ok"));
  EXPECT_EQ(Made(), 1);
  EXPECT_EQ(outputs_[0].at("created"), true);
  EXPECT_EQ(outputs_[1].at("created"), false);
  EXPECT_EQ(outputs_[0].at("id"), outputs_[1].at("id"));
}

TEST_F(ContactUpsert, AddsWhatAKnownContactLacksAndWritesNothingElse) {
  Upsert(Stranger());
  const Json input = {{"phone_numbers", Phones({"617-555-0199", "+33 6 39 98 01 10"})},
                      {"company_name", "Lumen Tools"},
                      {"emails", Mails("noor@lumen.example")},
                      {"if_new", {{"first_name", "Unknown"}}}};
  Upsert(input);
  EXPECT_THAT(answers_, ElementsAre("ok", "ok"));
  EXPECT_EQ(intents_, 2) << "one for each call, however many requests it takes";
  ASSERT_THAT(book_.contacts, SizeIs(1));
  const Json contact = book_.contacts.front();
  EXPECT_EQ(contact.at("company_name"), "Lumen Tools");
  EXPECT_FALSE(contact.contains("first_name"));
  EXPECT_THAT(contact.at("phone_numbers"), SizeIs(2));
  EXPECT_THAT(contact.at("emails"), SizeIs(1));
  EXPECT_EQ(outputs_[1].at("created"), false);
  EXPECT_THAT(outputs_[1].at("emails"), SizeIs(1)) << "the whole contact, as it is now";

  const std::size_t before = Asked().size();
  Upsert(input);
  EXPECT_EQ(Asked().size(), before + 1) << "there is nothing to be done but the search";
  EXPECT_EQ(intents_, 2);
}

TEST_F(ContactUpsert, FindsByAddressWhomNoNumberFinds) {
  book_.contacts.push_back(
      {{"id", 1}, {"phone_numbers", Json::array()}, {"emails", Mails("noor@lumen.example")}});
  Json input = Stranger();
  input["emails"] = Mails("Noor@lumen.example");
  Upsert(input);
  EXPECT_THAT(answers_, ElementsAre("ok"));
  EXPECT_THAT(Asked(), ElementsAre("GET /contacts/search", "GET /contacts/search",
                                   "POST /contacts/1/phone_details", "GET /contacts/1"));
  ASSERT_THAT(book_.contacts, SizeIs(1));
  EXPECT_THAT(book_.contacts[0].at("phone_numbers"), SizeIs(1));
}

TEST_F(ContactUpsert, RefusesToMakeAContactWithoutAPhone) {
  Upsert({{"emails", Mails("noor@lumen.example")}});
  Upsert({{"phone_numbers", Phones({"anonymous"})}});
  Upsert({{"phone_numbers", Phones({"reception"})}});
  EXPECT_THAT(answers_, ElementsAre("CONTACT_WITHOUT_PHONE", "PHONE_NUMBER_WITHHELD",
                                    "PHONE_NUMBER_INVALID"));
  EXPECT_EQ(intents_, 0);
  EXPECT_THAT(Asked(), ElementsAre("GET /contacts/search"));
}

TEST_F(ContactUpsert, MakesNothingWhileSomethingMayHaveBeenMade) {
  book_.is_down = true;
  Upsert(Stranger());
  EXPECT_THAT(answers_, ElementsAre("HTTP_NO_ANSWER"));
  book_.is_down = false;
  Upsert(Stranger());
  executor_.AdvanceBy(seconds(59));
  EXPECT_THAT(answers_, SizeIs(1)) << "it may still show";
  executor_.AdvanceBy(seconds(2));
  EXPECT_THAT(answers_, ElementsAre("HTTP_NO_ANSWER", "ok"));
  EXPECT_EQ(Made(), 2);
  EXPECT_THAT(book_.contacts, SizeIs(1));
}

TEST_F(ContactUpsert, FindsWhatWasMadeWithoutAnAnswer) {
  book_.loses_answers = book_.search_lags = true;
  Upsert(Stranger());
  Upsert(Stranger());
  book_.search_lags = false;
  executor_.AdvanceBy(seconds(61));
  EXPECT_THAT(answers_, ElementsAre("HTTP_NO_ANSWER", "ok"));
  EXPECT_EQ(outputs_.front().at("created"), false);
  EXPECT_THAT(book_.contacts, SizeIs(1));
}

TEST_F(ContactUpsert, MakesOneContactOfTwoTenantsCallsAtOnce) {
  Connect(kGlobex);
  book_.search_lags = true;
  Ask(Stranger());
  Ask(Stranger(), kGlobex);
  executor_.RunReady();
  EXPECT_THAT(answers_, ElementsAre("ok", "ok"));
  EXPECT_EQ(Made(), 1);
  EXPECT_EQ(outputs_[1].at("created"), false);
}

TEST_F(ContactUpsert, MakesNothingBesideACallThatADeadProcessMayHaveUnderWay) {
  runner_.Open({17});
  runner_.NoteInterrupted(CallWith(Stranger()), clock_.Now() - seconds(1));
  runner_.Settled({17});
  Upsert({{"phone_numbers", Phones({"+1 617-555-0199"})}});
  Upsert({{"phone_numbers", Phones({"+1 617-555-0142"})}});
  executor_.AdvanceBy(seconds(6));
  EXPECT_EQ(Made(), 1) << "whoever is called otherwise waits for nobody";
  executor_.AdvanceBy(seconds(20));
  EXPECT_EQ(Made(), 1);
  book_.contacts.push_back(
      {{"id", 2}, {"phone_numbers", Phones({"+16175550199"})}, {"emails", Json::array()}});
  executor_.AdvanceBy(seconds(35));
  EXPECT_THAT(answers_, ElementsAre("ok", "ok"));
  EXPECT_EQ(Made(), 1);
  EXPECT_EQ(outputs_[1].at("id"), 2);
}

TEST_F(ContactUpsert, MakesNothingBeforeAllIsKnownThatADeadProcessLeft) {
  runner_.Open({17});
  Upsert(Stranger());
  executor_.AdvanceBy(seconds(30));
  EXPECT_EQ(Made(), 0);
  runner_.NoteInterrupted(CallWith(Stranger()), clock_.Now() - seconds(30));
  runner_.Settled({17});
  executor_.AdvanceBy(seconds(25));
  EXPECT_EQ(Made(), 0);
  executor_.AdvanceBy(seconds(10));
  EXPECT_THAT(answers_, ElementsAre("ok"));
  EXPECT_EQ(Made(), 1);
}

TEST_F(ContactUpsert, LeavesTimeForWhatTheLastOwnerOfTheSlotMade) {
  runner_.Open({17});
  runner_.Settled({17});
  book_.search_lags = true;
  book_.contacts.push_back(
      {{"id", 1}, {"phone_numbers", Phones({"+16175550199"})}, {"emails", Json::array()}});
  Upsert(Stranger());
  EXPECT_THAT(answers_, IsEmpty());
  book_.search_lags = false;
  executor_.AdvanceBy(seconds(6));
  EXPECT_THAT(answers_, ElementsAre("ok"));
  EXPECT_EQ(Made(), 0);
}

TEST_F(ContactUpsert, HoldsNobodyUpWhoGivesTheSlotBack) {
  runner_.Open({17});
  Upsert(Stranger());
  Upsert(Stranger());
  runner_.Close({17});
  executor_.RunReady();
  EXPECT_THAT(answers_, ElementsAre("SLOT_MOVED", "SLOT_MOVED"));
  EXPECT_EQ(Made(), 0);
}

TEST_F(ContactUpsert, IsLookedForInTheNumberThatWasSent) {
  Upsert(Stranger());
  std::optional<Json> there;
  runner_.ReadBack(CallWith(Stranger()), clock_.Now(),
                   [&](const Result<std::optional<Json>>& found) {
                     ASSERT_TRUE(found.ok()) << found.error().message;
                     there = *found;
                   });
  executor_.RunReady();
  ASSERT_TRUE(there.has_value());
  EXPECT_EQ(there->at("id"), 1);
}

TEST_F(ContactUpsert, SearchesByAnySpellingOfANumber) {
  Upsert(Stranger());
  for (const char* spelling : {"617.555.0199", "1 617 555 0199", "+1 (617) 555-0199"}) {
    ports::ActionCall call;
    call.account = AccountId(1001);
    call.action = "aircall.contacts.search";
    call.input = {{"phone_number", spelling}};
    runner_.Perform(std::move(call), [&](const Result<Json>& result) {
      ASSERT_TRUE(result.ok()) << result.error().message;
      EXPECT_THAT(result->at("contacts"), SizeIs(1)) << spelling;
    });
    executor_.RunReady();
  }
}

}  // namespace
}  // namespace sb::runtime
