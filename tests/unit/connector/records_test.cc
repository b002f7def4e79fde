// What can be kept the same in two systems is data: how a record is read, found, made, changed and
// deleted.
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using core::twoway::FieldLimits;
using core::twoway::RecordKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kRecordFile = "acme/records/parcel.yaml";
constexpr const char* kRecord = R"yaml(record: parcel
title: Parcel
stream: parcels
define: 'def half: . / 2;'
key: .id
changed_at: .weighed_at
fields:
  address: { type: text, most_chars: 40, required: true }
  weight: { type: number, from: '.grams // 0 | half', clears: false, comment: In half grams }
  phones: { type: phones, least: 1, most: 3, blank_label: Other }
  depot: { type: text, from: .depot.name, read_only: true }
read: { action: parcels.find, with: { depot: main, text: '${ $key }' }, pick: '.[0]' }
find:
  phone: [{ action: parcels.find, with: { depot: main, text: '${ $value }' } }]
create: { action: parcels.send, with: { address: '${ $target.address }' } }
changes:
  - { action: parcels.move, each: '[{ id: .id, weight: ($target.weight | half) }]', pick: . }
delete: { action: parcels.move, with: { id: '${ $key | tonumber }' } }
prove: { action: hello }
events: { changed: [parcel.sent], gone: [parcel.lost], key: .parcel.id, whole: .parcel != null }
)yaml";

constexpr const char* kMove = R"yaml(action: parcels.move
version: 1.0.0
title: Move a parcel
description: To where it belongs.
request: { method: PUT, path: '/parcels/{id}', body_from: [weight] }
effect: { class: idempotent }
input:
  type: object
  additionalProperties: false
  required: [id]
  properties: { id: { type: integer }, weight: { type: number } }
docs: https://acme.example/docs/move
checked: '2026-01-31'
example: { id: 7 }
)yaml";

constexpr const char* kStream = R"yaml(stream: parcels
title: Parcels
singular: parcel
object: box
list: { action: hello, items: '[.]' }
key: [id]
columns: [{ name: id, type: text }]
)yaml";

AcmeFiles WithRecord(const std::string& from = {}, const std::string& to = {}) {
  AcmeFiles files;
  files.Put(kRecordFile, kRecord)
      .Put("acme/streams/parcels.yaml", kStream)
      .Put("acme/actions/parcels.move.yaml", kMove);
  if (!from.empty()) files.Edit(kRecordFile, from, to);
  return files;
}

class Records : public ::testing::Test {
 protected:
  Json NativeOf(const Json& object) const {
    return Jq().Evaluate(parcel_.native, object, {}).value();
  }

  const std::unique_ptr<Library> library_ = std::move(WithRecord().Load()).value();
  const RecordKind& parcel_ = library_->Records().at("acme").at("parcel");
};

TEST_F(Records, AreDescribedByTheirFiles) {
  EXPECT_EQ(parcel_.name, "parcel");
  EXPECT_EQ(parcel_.stream, "parcels");
  EXPECT_THAT(parcel_.fields, SizeIs(4));
  const FieldLimits& address = parcel_.fields.at("address");
  EXPECT_EQ(address.type, "text");
  EXPECT_EQ(address.most_chars, 40U);
  EXPECT_TRUE(address.required && address.clears && address.writable);
  EXPECT_FALSE(parcel_.fields.at("weight").clears);
  EXPECT_EQ(parcel_.fields.at("weight").comment, "In half grams");
  const FieldLimits& phones = parcel_.fields.at("phones");
  EXPECT_EQ(phones.least, 1U);
  EXPECT_EQ(phones.most, 3U);
  EXPECT_EQ(phones.blank_label, "Other");
  EXPECT_FALSE(parcel_.fields.at("depot").writable);
  EXPECT_THAT(parcel_.changed_events, ElementsAre("com.acme.parcel.sent"));
  EXPECT_THAT(parcel_.gone_events, ElementsAre("com.acme.parcel.lost"));
  EXPECT_THAT(parcel_.find_phone, SizeIs(1));
  EXPECT_THAT(parcel_.find_email, IsEmpty());
  EXPECT_EQ(parcel_.remove.action, "parcels.move");
  EXPECT_EQ(library_->FindConnector("acme")->records.at("parcel").name, "parcel");
}

TEST_F(Records, HaveEveryFieldInTheirNativeForm) {
  const Json bare = {
      {"address", nullptr}, {"weight", 0}, {"phones", Json::array()}, {"depot", nullptr}};
  EXPECT_EQ(NativeOf(Json::object()), bare) << "whether or not the provider tells it";
}

TEST_F(Records, SeeTheirDefinitionsInEveryExpression) {
  const Json object = {{"id", 7},
                       {"grams", 10},
                       {"depot", {{"name", "North"}}},
                       {"phones", {{{"id", 1}, {"value", "+33"}, {"label", "Work"}}}}};
  EXPECT_EQ(NativeOf(object).at("weight"), 5);
  EXPECT_EQ(NativeOf(object).at("depot"), "North");
  EXPECT_EQ(NativeOf(object).at("phones"), Json({{{"value", "+33"}, {"label", "Work"}}}));
  const auto inputs = Jq().Evaluate(parcel_.changes[0].each, object, {{"target", {{"weight", 8}}}});
  EXPECT_EQ(inputs.value(), Json({{{"id", 7}, {"weight", 4}}}));
  const auto with =
      core::workflow::EvaluateTemplate(Jq(), parcel_.remove.with, Json::object(), {{"key", "7"}});
  EXPECT_EQ(with.value(), Json({{"id", 7}}));
}

TEST_F(Records, AreAbsentFromAConnectorThatHasNone) {
  EXPECT_THAT(Acme().Records(), IsEmpty());
  EXPECT_THAT(Acme().FindConnector("acme")->records, IsEmpty());
}

/// A mistake in the file, and what is said of it.
struct Mistake {
  std::string name;
  std::string from;
  std::string to;
  std::string says;
};

class MistakenRecord : public ::testing::TestWithParam<Mistake> {};

TEST_P(MistakenRecord, IsRefusedAtItsPlace) {
  const auto library = WithRecord(GetParam().from, GetParam().to).Load();
  EXPECT_THAT(library, FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(library, Says(std::string(kRecordFile) + ":"));
  EXPECT_THAT(library, Says(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    All, MistakenRecord,
    ::testing::Values(
        Mistake{"name", "record: parcel", "record: box", "must be the file's name"},
        Mistake{"stream", "stream: parcels", "stream: boxes", "streams/ has no 'boxes'"},
        Mistake{"unknown_member", "title: Parcel", "title: Parcel\ncolour: red", "colour"},
        Mistake{"type", "type: number", "type: colour", "fields/weight/type"},
        Mistake{"length", "type: number,", "type: number, most_chars: 4,",
                "only a text has a length"},
        Mistake{"list", "most_chars: 40", "least: 1", "belong to phones and emails"},
        Mistake{"least", "least: 1, most: 3", "least: 4, most: 3", "is more than `most`"},
        Mistake{"read_only", "from: .depot.name,", "from: .depot.name, required: true,",
                "a record cannot be made"},
        Mistake{"event", "[parcel.sent]", "[parcel.seen]", "events.yaml has no event"},
        Mistake{"deaf",
                "events: { changed: [parcel.sent], gone: [parcel.lost], key: .parcel.id, whole: "
                ".parcel != null }\n",
                "", "nothing tells of changes"},
        Mistake{"asking", "title: Parcel", "title: Parcel\nask_every: PT5S",
                "events` tell of them"},
        Mistake{"how_often", "title: Parcel", "title: Parcel\nask_every: soon", "ask_every"},
        Mistake{"action", "prove: { action: hello }", "prove: { action: bye }",
                "there is no action 'bye'"},
        Mistake{"input", "with: { address:", "with: { street:", "takes no 'street'"},
        Mistake{"reading", "read: { action: parcels.find, with: { depot: main, text: '${ $key }' }",
                "read: { action: parcels.move, with: { id: '${ $key }' }", "class read"},
        Mistake{"creating",
                "create: { action: parcels.send, with: { address: '${ $target.address }' } }",
                "create: { action: parcels.move, with: { id: 1 } }", "class verifiable"},
        Mistake{"deleting",
                "delete: { action: parcels.move, with: { id: '${ $key | tonumber }' } }",
                "delete: { action: parcels.burn, with: { id: 1 } }", "class idempotent"},
        Mistake{"changing", "- { action: parcels.move, each:", "- { action: parcels.burn, each:",
                "what it did must show"},
        Mistake{"expression", "key: .id", "key: .id |", "is not valid jq"},
        Mistake{"argument", "text: '${ $key }'", "text: '${ $name }'", "name"},
        Mistake{"definition", "def half: . / 2;", "def third: . / 3;", "half"}),
    [](const ::testing::TestParamInfo<Mistake>& mistake) { return mistake.param.name; });

TEST(RecordOfAStream, NeedsAKeyAndAListOfWholeObjects) {
  AcmeFiles keyless = WithRecord();
  keyless.Edit("acme/streams/parcels.yaml", "key: [id]", "key: []");
  EXPECT_THAT(keyless.Load(), Says("its objects have no key"));
  AcmeFiles detailed = WithRecord();
  detailed.Edit("acme/streams/parcels.yaml", "key: [id]",
                "get: { action: hello, with: {} }\ndetailed: true\nkey: [id]");
  EXPECT_THAT(detailed.Load(), Says("its list leaves parts out"));
}

TEST(AircallsContact, KnowsWhatAircallCanHold) {
  const RecordKind& contact = Aircall().Records().at("aircall").at("contact");
  for (const char* name : {"first_name", "last_name", "company_name", "information"}) {
    EXPECT_FALSE(contact.fields.at(name).clears) << name << ": Aircall cannot empty it";
  }
  EXPECT_EQ(contact.fields.at("phone_numbers").most, 20U);
  EXPECT_EQ(contact.fields.at("phone_numbers").least, 1U);
  EXPECT_TRUE(contact.fields.at("phone_numbers").required);
  EXPECT_EQ(contact.fields.at("emails").most, 20U);
  EXPECT_EQ(contact.fields.at("emails").least, 0U);
  EXPECT_THAT(contact.changed_events,
              ElementsAre("io.aircall.contact.created", "io.aircall.contact.updated"));
  EXPECT_THAT(contact.gone_events, ElementsAre("io.aircall.contact.deleted"));
}

}  // namespace
}  // namespace sb::connector
