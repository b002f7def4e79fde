#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;

constexpr const char* kSendFile = "acme/actions/parcels.send.yaml";
constexpr const char* kFindFile = "acme/actions/parcels.find.yaml";

auto IsRefusedLoad() {
  return FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID");
}

TEST(LoadConnector, ReadsWhatTheFilesSay) {
  const Connector& acme = *Acme().FindConnector("acme");
  EXPECT_EQ(acme.title, "Acme");
  EXPECT_EQ(acme.base_url, "https://api.acme.example/rest");
  EXPECT_EQ(acme.oauth->scope, "read write");
  EXPECT_EQ(acme.check_action, "hello");
  EXPECT_EQ(acme.consent.key_help, "Ask an owner.");
  EXPECT_THAT(acme.consent.reads, ElementsAre("Parcels"));
  EXPECT_TRUE(acme.key_fields.at(1).secret);
  EXPECT_EQ(acme.quota.limit, 30);
  EXPECT_EQ(acme.quota.ceiling, 60);
  EXPECT_EQ(acme.events.at(0).type, "com.acme.parcel.sent");
  EXPECT_THAT(acme.always_subscribe, ElementsAre("parcel.lost"));
  EXPECT_EQ(TextMember(acme.objects.at("box"), "key"), "id");
}

TEST(LoadConnector, ResolvesReferencesBetweenFiles) {
  const auto* send = Acme().Find("acme.parcels.send");
  EXPECT_EQ(send->input_schema["properties"]["address"],
            Json({{"type", "string"}, {"minLength", 3}}));
}

TEST(LoadConnector, ReadsWhenToLookForAnEffect) {
  const auto* send = Acme().Find("acme.parcels.send");
  EXPECT_EQ(send->effect, core::workflow::EffectClass::kVerifiable);
  EXPECT_THAT(send->read_back_waits, ElementsAre(Millis(250), Millis(3000)));
}

TEST(Library, FindsActionsByNameVersionAndCatalog) {
  EXPECT_NE(Acme().Find("acme.parcels.find"), nullptr);
  EXPECT_NE(Acme().Find("acme.parcels.find:2.1.0"), nullptr);
  EXPECT_NE(Acme().Find("acme.parcels.find:2.1.0@default"), nullptr);
  EXPECT_EQ(Acme().Find("acme.parcels.find:1.0.0"), nullptr);
  EXPECT_EQ(Acme().Find("acme.parcels.find@elsewhere"), nullptr);
  EXPECT_EQ(Acme().Find("acme.parcels"), nullptr);
  EXPECT_EQ(Acme().Find("acme"), nullptr);
  EXPECT_EQ(Acme().Find("nobody.parcels.find"), nullptr);
}

TEST(Library, ListsItsActionsSorted) {
  EXPECT_THAT(Acme().Names(), ElementsAre("acme.hello", "acme.parcels.burn", "acme.parcels.find",
                                          "acme.parcels.send"));
}

TEST(Library, KnowsHowToReadAnewWhatAnEventIsAbout) {
  auto files = AcmeFiles();
  files.Edit("acme/objects/box.yaml", "schema:",
             "get: { action: parcels.find, by: text, with: { depot: main } }\n"
             "changes: { events: [parcel.sent, parcel.lost], deleted: [parcel.lost] }\nschema:");
  const auto library = files.Load();
  ASSERT_THAT(library, Succeeds());
  const auto* latest = (*library)->FindLatest("com.acme.parcel.sent");
  ASSERT_NE(latest, nullptr);
  EXPECT_EQ(latest->action, "acme.parcels.find");
  EXPECT_EQ(latest->by, "text");
  EXPECT_EQ(latest->key, "id");
  EXPECT_EQ(latest->with, Json({{"depot", "main"}}));
  EXPECT_EQ((*library)->FindLatest("com.acme.parcel.lost"), nullptr) << "it is gone";
  EXPECT_EQ((*library)->FindLatest("com.acme.parcel.found"), nullptr);
}

TEST(Library, PutsOtherAddressesInPlaceOfTheRealOnes) {
  const auto library = AcmeFiles().Load(
      {{"acme", {.api_url = "http://127.0.0.1:8600/", .oauth_url = "http://127.0.0.1:8601"}}});
  ASSERT_THAT(library, Succeeds());
  const Connector& acme = *(*library)->FindConnector("acme");
  EXPECT_EQ(acme.base_url, "http://127.0.0.1:8600/rest");
  EXPECT_EQ(acme.oauth->token_url, "http://127.0.0.1:8600/token");
  EXPECT_EQ(acme.oauth->authorize_url, "http://127.0.0.1:8601/consent");
}

TEST(Library, RefusesAddressesForAConnectorThatIsNotThere) {
  EXPECT_THAT(AcmeFiles().Load({{"apex", {.api_url = "http://127.0.0.1:1", .oauth_url = ""}}}),
              IsRefusedLoad());
}

TEST(LoadConnector, RefusesAManifestThatDoesNotSayWhomAnAccountBelongsTo) {
  auto files = AcmeFiles();
  files.Edit("acme/connector.yaml", "accounts: { company: { action: hello, name: .name } }\n", "");
  EXPECT_THAT(files.Load(), AllOf(IsRefusedLoad(), Says("`accounts` is missing")));
  AcmeFiles all_secret;
  all_secret.Edit("acme/connector.yaml", "name, secret: false", "name, secret: true");
  EXPECT_THAT(all_secret.Load(), AllOf(IsRefusedLoad(), Says("says whose key it is")));
  all_secret.Edit("acme/connector.yaml", "accounts: {",
                  "accounts: { external_id: { action: hello, pick: .id },");
  EXPECT_THAT(all_secret.Load(), Succeeds());
}

TEST(LoadConnector, NamesFileLineAndColumnOfAFault) {
  EXPECT_THAT(
      AcmeFiles().Edit(kSendFile, "method: POST", "method: SHOUT").Load(),
      AllOf(IsRefusedLoad(), Says("acme/actions/parcels.send.yaml:6:"), Says("request/method")));
}

TEST(LoadConnector, RefusesAnUnknownKey) {
  EXPECT_THAT(AcmeFiles().Edit(kSendFile, "title:", "tittle:").Load(),
              AllOf(IsRefusedLoad(), Says("tittle is not known")));
}

TEST(LoadConnector, RefusesAFileThatIsNoYaml) {
  EXPECT_THAT(AcmeFiles().Put(kSendFile, "action: [").Load(),
              Says("acme/actions/parcels.send.yaml:"));
}

TEST(LoadConnector, RefusesAFileInNoKnownPlace) {
  EXPECT_THAT(AcmeFiles().Put("acme/action/x.yaml", "a: 1").Load(),
              AllOf(IsRefusedLoad(), Says("acme/action/x.yaml")));
}

TEST(LoadConnector, RefusesAFolderWithoutItsManifest) {
  EXPECT_THAT(AcmeFiles().Remove("acme/connector.yaml").Load(),
              AllOf(IsRefusedLoad(), Says("no connector.yaml")));
}

TEST(LoadConnector, RefusesANameThatIsNotTheFolders) {
  EXPECT_THAT(AcmeFiles().Edit("acme/connector.yaml", "connector: acme", "connector: apex").Load(),
              IsRefusedLoad());
}

TEST(LoadConnector, RefusesAReferenceToAFileThatIsNotThere) {
  EXPECT_THAT(
      AcmeFiles().Remove("acme/schemas/address.yaml").Load(),
      AllOf(IsRefusedLoad(), Says("parcels.send.yaml:22:22"), Says("schemas/address.yaml")));
}

TEST(LoadConnector, RefusesSchemasThatReferToEachOther) {
  EXPECT_THAT(
      AcmeFiles().Put("acme/schemas/address.yaml", "items: { $ref: schemas/address.yaml }").Load(),
      AllOf(IsRefusedLoad(), Says("refers back to itself")));
}

TEST(LoadConnector, RefusesAReferenceWithNeighbours) {
  EXPECT_THAT(AcmeFiles()
                  .Edit(kSendFile, "{ $ref: schemas/address.yaml }",
                        "{ $ref: schemas/address.yaml, title: x }")
                  .Load(),
              AllOf(IsRefusedLoad(), Says("stands alone")));
}

TEST(LoadConnector, RefusesAnExpressionThatDoesNotCompile) {
  EXPECT_THAT(AcmeFiles().Edit(kFindFile, ".text | ascii_upcase", ".text | | x").Load(),
              AllOf(IsRefusedLoad(), Says("parcels.find.yaml:8:")));
  EXPECT_THAT(AcmeFiles().Edit(kFindFile, ".found | length", ".found | (").Load(),
              AllOf(IsRefusedLoad(), Says("parcels.find.yaml")));
  EXPECT_THAT(AcmeFiles().Edit(kSendFile, "if . > 0 then", "if . > $nothing then").Load(),
              AllOf(IsRefusedLoad(), Says("parcels.send.yaml")));
}

TEST(LoadConnector, RefusesAnInputThatAcceptsWhatNobodyReads) {
  EXPECT_THAT(AcmeFiles().Edit(kSendFile, "  additionalProperties: false\n", "").Load(),
              AllOf(IsRefusedLoad(), Says("additionalProperties: false")));
}

TEST(LoadConnector, RefusesAPathWhosePartTheInputMayLeaveOut) {
  EXPECT_THAT(AcmeFiles().Edit(kFindFile, "required: [depot, text]", "required: [text]").Load(),
              AllOf(IsRefusedLoad(), Says("{depot} must be a required member")));
}

TEST(LoadConnector, RefusesAMemberThatTheInputDoesNotHave) {
  EXPECT_THAT(AcmeFiles().Edit(kFindFile, "query_from: [labels", "query_from: [label").Load(),
              AllOf(IsRefusedLoad(), Says("label is no member")));
}

TEST(LoadConnector, RefusesAnExampleThatDoesNotFit) {
  EXPECT_THAT(AcmeFiles()
                  .Edit(kSendFile, "example: { address: Elm Street 5 }", "example: { address: 5 }")
                  .Load(),
              AllOf(IsRefusedLoad(), Says("example")));
}

TEST(LoadConnector, RefusesAVerifiableEffectThatNobodyLooksFor) {
  EXPECT_THAT(AcmeFiles().Edit("acme/actions/parcels.burn.yaml", "blind", "verifiable").Load(),
              AllOf(IsRefusedLoad(), Says("needs a read_back")));
}

TEST(LoadConnector, RefusesAReadBackThroughAnActionThatIsNotThere) {
  EXPECT_THAT(AcmeFiles().Edit(kSendFile, "action: parcels.find", "action: parcels.seek").Load(),
              AllOf(IsRefusedLoad(), Says("parcels.seek")));
  EXPECT_THAT(AcmeFiles().Edit(kSendFile, "depot: main", "shed: main").Load(),
              AllOf(IsRefusedLoad(), Says("'shed'")));
}

TEST(LoadConnector, RefusesACheckThatIsNoAction) {
  EXPECT_THAT(AcmeFiles().Edit("acme/connector.yaml", "action: hello", "action: hi").Load(),
              AllOf(IsRefusedLoad(), Says("acme/connector.yaml")));
}

TEST(LoadConnector, RefusesAnObjectReadByAnActionThatIsNotThere) {
  EXPECT_THAT(
      AcmeFiles().Edit("acme/objects/box.yaml", "action: hello", "action: boxes.list").Load(),
      AllOf(IsRefusedLoad(), Says("acme/objects/box.yaml:6:"), Says("boxes.list")));
}

TEST(LoadConnector, RefusesEventPlacesThatAreNoPointers) {
  EXPECT_THAT(AcmeFiles().Edit("acme/events.yaml", "/head/at", "/head~at").Load(),
              AllOf(IsRefusedLoad(), Says("acme/events.yaml:4:"), Says("JSON pointer")));
}

TEST(LoadConnector, ChecksHowAccountsAreConnected) {
  const auto with = [](const std::string& company) {
    return AcmeFiles()
        .Edit("acme/connector.yaml", "company: { action: hello, name: .name }",
              "company: " + company)
        .Load();
  };
  EXPECT_THAT(with("{ action: hello, name: .name }"), Succeeds());
  EXPECT_THAT(with("{ action: hi, name: .name }"), AllOf(IsRefusedLoad(), Says("'hi'")));
  EXPECT_THAT(with("{ action: hello, name: .name | ( }"),
              AllOf(IsRefusedLoad(), Says("acme/connector.yaml:37:45:")));
  EXPECT_THAT(with("{ action: hello }"), AllOf(IsRefusedLoad(), Says("name is required")));
}

TEST(LoadConnector, RefusesASchemeWithAValueThatNoFieldAsksFor) {
  EXPECT_THAT(AcmeFiles().Edit("acme/connector.yaml", "password: key", "password: pin").Load(),
              AllOf(IsRefusedLoad(), Says("'pin'")));
}

}  // namespace
}  // namespace sb::connector
