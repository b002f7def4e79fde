// Contacts and a customer's table are edited on both sides while the engine that keeps them the
// same is killed and started, again and again. In the end both sides agree, nobody is there twice,
// and each side's last edit stands (I13, I15). TWO_WAY_KILLS=100 says how often it is killed amid
// random edits, TWO_WAY_SEED=7 which ones.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/customers.h"
#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"
#include "tests/support/postgres_cluster.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr int kPeople = 12;  ///< Of each side.
constexpr int kKillsOfTwoWay = 5;
constexpr const char* kPriya = "520000101";

/// A number from the environment.
int Wanted(const char* variable, int otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : std::stoi(text);
}

/// A person who is there on both sides, and what both have to say in the end.
struct Person {
  std::string contact;  ///< The id at Aircall.
  std::string phone;
  std::string first_name;
  std::string company;

  std::string Line() const { return phone + "|" + first_name + "|" + company; }
};

/// One of the two fields of a person. Each is edited on one side only, so that the last edit has to
/// stand whatever happens; the other field of the same person is edited on the other side.
struct Place {
  std::size_t person = 0;
  bool at_aircall = false;

  bool IsName() const { return (person % 2 == 0) == at_aircall; }
};

class KillTwoWay : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox({"--rate-limit", "0"});
    customers_.EditContact("520000102",
                           {{"phone_numbers", {{{"label", "Work"}, {"value", "+33639980110"}}}}});
    customers_.MakeTable();
    for (int i = 0; i < kPeople; ++i) {
      InsertCustomer("Customer " + std::to_string(i), 5000 + i);
      AddPerson(i);
    }
    std::ofstream(destinations()) << "crm=" << crm_.url() << "\n";
    Serve();
    account_ = system_.ConnectWithKey();
  }

  std::string destinations() const { return (system_.folder() / "destinations").string(); }

  void Serve() {
    system_.StartServe({"--database-url", database_.url(), "--destinations", destinations()});
  }

  void InsertCustomer(const std::string& name, int number) {
    customers_.Ask("insert into public.customers (first_name, phone) values ('" + name +
                   "', '+3361234" + std::to_string(number) + "')");
  }

  /// The id of the contact.
  std::string AddContact(const std::string& name, int number) {
    const Json answer = system_.Control(
        "POST", "contacts",
        {{"first_name", name},
         {"phone_numbers", {{{"label", "Work"}, {"value", "+3361234" + std::to_string(number)}}}}});
    return DumpJson(Member(Member(answer, "contact"), "id"));
  }

  void AddPerson(int place) {
    constexpr int kFirstNumber = 6000;
    const std::string name = "Contact " + std::to_string(place);
    const int number = kFirstNumber + place;
    people_.push_back({AddContact(name, number), "+3361234" + std::to_string(number), name, ""});
  }

  /// Writes take long enough to be killed in.
  void SlowDown() {
    system_.Control("POST", "faults",
                    {{"match", {{"method", "POST"}, {"path_regex", "^/v1/contacts"}}},
                     {"action", "delay"},
                     {"delay_ms", 300},
                     {"times", 0}});
  }

  void EditBoth(int round) {
    const std::string word = std::to_string(round);
    customers_.EditContact(kPriya, {{"company_name", "Company " + word}});
    customers_.Ask("update public.customers set first_name = 'Customer " + word +
                   " again' where phone = '+33612345000'");
  }

  /// Each field of everybody once, in an order that the seed gives, and then again: nobody is
  /// edited so often that the sync takes it for two programs that undo each other.
  Place NextPlace(std::mt19937& dice) {
    if (deck_.empty()) {
      for (std::size_t person = 0; person < people_.size(); ++person) {
        deck_.push_back({person, false});
        deck_.push_back({person, true});
      }
      std::shuffle(deck_.begin(), deck_.end(), dice);
    }
    const Place place = deck_.back();
    deck_.pop_back();
    return place;
  }

  void EditSomebody(std::mt19937& dice) {
    const Place place = NextPlace(dice);
    Person& person = people_[place.person];
    const std::string word = "Edit " + std::to_string(++edits_);
    (place.IsName() ? person.first_name : person.company) = word;
    if (place.at_aircall) {
      customers_.EditContact(person.contact,
                             {{place.IsName() ? "first_name" : "company_name", word}});
      return;
    }
    const std::string column = place.IsName() ? "first_name" : "company";
    EXPECT_NE(customers_.Ask("update public.customers set " + column + " = '" + word +
                             "' where regexp_replace(phone, '[^0-9+]', '', 'g') = '" +
                             person.phone + "' returning id || ''"),
              "");
  }

  /// How often links were stored: what a kill may come between.
  int Steps() {
    return std::stoi(database_.Ask("select coalesce(sum(step), 0) || '' from eng.link"));
  }

  /// Until the sync has stored links so many times more, or has nothing to do any more.
  void AwaitSteps(int steps) {
    const int wanted = Steps() + steps;
    (void)Eventually(
        3s, [&] { return Steps() >= wanted; }, 10ms);
  }

  /// Until the sync has made so many links.
  bool AwaitLinks(int wanted) {
    return Eventually(
        60s,
        [&] { return std::stoi(database_.Ask("select count(*) || '' from eng.link")) >= wanted; },
        50ms);
  }

  testing::TestDatabase crm_{testing::TestDatabase::Schema::kEmpty};
  testing::TestDatabase database_;
  LiveSystem system_;
  Customers customers_{system_, crm_};
  std::string account_;
  std::vector<Person> people_;
  std::vector<Place> deck_;
  int edits_ = 0;
};

TEST_F(KillTwoWay, LeavesBothSidesTheSameAndNobodyTwice) {
  SlowDown();
  customers_.Start(account_);
  for (int kill = 0; kill < kKillsOfTwoWay; ++kill) {
    ASSERT_TRUE(AwaitLinks(3 * kill + 1)) << system_.ServeLog();
    EditBoth(2 * kill);  // heard, or not any more
    InsertCustomer("Late " + std::to_string(kill), 7000 + kill);
    system_.KillServe();
    EditBoth(2 * kill + 1);  // while nobody listens
    AddContact("Unheard " + std::to_string(kill), 8000 + kill);
    Serve();
  }
  system_.Control("DELETE", "faults");
  ASSERT_TRUE(customers_.IsLive()) << system_.ServeLog();
  customers_.Sync({"compare", "customers"});  // nothing told of contacts that were made silently
  ASSERT_TRUE(customers_.Agree()) << customers_.InTable() << "\n\n"
                                  << customers_.AtAircall() << system_.ServeLog();
  EXPECT_EQ(customers_.Ask("select count(*) || '' from public.customers"),
            customers_.Ask("select count(distinct phone) || '' from public.customers"));
  const std::string last = std::to_string(2 * kKillsOfTwoWay - 1);
  EXPECT_THAT(customers_.InTable(), HasSubstr("|Priya|Company " + last));
  EXPECT_THAT(customers_.AtAircall(), HasSubstr("+33612345000|Customer " + last + " again|"));
}

TEST_F(KillTwoWay, CarriesEveryEditOverHoweverOftenItDies) {
  constexpr int kEditsWhileItRuns = 8;
  constexpr int kEditsWhileItIsDead = 4;
  constexpr unsigned kMostSteps = 16;
  const int kills = Wanted("TWO_WAY_KILLS", 3);
  const int seed = Wanted("TWO_WAY_SEED", 1);
  SCOPED_TRACE("TWO_WAY_SEED=" + std::to_string(seed));
  const Millis patience = std::max<Millis>(2min, kills * 17s);  // a hundred requests a minute
  std::mt19937 dice(static_cast<unsigned>(seed));
  for (int more = kPeople; more < 3 * kills; ++more) AddPerson(more);
  customers_.Start(account_);
  ASSERT_TRUE(customers_.IsLive(patience)) << system_.ServeLog();
  SlowDown();
  for (int kill = 0; kill < kills; ++kill) {
    for (int edit = 0; edit < kEditsWhileItRuns; ++edit) EditSomebody(dice);
    AwaitSteps(static_cast<int>(dice() % kMostSteps));
    system_.KillServe();
    for (int edit = 0; edit < kEditsWhileItIsDead; ++edit) EditSomebody(dice);
    Serve();
  }
  system_.Control("DELETE", "faults");
  ASSERT_TRUE(customers_.IsLive(patience)) << system_.ServeLog();
  customers_.Sync({"compare", "customers"});  // events that came while it was dead may be lost
  ASSERT_TRUE(customers_.Agree()) << customers_.InTable() << "\n\n"
                                  << customers_.AtAircall() << system_.ServeLog();
  const std::string in_table = customers_.InTable();
  const std::string at_aircall = customers_.AtAircall();
  for (const Person& person : people_) {
    EXPECT_THAT(in_table, HasSubstr(person.Line()));
    EXPECT_THAT(at_aircall, HasSubstr(person.Line()));
  }
  EXPECT_EQ(customers_.Ask("select count(*) || '' from public.customers"),
            customers_.Ask("select count(distinct phone) || '' from public.customers"));
}

}  // namespace
}  // namespace sb::live
