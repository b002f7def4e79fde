#include <gmock/gmock.h>

#include "tests/unit/sandbox/company.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::int64_t> Ids(const Page<Contact>& page) {
  std::vector<std::int64_t> ids;
  for (const Contact* contact : page.items) ids.push_back(contact->id);
  return ids;
}

TEST(Contacts, SentTwiceBecomeTwoContacts) {
  WatchedCompany company;
  const auto first = company->CreateContact(Caller("+16175550111"));
  const auto second = company->CreateContact(Caller("+16175550111"));
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(first->id, second->id);
}

TEST(Contacts, NeedAPhoneNumber) {
  WatchedCompany company;
  EXPECT_THAT(company->CreateContact({.first_name = "Noor"}), IsRefused());
}

TEST(Contacts, NeedLabelAndValueInEachDetail) {
  WatchedCompany company;
  EXPECT_THAT(company->CreateContact({.phones = {{0, "", "+16175550111"}}}), IsRefused());
  EXPECT_THAT(company->CreateContact({.phones = {{0, "Work", " "}}}), IsRefused());
  EXPECT_THAT(company->CreateContact({.phones = {{0, "Work", "call me"}}}), IsRefused());
  ContactDraft mail = Caller("+16175550111");
  mail.emails = {{0, "Work", "not-an-address"}};
  EXPECT_THAT(company->CreateContact(mail), IsRefused());
}

TEST(Contacts, HoldTwentyPhonesAndNoMore) {
  WatchedCompany company;
  ContactDraft draft;
  draft.phones.assign(20, {0, "Work", "+16175550111"});
  const auto full = company->CreateContact(draft);
  ASSERT_THAT(full, IsOk());
  EXPECT_THAT(company->AddDetail(full->id, DetailKind::kPhone, {0, "Work", "+16175550112"}),
              IsRefused());
  draft.phones.push_back({0, "Work", "+16175550112"});
  EXPECT_THAT(company->CreateContact(draft), IsRefused());
}

TEST(Contacts, CannotHaveAFieldCleared) {
  WatchedCompany company;
  const auto made = company->CreateContact(Caller("+16175550111"));
  const auto refused = company->UpdateContact(made->id, {.first_name = " "});
  ASSERT_THAT(refused, IsRefused());
  EXPECT_THAT(refused.error().message, HasSubstr("first_name"));
  EXPECT_EQ(company->contacts().Get(made->id)->first_name, "Noor");
}

TEST(Contacts, MoveTheirUpdateTimeEvenWithoutAChange) {
  WatchedCompany company;
  const auto made = company->CreateContact(Caller("+16175550111"));
  company.clock().Advance(90s);
  const auto same = company->UpdateContact(made->id, {.first_name = "Noor"});
  ASSERT_THAT(same, IsOk());
  EXPECT_EQ(same->updated_at, made->updated_at + 90s);
  EXPECT_EQ(same->created_at, made->created_at);
}

TEST(Contacts, KeepTheirPhonesWhenAnUpdateHoldsOthers) {
  WatchedCompany company;
  const auto made = company->CreateContact(Caller("+16175550111"));
  ContactDraft draft = Caller("+16175550199");
  const auto updated = company->UpdateContact(made->id, draft);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->phones.front().value, "+16175550111");
}

TEST(Contacts, GainChangeAndLoseDetails) {
  WatchedCompany company;
  const auto made = company->CreateContact(Caller("+16175550111"));
  const auto mail =
      company->AddDetail(made->id, DetailKind::kEmail, {0, "Home", "noor@home.example"});
  ASSERT_THAT(mail, IsOk());
  const auto changed =
      company->ChangeDetail(made->id, DetailKind::kEmail, mail->id, {0, "", "n@h.example"});
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->label, "Home");
  EXPECT_THAT(company->RemoveDetail(made->id, DetailKind::kEmail, mail->id), IsOk());
  EXPECT_THAT(company->contacts().Get(made->id)->emails, IsEmpty());
  EXPECT_THAT(company->RemoveDetail(made->id, DetailKind::kEmail, mail->id), IsUnknown());
  EXPECT_THAT(company.EventNames(), ElementsAre("contact.created", "contact.updated",
                                                "contact.updated", "contact.updated"));
}

TEST(Contacts, AreFoundByTheDigitsOfAPhone) {
  WatchedCompany company;
  const auto made = company->CreateContact(Caller("+1 (617) 555-0111"));
  EXPECT_THAT(Ids(company->contacts().List({.phone_number = "+16175550111"}, {})),
              ElementsAre(made->id));
  EXPECT_THAT(Ids(company->contacts().List({.phone_number = "16175550199"}, {})), IsEmpty());
}

TEST(Contacts, AreFoundByEmailInAnyCase) {
  WatchedCompany company;
  const auto page = company->contacts().List({.email = "PRIYA@lumen.example"}, {});
  ASSERT_EQ(page.total, 1);
  EXPECT_EQ(page.items.front()->first_name, "Priya");
}

TEST(Contacts, LeaveWithEmptiedPhonesInTheirLastEvent) {
  WatchedCompany company;
  const auto made = company->CreateContact(Caller("+16175550111"));
  EXPECT_THAT(company->RemoveContact(made->id), IsOk());
  EXPECT_EQ(company.EventNames().back(), "contact.deleted");
  EXPECT_EQ(company.LastData().at("first_name"), "Noor");
  EXPECT_TRUE(company.LastData().at("phone_numbers").empty());
  EXPECT_THAT(company->contacts().Get(made->id), IsUnknown());
}

TEST(Contacts, ThatDoNotExistAreUnknownToEveryOperation) {
  WatchedCompany company;
  EXPECT_THAT(company->UpdateContact(1, {}), IsUnknown());
  EXPECT_THAT(company->RemoveContact(1), IsUnknown());
  EXPECT_THAT(company->AddDetail(1, DetailKind::kPhone, {0, "Work", "+16175550111"}), IsUnknown());
  EXPECT_THAT(company->ChangeDetail(1, DetailKind::kPhone, 1, {}), IsUnknown());
  EXPECT_TRUE(company.events().empty());
}

TEST(Contacts, CanBeMadeWithoutAnyoneHearing) {
  WatchedCompany company;
  EXPECT_THAT(company->CreateContact(Caller("+16175550111"), Announce::kNo), IsOk());
  EXPECT_TRUE(company.events().empty());
}

TEST(ContactEvents, HoldIsoTimesOnlyWhenSwitchedSo) {
  WorldSettings settings;
  ASSERT_THAT(settings.switches.Set("contacts.event_times", "iso"), IsOk());
  WatchedCompany documented(settings);
  WatchedCompany recorded;
  ASSERT_THAT(documented->CreateContact(Caller("+16175550111")), IsOk());
  ASSERT_THAT(recorded->CreateContact(Caller("+16175550111")), IsOk());
  EXPECT_EQ(documented.LastData().at("created_at"), "2026-09-29T16:40:00.000Z");
  EXPECT_EQ(recorded.LastData().at("created_at"), kStart);
  EXPECT_EQ(recorded.LastData().at("information"), "");
}

}  // namespace
}  // namespace sb::aircall::sandbox
