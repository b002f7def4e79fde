// Aircall's contacts as one side of a sync: what is read, and what it takes to change one.
#include <chrono>
#include <string>

#include "tests/integration/connector_side/aircall_side.h"

namespace sb::syncs {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only
using core::twoway::MatchBy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Json Mei() {
  return {{"first_name", "Mei"},
          {"last_name", "Tanaka"},
          {"company_name", "Lumen"},
          {"phone_numbers", Entries({{"Work", "+16175550199"}, {"Home", "+16175550198"}})},
          {"emails", Entries({{"Work", "mei@lumen.example"}})}};
}

ports::SideWrite ToMake(const Json& values, WallTime at) {
  ports::SideWrite write;
  write.op_key = "op-make";
  write.values = values;
  write.at = at;
  return write;
}

// ---- Reading

TEST_F(AircallSide, ReadsAContactWithItsListsAndWhenItChanged) {
  const std::string key = Made(Mei());
  const auto record = side_->Read(key, kLane);
  ASSERT_TRUE(record.ok() && *record);
  Json expected = Mei();
  expected["information"] = nullptr;
  EXPECT_EQ((*record)->key, key);
  EXPECT_EQ((*record)->native, expected);
  EXPECT_EQ((*record)->changed_at, testing::kStoryTime);
}

TEST_F(AircallSide, SaysThatAContactIsNotThere) {
  const auto record = side_->Read("99", kLane);
  ASSERT_TRUE(record.ok());
  EXPECT_FALSE(*record);
}

TEST_F(AircallSide, BelievesInADeleteOnlyWithACredentialThatIsGood) {
  const std::string key = Made(Mei());
  EXPECT_FALSE(side_->IsGone(key, kLane).value());
  DeletedInAircall(key);
  [[maybe_unused]] const auto before = actions_->NewActions();
  EXPECT_TRUE(side_->IsGone(key, kLane).value());
  EXPECT_THAT(actions_->NewActions(), ElementsAre("contacts.get", "ping"));
  actions_->refuse = [](const ports::ActionCall& call) -> std::optional<Error> {
    if (call.action != "aircall.ping") return {};
    return Unauthorized("AIRCALL_UNAUTHORIZED", "Aircall answered 403 to aircall.ping");
  };
  EXPECT_THAT(side_->IsGone(key, kLane), Fails(ErrorKind::kUnauthorized, "AIRCALL_UNAUTHORIZED"));
}

TEST_F(AircallSide, FindsWhoHasANumberOldestFirstAndNobodyElse) {
  const std::string older = Made(Mei());
  Json other = Mei();
  other["first_name"] = "Ken";
  const std::string younger = Made(other);
  const auto found = side_->Find({MatchBy::kPhone, "+16175550199"}, kLane);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_THAT(*found, SizeIs(2));
  EXPECT_EQ((*found)[0].key, older);
  EXPECT_EQ((*found)[1].key, younger);
  EXPECT_THAT(side_->Find({MatchBy::kEmail, "mei@lumen.example"}, kLane).value(), SizeIs(2));
  EXPECT_THAT(side_->Find({MatchBy::kPhone, "+16175550100"}, kLane).value(), IsEmpty());
  EXPECT_THAT(side_->Find({MatchBy::kExternalKey, younger}, kLane).value(), SizeIs(1));
  for (const char* stray : {"", "n/a", "0", "-4", "99"}) {
    EXPECT_THAT(side_->Find({MatchBy::kExternalKey, stray}, kLane).value(), IsEmpty()) << stray;
  }
}

// ---- Changing

TEST_F(AircallSide, ChangesATextWithTwoRequests) {
  const std::string key = Made(Mei());
  const auto written = Set(key, {{"company_name", "Lumen Tools"}});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_FALSE(written->moved);
  ASSERT_TRUE(written->record);
  EXPECT_EQ(written->record->native.at("company_name"), "Lumen Tools");
  EXPECT_EQ(written->record->native.at("phone_numbers"), Mei().at("phone_numbers"));
  EXPECT_THAT(actions_->NewActions(), ElementsAre("contacts.get", "contacts.update"));
  EXPECT_EQ(actions_->calls().back().input,
            Json({{"contact_id", std::stoll(key)}, {"company_name", "Lumen Tools"}}));
  EXPECT_EQ(actions_->calls().back().lane, kLane);
}

TEST_F(AircallSide, WritesNothingWhereTheContactIsNotAsExpected) {
  const std::string key = Made(Mei());
  ports::SideWrite write;
  write.key = key;
  write.values = {{"company_name", "Other"}};
  write.expected = {{"company_name", "Before"}};
  [[maybe_unused]] const auto before = actions_->NewActions();
  const auto written = side_->Update(write, kLane);
  ASSERT_TRUE(written.ok());
  EXPECT_TRUE(written->moved);
  ASSERT_TRUE(written->record);
  EXPECT_EQ(written->record->native.at("company_name"), "Lumen");
  EXPECT_THAT(actions_->NewActions(), ElementsAre("contacts.get"));
}

TEST_F(AircallSide, LooksAnewWhereTheContactWasReadTooLongAgo) {
  const std::string key = Made(Mei());
  ASSERT_EQ(NativeOf(key).at("company_name"), "Lumen");
  clock_.Advance(SideMemory::kFresh + Millis(1));
  emulator_.Look([&](aircall::sandbox::World& world) {
    ASSERT_TRUE(world.UpdateContact(std::stoll(key), {.company_name = "Lumen Tools"}).ok());
  });
  ports::SideWrite write;
  write.key = key;
  write.values = {{"company_name", "Other"}};
  write.expected = {{"company_name", "Lumen"}};
  const auto written = side_->Update(write, kLane);
  ASSERT_TRUE(written.ok());
  EXPECT_TRUE(written->moved);
  EXPECT_EQ(There(key)->company_name, "Lumen Tools");
}

TEST_F(AircallSide, CountsTheOrderOfAListForNothing) {
  const std::string key = Made(Mei());
  ports::SideWrite write;
  write.key = key;
  write.values = {{"phone_numbers", Entries({{"Work", "+16175550199"}})}};
  write.expected = {
      {"phone_numbers", Entries({{"Home", "+16175550198"}, {"Work", "+16175550199"}})}};
  const auto written = side_->Update(write, kLane);
  ASSERT_TRUE(written.ok());
  EXPECT_FALSE(written->moved);
}

TEST_F(AircallSide, AddsNumbersBeforeItRemovesAndKeepsTheIdsOfThoseThatStay) {
  const std::string key = Made(Mei());
  const auto before = There(key)->phones;
  const auto written =
      Set(key, {{"phone_numbers", Entries({{"Mobile", "+1 617-555-0199"}, {"", "+16175550190"}})}});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_THAT(actions_->NewActions(),
              ElementsAre("contacts.get", "contacts.phones.add", "contacts.phones.update",
                          "contacts.phones.delete", "contacts.get"));
  const auto after = There(key)->phones;
  ASSERT_THAT(after, SizeIs(2));
  EXPECT_EQ(after[0].id, before[0].id);
  EXPECT_EQ(after[0].label, "Mobile");
  EXPECT_EQ(after[0].value, "+16175550199");
  EXPECT_EQ(after[1].label, "Other") << "Aircall keeps no number without a label";
  EXPECT_EQ(written->record->native.at("phone_numbers"),
            Entries({{"Mobile", "+16175550199"}, {"Other", "+16175550190"}}));
}

TEST_F(AircallSide, RemovesEveryAddressAndAddsOneInAnyCase) {
  const std::string key = Made(Mei());
  ASSERT_TRUE(Set(key, {{"emails", nullptr}}).ok());
  EXPECT_THAT(There(key)->emails, IsEmpty());
  ASSERT_TRUE(Set(key, {{"emails", Entries({{"Home", "Mei@Home.example"}})}}).ok());
  EXPECT_THAT(There(key)->emails, SizeIs(1));
  [[maybe_unused]] const auto so_far = actions_->NewActions();
  ASSERT_TRUE(Set(key, {{"emails", Entries({{"Home", "mei@home.example"}})}}).ok());
  EXPECT_THAT(actions_->NewActions(), ElementsAre("contacts.get")) << "it is the same address";
}

TEST_F(AircallSide, ExchangesANumberWhereThereAreTwenty) {
  std::vector<std::pair<std::string, std::string>> twenty;
  for (int i = 0; i < 20; ++i) twenty.emplace_back("Work", "+161755501" + std::to_string(10 + i));
  Json full = Mei();
  full["phone_numbers"] = Entries(twenty);
  const std::string key = Made(full);
  twenty[3] = {"Mobile", "+16175550177"};
  twenty.erase(twenty.begin() + 10);
  const auto written = Set(key, {{"phone_numbers", Entries(twenty)}});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_THAT(There(key)->phones, SizeIs(19));
  EXPECT_THAT(actions_->NewActions(), ElementsAre("contacts.get", "contacts.phones.update",
                                                  "contacts.phones.delete", "contacts.get"));
}

TEST_F(AircallSide, LeavesATextThatAircallCannotEmpty) {
  const std::string key = Made(Mei());
  const auto written = Set(key, {{"company_name", nullptr}, {"last_name", ""}});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->record->native.at("company_name"), "Lumen");
  EXPECT_THAT(actions_->NewActions(), ElementsAre("contacts.get"));
  EXPECT_FALSE(side_->Shape().value().at("company_name").clears);
}

TEST_F(AircallSide, LeavesTheLastNumber) {
  const std::string key = Made(Mei());
  ASSERT_TRUE(Set(key, {{"phone_numbers", Json::array()}}).ok());
  EXPECT_THAT(There(key)->phones, SizeIs(2));
}

TEST_F(AircallSide, TellsWhatAircallRefusesInItsOwnWords) {
  const std::string key = Made(Mei());
  const auto refused = Set(key, {{"emails", Entries({{"Work", "no address"}})}});
  EXPECT_THAT(refused, Fails(ErrorKind::kInvalid, "LINK_VALUE_REFUSED"));
  EXPECT_THAT(refused.error().message, HasSubstr("value is not an e-mail address"));
  EXPECT_THAT(Set(key, {{"phone_numbers", Entries({{"Work", "extension 12"}})}}),
              Fails(ErrorKind::kInvalid, "LINK_VALUE_REFUSED"));
  EXPECT_EQ(NativeOf(key).at("phone_numbers"), Mei().at("phone_numbers"));
}

TEST_F(AircallSide, SaysThatAContactWentAwayWhileItWasWritten) {
  const std::string key = Made(Mei());
  actions_->refuse = [&](const ports::ActionCall& call) -> std::optional<Error> {
    if (call.action == "aircall.contacts.update") DeletedInAircall(key);
    return {};
  };
  const auto written = Set(key, {{"company_name", "Other"}});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_FALSE(written->record);
  EXPECT_FALSE(written->moved);
}

// ---- Losing answers

TEST_F(AircallSide, LooksAtTheContactWhenAnAnswerIsLostAndGoesOn) {
  const std::string key = Made(Mei());
  LoseAnswer("POST", "phone_details");
  const auto written =
      Set(key, {{"phone_numbers", Entries({{"Work", "+16175550199"}, {"New", "+16175550190"}})}});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->record->native.at("phone_numbers"),
            Entries({{"Work", "+16175550199"}, {"New", "+16175550190"}}));
  EXPECT_THAT(There(key)->phones, SizeIs(2)) << "the number was not added twice";
}

TEST_F(AircallSide, IsInDoubtWhileALostRequestMayStillArrive) {
  const std::string key = Made(Mei());
  LoseRequest("POST", "phone_details");
  const auto written = Set(key, {{"phone_numbers", Entries({{"New", "+16175550190"}})}});
  EXPECT_THAT(written, Fails(ErrorKind::kInDoubt, "HTTP_NO_ANSWER"));
  EXPECT_EQ(NativeOf(key), [] {
    Json native = Mei();
    native["information"] = nullptr;
    return native;
  }());
}

TEST_F(AircallSide, GoesOnFromWhatIsThereAfterItDiedHalfway) {
  const std::string key = Made(Mei());
  const Json wanted = Entries({{"Work", "+16175550190"}, {"Work", "+16175550191"}});
  int adds = 0;
  actions_->refuse = [&](const ports::ActionCall& call) -> std::optional<Error> {
    if (call.action != "aircall.contacts.phones.add" || ++adds < 2) return {};
    return Cancelled("ENGINE_STOPPING", "the engine stops");
  };
  EXPECT_THAT(Set(key, {{"phone_numbers", wanted}}), Fails(ErrorKind::kInDoubt, "ENGINE_STOPPING"));
  EXPECT_THAT(There(key)->phones, SizeIs(3));
  actions_->refuse = {};
  ASSERT_TRUE(Set(key, {{"phone_numbers", wanted}}).ok());
  EXPECT_THAT(actions_->NewActions(),
              ElementsAre("contacts.get", "contacts.phones.add", "contacts.phones.delete",
                          "contacts.phones.delete", "contacts.get"));
  EXPECT_EQ(NativeOf(key).at("phone_numbers"), wanted);
}

// ---- Making and deleting

TEST_F(AircallSide, MakesAContactWithOneRequest) {
  const std::size_t before = HowMany();
  Json values = Mei();
  values["phone_numbers"][1]["label"] = "";
  const auto made = side_->Create(ToMake(values, clock_.Now()), kLane);
  ASSERT_TRUE(made.ok()) << made.error().message;
  ASSERT_TRUE(made->record);
  EXPECT_EQ(made->record->native.at("phone_numbers"),
            Entries({{"Work", "+16175550199"}, {"Other", "+16175550198"}}));
  EXPECT_EQ(HowMany(), before + 1);
  EXPECT_THAT(actions_->NewActions(), ElementsAre("contacts.create"));
}

TEST_F(AircallSide, CannotMakeAContactWithoutNumber) {
  EXPECT_THAT(side_->Create(ToMake({{"first_name", "Mei"}}, clock_.Now()), kLane),
              Fails(ErrorKind::kInvalid, "LINK_VALUE_REFUSED"));
}

class AircallWhoseSearchLags : public AircallSide {
 protected:
  AircallWhoseSearchLags() : AircallSide({"contacts.search_lag=20"}) {}
};

TEST_F(AircallWhoseSearchLags, FindsTheContactWhoseAnswerWasLostAndMakesNoOther) {
  const std::size_t before = HowMany();
  const auto write = ToMake(Mei(), clock_.Now());
  LoseAnswer("POST", "/v1/contacts$");
  EXPECT_THAT(side_->Create(write, kLane), Fails(ErrorKind::kInDoubt, "HTTP_NO_ANSWER"));
  const auto early = side_->FindCreated(write, kLane);
  EXPECT_THAT(early, Fails(ErrorKind::kUnavailable, "LINK_CREATE_UNCERTAIN"));
  EXPECT_EQ(early.error().retry_after, 2s);
  clock_.Advance(25s);
  const auto found = side_->FindCreated(write, kLane);
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ((*found)->native.at("first_name"), "Mei");
  EXPECT_EQ(HowMany(), before + 1);
}

TEST_F(AircallWhoseSearchLags, SaysAfterAMinuteThatNothingWasMade) {
  const auto write = ToMake(Mei(), clock_.Now());
  LoseRequest("POST", "/v1/contacts$");
  EXPECT_THAT(side_->Create(write, kLane), Fails(ErrorKind::kInDoubt, "HTTP_NO_ANSWER"));
  for (const auto wait : {0s, 2s, 5s, 15s, 30s}) {
    clock_.Advance(wait);
    EXPECT_THAT(side_->FindCreated(write, kLane),
                Fails(ErrorKind::kUnavailable, "LINK_CREATE_UNCERTAIN"));
  }
  clock_.Advance(8s);
  const auto found = side_->FindCreated(write, kLane);
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(*found);
}

TEST_F(AircallSide, TakesNobodyElsesContactForTheOneThatWasLost) {
  Made(Mei());
  clock_.Advance(1h);
  const auto write = ToMake(Mei(), clock_.Now());
  EXPECT_THAT(side_->FindCreated(write, kLane),
              Fails(ErrorKind::kUnavailable, "LINK_CREATE_UNCERTAIN"));
}

TEST_F(AircallSide, DeletesNoContactThatWasEditedMeanwhile) {
  const std::string key = Made(Mei());
  ports::SideWrite write;
  write.key = key;
  write.expected = {{"company_name", "As it was before"}};
  EXPECT_THAT(side_->Delete(write, kLane), Fails(ErrorKind::kConflict, "LINK_RECORD_MOVED"));
  EXPECT_TRUE(There(key));
  write.expected = {{"company_name", NativeOf(key).at("company_name")}};
  EXPECT_TRUE(side_->Delete(write, kLane).ok());
  EXPECT_FALSE(There(key));
}

TEST_F(AircallSide, DeletesAContactAndOneThatIsGoneAlready) {
  const std::string key = Made(Mei());
  ports::SideWrite write;
  write.key = key;
  EXPECT_TRUE(side_->Delete(write, kLane).ok());
  EXPECT_FALSE(There(key));
  EXPECT_TRUE(side_->Delete(write, kLane).ok());
}

// ---- Being told

TEST_F(AircallSide, HearsOfAChangeWithTheWholeContact) {
  const Json data = {
      {"id", 7},
      {"first_name", "Tomas"},
      {"company_name", ""},
      {"updated_at", "2026-09-29T10:06:00.000Z"},
      {"emails", Json::array()},
      {"phone_numbers", {{{"id", 1}, {"label", "Work"}, {"value", "+16175550177"}}}}};
  const auto heard = side_->Hear("io.aircall.contact.updated", data);
  ASSERT_TRUE(heard.ok() && *heard && (*heard)->record);
  EXPECT_EQ((*heard)->key, "7");
  EXPECT_FALSE((*heard)->gone);
  EXPECT_EQ((*heard)->record->native.at("phone_numbers"), Entries({{"Work", "+16175550177"}}));
  EXPECT_EQ((*heard)->record->changed_at, ParseRfc3339("2026-09-29T10:06:00Z"));
  Json part = data;
  part.erase("emails");
  const auto less = side_->Hear("io.aircall.contact.updated", part);
  ASSERT_TRUE(less.ok() && *less);
  EXPECT_FALSE((*less)->record) << "it has to be read";
}

TEST_F(AircallSide, HearsOfADeleteAndOfNothingElse) {
  const auto gone = side_->Hear("io.aircall.contact.deleted", {{"id", 7}});
  ASSERT_TRUE(gone.ok() && *gone);
  EXPECT_TRUE((*gone)->gone);
  EXPECT_FALSE((*gone)->record);
  EXPECT_FALSE(side_->Hear("io.aircall.call.ended", {{"id", 7}}).value());
  EXPECT_THAT(side_->Changes("", 100).value().hints, IsEmpty());
}

TEST_F(AircallSide, PassesOverAnEventInWhichNoContactCanBeFound) {
  for (const Json& data : {Json("contact"), Json(7), Json::array({1}), Json()}) {
    for (const char* type : {"io.aircall.contact.updated", "io.aircall.contact.deleted"}) {
      const auto heard = side_->Hear(type, data);
      ASSERT_TRUE(heard.ok()) << data.dump();
      EXPECT_FALSE(*heard) << data.dump();
    }
  }
}

// ---- Real names

TEST_F(AircallSide, HoldsRealNamesAsTheyAreWritten) {
  int number = 10;
  for (const char* name : {"Zoë Ångström", "Nguyễn Thị Ánh", "محمد العلي", "山田 太郎",
                           "👩‍💻 Ada", "Conan O'Brien \"Coco\""}) {
    const auto made = side_->Create(
        ToMake(
            {{"first_name", name},
             {"phone_numbers", Entries({{"Bureau n° 1", "+161755501" + std::to_string(number)}})}},
            clock_.Now()),
        kLane);
    ++number;
    ASSERT_TRUE(made.ok() && made->record) << name;
    EXPECT_EQ(NativeOf(made->record->key).at("first_name"), name);
    ASSERT_TRUE(Set(made->record->key, {{"last_name", name}}).ok()) << name;
    EXPECT_EQ(NativeOf(made->record->key).at("last_name"), name);
  }
}

}  // namespace
}  // namespace sb::syncs
