// What can be replicated of a provider is data: how its collections are read, what is in a row, and
// which events tell of it.
#include "engine/connector/streams.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/connector/event_rows.h"
#include "engine/core/sync/import_rules.h"
#include "engine/core/sync/rows.h"
#include "engine/core/sync/table_plan.h"
#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only
using core::sync::Stream;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kParcelStreamFile = "acme/streams/parcels.yaml";
constexpr const char* kParcelStream = R"yaml(stream: parcels
title: Parcels
singular: parcel
object: box
list:
  action: parcels.find
  with: { depot: north, text: '${ "\($from)-\($to)-\($page)" }' }
  items: .found
  more: .meta.pages > $page
  total: .meta.total
paging: { per_page: 50, most: 1000, window: .sent_at, reach: P30D, overlap: PT2H }
changes: { action: parcels.find, with: { depot: north, text: '${ "\($page)" }' }, items: .found }
changed_at: .weighed_at
get: { action: parcels.find, with: { depot: north, text: '${ $id }' }, item: '.found[0]' }
key: [id]
columns:
  - { name: id, type: bigint }
  - { name: depot_id, type: text, from: .depot.id, refers_to: depots }
  - { name: heavy, type: boolean, from: .weight > 10, events: false }
  - { name: sent_at, type: timestamp }
children:
  - table: stamps
    title: Stamps
    items: .stamps
    key: [code]
    columns: [{ name: code, type: text }]
leave_out: [link]
rules:
  - { name: max_weight, title: At most so heavy, limit: bytes, passes: .weight <= $limit, reason: '"it weighs \(.weight)"' }
  - { name: addressed, title: It has an address, passes: .address != null, reason: '"it has none"' }
live: { events: [parcel.sent], gone: [parcel.lost], object: .parcel }
)yaml";

constexpr const char* kDepotStream = R"yaml(stream: depots
title: Depots
singular: depot
object: box
list: { action: hello, items: '[.]' }
key: [id]
columns: [{ name: id, type: text }]
)yaml";

AcmeFiles WithStreams(const std::string& from = {}, const std::string& to = {}) {
  AcmeFiles files;
  files.Put(kParcelStreamFile, kParcelStream).Put("acme/streams/depots.yaml", kDepotStream);
  if (!from.empty()) files.Edit(kParcelStreamFile, from, to);
  return files;
}

class Streams : public ::testing::Test {
 protected:
  const std::unique_ptr<Library> library_ = std::move(WithStreams().Load()).value();
  const Stream& parcels_ = library_->FindStreams("acme")->at("parcels");
};

// ---- What no list shows

constexpr const char* kLetterStream = R"yaml(stream: letters
title: Letters
singular: letter
named: { events: [parcel.sent], key: .letter_id }
get: { action: parcels.find, with: { depot: north, text: '${ $id }' }, item: '.found[0] + { id: $id }' }
key: [id]
columns: [{ name: id, type: text }]
)yaml";
constexpr const char* kLetterStreamFile = "acme/streams/letters.yaml";

TEST(NamedStreams, AreReadOneByOneWhenAnEventNamesOne) {
  AcmeFiles files = WithStreams();
  files.Put(kLetterStreamFile, kLetterStream);
  const auto library = files.Load();
  ASSERT_THAT(library, Succeeds());
  const Stream& letters = (*library)->FindStreams("acme")->at("letters");
  EXPECT_TRUE(letters.by_name);
  EXPECT_FALSE(letters.is_listed());
  ASSERT_NE(FindLive(letters, "com.acme.parcel.sent"), nullptr);
  EXPECT_EQ(EventObject(letters, {{"letter_id", 5}}, Jq()).value(), Json(5));
  EXPECT_EQ(ReadStreamObject(*letters.get, "5", Json::parse(R"({"found": [{"weight": 1}]})"), Jq())
                .value()
                .at("id"),
            "5");
}

TEST(NamedStreams, HaveNoListAndAKeyOfOneColumn) {
  AcmeFiles files = WithStreams();
  files.Put(kLetterStreamFile,
            std::string(kLetterStream) + "list: { action: hello, items: '[.]' }\n");
  EXPECT_FALSE(files.Load().ok());
  files.Put(kLetterStreamFile, kLetterStream).Edit(kLetterStreamFile, "key: [id]", "key: []");
  const auto keyless = files.Load();
  ASSERT_FALSE(keyless.ok());
  EXPECT_THAT(keyless.error().message, ::testing::HasSubstr("key of one column"));
  files.Put(kLetterStreamFile, kLetterStream).Edit(kLetterStreamFile, "parcel.sent", "parcel.read");
  const auto eventless = files.Load();
  ASSERT_FALSE(eventless.ok());
  EXPECT_THAT(eventless.error().message, ::testing::HasSubstr("parcel.read"));
}

// ----

TEST_F(Streams, AreDescribedByTheirFiles) {
  EXPECT_THAT(library_->Sources(), ElementsAre("acme"));
  EXPECT_EQ(library_->FindStreams("nobody"), nullptr);
  EXPECT_EQ(parcels_.title, "Parcels");
  EXPECT_EQ(parcels_.shape.most, 1000);
  EXPECT_TRUE(parcels_.shape.windowed);
  EXPECT_EQ(parcels_.shape.reach, Millis(30 * 24h));
  EXPECT_EQ(parcels_.overlap, Millis(2h));
  EXPECT_TRUE(parcels_.changes);
  EXPECT_THAT(parcels_.key, ElementsAre("id"));
  ASSERT_THAT(parcels_.columns, SizeIs(4));
  EXPECT_THAT(parcels_.columns[1].from.path, ElementsAre("depot", "id"));
  EXPECT_EQ(parcels_.columns[2].from.program, ".weight > 10");
  EXPECT_FALSE(parcels_.columns[2].in_events);
  EXPECT_THAT(parcels_.relations, ElementsAre(core::sync::Relation{"depot_id", "depots"}));
  EXPECT_THAT(parcels_.children, SizeIs(1));
  ASSERT_NE(parcels_.FindRule("max_weight"), nullptr);
  EXPECT_EQ(parcels_.FindRule("max_weight")->limit, core::sync::LimitType::kBytes);
  EXPECT_EQ(parcels_.FindRule("addressed")->limit, core::sync::LimitType::kNone);
  EXPECT_EQ(parcels_.FindRule("colour"), nullptr);
  EXPECT_FALSE(library_->FindStreams("acme")->at("depots").shape.windowed);
}

TEST_F(Streams, AreAbsentFromAConnectorThatHasNone) {
  EXPECT_THAT(Acme().Sources(), IsEmpty());
  EXPECT_EQ(Acme().FindStreams("acme"), nullptr);
}

TEST_F(Streams, AreReadPageByPage) {
  const core::sync::Window window{WallTime(100s), WallTime(200s)};
  EXPECT_EQ(StreamInput(parcels_.list, window, 3, Jq()).value(),
            Json({{"depot", "north"}, {"text", "100-200-3"}}));
  Json output =
      Json::parse(R"({"found": [{"id": 1}, {"id": 2}], "meta": {"pages": 4, "total": 180}})");
  const auto page = ReadStreamPage(parcels_.list, output, 3, Jq());
  ASSERT_THAT(page, Succeeds());
  EXPECT_THAT(page->objects, SizeIs(2));
  EXPECT_EQ(page->total, 180);
  EXPECT_TRUE(page->more);
  EXPECT_FALSE(ReadStreamPage(parcels_.list, output, 4, Jq())->more);
  output["meta"].erase("total");
  EXPECT_THAT(ReadStreamPage(parcels_.list, output, 3, Jq()),
              FailsWith(ErrorKind::kUnavailable, "STREAM_UNREADABLE"));
  EXPECT_THAT(ReadStreamPage(parcels_.list, Json::object(), 1, Jq()),
              FailsWith(ErrorKind::kUnavailable, "STREAM_UNREADABLE"));
}

TEST_F(Streams, AreReadOneByOne) {
  EXPECT_EQ(StreamGetInput(*parcels_.get, "17", Jq()).value(),
            Json({{"depot", "north"}, {"text", "17"}}));
  EXPECT_EQ(ReadStreamObject(*parcels_.get, "17", Json::parse(R"({"found": [{"id": 17}]})"), Jq())
                .value()
                .at("id"),
            17);
  EXPECT_THAT(ReadStreamObject(*parcels_.get, "17", Json::parse(R"({"found": []})"), Jq()),
              FailsWith(ErrorKind::kUnavailable, "STREAM_UNREADABLE"));
}

TEST_F(Streams, AreToldOfByEvents) {
  const auto* sent = FindLive(parcels_, "com.acme.parcel.sent");
  const auto* lost = FindLive(parcels_, "com.acme.parcel.lost");
  ASSERT_NE(sent, nullptr);
  ASSERT_NE(lost, nullptr);
  EXPECT_FALSE(sent->gone);
  EXPECT_TRUE(lost->gone);
  EXPECT_LT(sent->rank, lost->rank) << "as events.yaml has them";
  EXPECT_EQ(FindLive(parcels_, "com.acme.parcel.found"), nullptr);
  EXPECT_EQ(EventObject(parcels_, Json::parse(R"({"parcel": {"id": 1}})"), Jq())->at("id"), 1);
}

TEST_F(Streams, SayWhereTheyAreWrong) {
  const auto fault = [](const std::string& from, const std::string& to) {
    return WithStreams(from, to).Load();
  };
  EXPECT_THAT(fault("stream: parcels", "stream: letters"), Says("must be the file's name"));
  EXPECT_THAT(fault("object: box", "object: crate"), Says("objects/ has no 'crate'"));
  EXPECT_THAT(fault("action: parcels.find", "action: parcels.seek"), Says("no action"));
  EXPECT_THAT(fault("depot: north, text: '${ \"\\($from)", "town: north, text: '${ \"\\($from)"),
              Says("takes no 'town'"));
  EXPECT_THAT(fault("window: .sent_at", "window: .lost_at"), Says("no timestamp column"));
  EXPECT_THAT(fault("key: [id]", "key: [uuid]"), Says("there is no column 'uuid'"));
  EXPECT_THAT(fault("key: [code]", "key: [colour]"), Says("there is no column 'colour'"));
  EXPECT_THAT(fault("name: heavy", "name: id"), Says("there is a column 'id' already"));
  EXPECT_THAT(fault("name: heavy", "name: raw"), Says("there is a column 'raw' already"));
  EXPECT_THAT(fault("refers_to: depots", "refers_to: towns"), Says("which is no stream"));
  EXPECT_THAT(fault("table: stamps", "table: depots"), Says("there is a table 'depots' already"));
  EXPECT_THAT(fault("from: .weight > 10", "from: .weight >"),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(fault("columns: [{ name: code, type: text }]",
                    "columns: [{ name: code, type: text, from: .a + 1 }]"),
              Says("members of an item"));
  EXPECT_THAT(fault("gone: [parcel.lost]", "gone: [parcel.eaten]"),
              Says("events.yaml has no event 'parcel.eaten'"));
  EXPECT_THAT(fault("changed_at: .weighed_at\n", ""), Says("belong together"));
  EXPECT_THAT(fault("name: addressed", "name: max_weight"),
              Says("there is a rule 'max_weight' already"));
  EXPECT_THAT(fault("passes: .weight <= $limit", "passes: .weight <= $most"),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(fault("title: It has an address", "title: It has an address, limit_optional: true"),
              Says("`limit` says what it is"));
}

// ---- Aircall's own ----

const std::map<std::string, Stream>& AircallStreams() {
  return *Aircall().FindStreams("aircall");
}

std::string CellOf(const Stream& stream, const core::sync::MappedRow& row,
                   const std::string& column) {
  for (std::size_t i = 0; i < stream.columns.size(); ++i) {
    if (stream.columns[i].name == column) return row.cells[i].value_or("null");
  }
  return "no such column";
}

core::sync::MappedRow MapOne(const Stream& stream, const Json& object) {
  const auto mapped = core::sync::MapObjects(stream, {object}, Jq());
  EXPECT_THAT(mapped, Succeeds());
  EXPECT_THAT(mapped->rows, SizeIs(1));
  EXPECT_TRUE(mapped->drift.empty());
  return mapped->rows.at(0);
}

Json RecordedCall() {
  return Json::parse(R"({"id": 4190000017, "sid": "CA0f", "direction": "inbound", "status": "done",
    "started_at": 1790700000, "answered_at": 1790700012, "ended_at": 1790700200, "duration": 200,
    "cost": "0.0", "raw_digits": "+1 617-555-0142", "voicemail": null,
    "recording": "https://recordings.example.net/1.mp3?expires=3600",
    "asset": "https://assets.aircall.io/calls/4190000017/recording", "archived": false,
    "user": {"id": 2100001, "name": "Ines"}, "number": {"id": 1400001}, "contact": null,
    "teams": [], "comments": [{"id": 1, "content": "Hello", "posted_at": 1790700300, "posted_by": null}],
    "tags": [{"id": 31, "name": "Follow Up", "tagged_at": 1790700301, "tagged_by": {}}],
    "conference_participants": [{"type": "external", "phone_number": "+1 617-555-0142"}]})");
}

TEST(AircallStreams, AreThoseThatOthersReplicateAndTheirParts) {
  std::set<std::string> streams;
  std::set<std::string> parts;
  for (const auto& [name, stream] : AircallStreams()) {
    streams.insert(name);
    for (const auto& child : stream.children) parts.insert(child.table);
  }
  EXPECT_THAT(streams, ElementsAre("calls", "company", "contacts", "events", "numbers", "tags",
                                   "teams", "user_availability", "users", "webhooks"));
  EXPECT_THAT(parts, ElementsAre("call_participants", "call_tags", "call_teams", "comments",
                                 "contact_emails", "contact_phone_numbers", "number_users",
                                 "recordings", "team_members", "voicemails"));
}

TEST(AircallStreams, MakeARowOfACallWithItsParts) {
  const Stream& calls = AircallStreams().at("calls");
  const auto row = MapOne(calls, RecordedCall());
  EXPECT_EQ(CellOf(calls, row, "id"), "4190000017");
  EXPECT_EQ(CellOf(calls, row, "outcome"), "answered");
  EXPECT_EQ(CellOf(calls, row, "talk_time"), "188");
  EXPECT_EQ(CellOf(calls, row, "waiting_time"), "12");
  EXPECT_EQ(CellOf(calls, row, "user_id"), "2100001");
  EXPECT_EQ(CellOf(calls, row, "contact_id"), "null");
  EXPECT_EQ(CellOf(calls, row, "has_recording"), "true");
  EXPECT_EQ(CellOf(calls, row, "has_voicemail"), "false");
  std::map<std::string, std::size_t> counts;
  for (std::size_t i = 0; i < calls.children.size(); ++i)
    counts[calls.children[i].table] = row.children[i].size();
  EXPECT_THAT(counts, ElementsAre(std::pair("call_participants", 1), std::pair("call_tags", 1),
                                  std::pair("call_teams", 0), std::pair("comments", 1),
                                  std::pair("recordings", 1), std::pair("voicemails", 0)));
  EXPECT_EQ(row.raw.find("expires="), std::string::npos)
      << "links die, and are keys while they live";
}

TEST(AircallStreams, TellHowACallCameOut) {
  const Stream& calls = AircallStreams().at("calls");
  Json call = RecordedCall();
  call["answered_at"] = nullptr;
  EXPECT_EQ(CellOf(calls, MapOne(calls, call), "outcome"), "missed");
  call["voicemail"] = "https://voicemails.example.net/1.mp3";
  EXPECT_EQ(CellOf(calls, MapOne(calls, call), "outcome"), "voicemail");
  call["direction"] = "outbound";
  EXPECT_EQ(CellOf(calls, MapOne(calls, call), "outcome"), "failed");
  call["ended_at"] = nullptr;
  EXPECT_EQ(CellOf(calls, MapOne(calls, call), "outcome"), "null");
}

TEST(AircallStreams, TellHowLongCallersWaited) {
  const Stream& calls = AircallStreams().at("calls");
  Json call = RecordedCall();
  call["answered_at"] = nullptr;
  EXPECT_EQ(CellOf(calls, MapOne(calls, call), "waiting_time"), "200") << "until they gave up";
  EXPECT_EQ(CellOf(calls, MapOne(calls, call), "talk_time"), "null");
  call["ended_at"] = nullptr;
  EXPECT_EQ(CellOf(calls, MapOne(calls, call), "waiting_time"), "null") << "they still do";
  call["answered_at"] = 1790699999;
  EXPECT_EQ(CellOf(calls, MapOne(calls, call), "waiting_time"), "0") << "it was put right late";
}

/// What the rule says of the recorded call, changed like this, a minute after it; empty: it passes.
std::string CallRuleSays(const std::string& rule, const Json& limit, const Json& change) {
  core::sync::ImportFilter filter;
  filter.rules = {{rule, limit}};
  Json call = RecordedCall();
  if (!change.is_null()) call.merge_patch(change);
  const auto verdicts = core::sync::JudgeObjects(AircallStreams().at("calls"), filter, {call},
                                                 WallTime(1790700260s), Jq());
  EXPECT_THAT(verdicts, Succeeds());
  return verdicts->at(0).code + verdicts->at(0).reason;
}

TEST(AircallRules, KnowHowOldACallIs) {
  constexpr int kTwoWeeks = 14 * 86'400;
  EXPECT_EQ(CallRuleSays("max_age", kTwoWeeks, {}), "");
  EXPECT_EQ(CallRuleSays("max_age", kTwoWeeks, {{"started_at", 1790700260 - kTwoWeeks}}), "");
  EXPECT_EQ(CallRuleSays("max_age", kTwoWeeks, {{"started_at", 1788700000}}),
            "RULE_NOT_METit began 2026-09-06T13:06:40Z, which is 23 days ago; 14 are allowed");
  EXPECT_EQ(CallRuleSays("max_age", kTwoWeeks, {{"started_at", "soon"}}).substr(0, 11),
            "RULE_FAILED");
}

TEST(AircallRules, KnowTheAgentsAddress) {
  const Json known = Json::array({"ines@acme.test", "@branch.test"});
  const auto with = [](const char* email) { return Json{{"user", {{"email", email}}}}; };
  EXPECT_EQ(CallRuleSays("agent_email_known", known, with("Ines@Acme.test")), "");
  EXPECT_EQ(CallRuleSays("agent_email_known", known, with("jo@branch.test")), "");
  EXPECT_EQ(CallRuleSays("agent_email_known", nullptr, with("whoever@else.test")), "");
  EXPECT_EQ(CallRuleSays("agent_email_known", known, with("jo@acme.test")),
            "RULE_NOT_METthe address of its agent, jo@acme.test, is none of the 2 that are known");
  EXPECT_EQ(CallRuleSays("agent_email_known", nullptr, {}),
            "RULE_NOT_METits agent 2100001 has no e-mail address");
  EXPECT_EQ(CallRuleSays("agent_email_known", known, {{"user", nullptr}}),
            "RULE_NOT_METno agent stands with it");
}

TEST(AircallRules, KnowWhetherThereIsARecording) {
  EXPECT_EQ(CallRuleSays("recording_present", nullptr, {}), "");
  EXPECT_EQ(CallRuleSays("recording_present", nullptr, {{"recording", nullptr}}), "")
      << "the page of it is there";
  const Json none = {{"recording", nullptr}, {"asset", nullptr}};
  EXPECT_EQ(CallRuleSays("recording_present", nullptr, none), "RULE_NOT_METit has no recording");
}

TEST(AircallRules, KnowHowLargeARecordingMayBe) {
  EXPECT_EQ(CallRuleSays("recording_size", 200'000'000, {}), "");
  EXPECT_EQ(CallRuleSays("recording_size", 200'000'000, {{"ended_at", 1790710013}}),
            "RULE_NOT_METits recording of 10001 seconds may have 200.1 MB; 200 MB are allowed");
}

TEST(AircallStreams, SeeTheSameCallInAWebhook) {
  const Stream& calls = AircallStreams().at("calls");
  Json told = RecordedCall();
  told["call_uuid"] = told["sid"];
  told.erase("sid");
  told["participants"] = told["conference_participants"];
  told.erase("conference_participants");
  const auto object = EventObject(calls, told, Jq());
  ASSERT_THAT(object, Succeeds());
  const auto from_event = MapOne(calls, *object);
  const auto from_list = MapOne(calls, RecordedCall());
  EXPECT_EQ(from_event.cells, from_list.cells);
  EXPECT_EQ(from_event.children, from_list.children);
}

TEST(AircallStreams, CopyNoWebhookToken) {
  const Stream& webhooks = AircallStreams().at("webhooks");
  const Json webhook = {{"webhook_id", "w"},
                        {"url", "https://a.example"},
                        {"active", true},
                        {"events", {"call.ended"}},
                        {"token", "6f1c0b7e"}};
  const auto row = MapOne(webhooks, webhook);
  EXPECT_EQ(row.raw.find("6f1c0b7e"), std::string::npos);
  EXPECT_EQ(CellOf(webhooks, row, "events"), R"(["call.ended"])");
}

TEST(AircallStreams, AskForCallsByTheirStart) {
  const Stream& calls = AircallStreams().at("calls");
  const auto input =
      StreamInput(calls.list, {WallTime(1'790'700'000s), WallTime(1'790'703'600s)}, 2, Jq());
  ASSERT_THAT(input, Succeeds());
  EXPECT_EQ(input->at("from"), 1'790'699'999) << "which is excluded";
  EXPECT_EQ(input->at("to"), 1'790'703'600);
  EXPECT_EQ(input->at("page"), 2);
}

TEST(AircallStreams, PublishTheirRelations) {
  std::vector<const Stream*> all;
  for (const auto& [name, stream] : AircallStreams()) all.push_back(&stream);
  const auto tables = core::sync::WantedTables(all);
  const auto calls = std::ranges::find_if(
      tables, [](const core::sync::WantedTable& table) { return table.name == "calls"; });
  ASSERT_NE(calls, tables.end());
  std::set<std::string> others;
  for (const auto& reference : calls->references) others.insert(reference.table);
  EXPECT_THAT(others, ElementsAre("contacts", "numbers", "users"));
}

// ---- Events as rows ----

TEST(EventRows, HaveAViewForEachTypeThatTheProviderSends) {
  const Stream& events = AircallStreams().at("events");
  EXPECT_TRUE(events.from_inbox);
  std::map<std::string, std::string> views;
  for (const auto& view : events.views) views[view.name] = view.value;
  EXPECT_EQ(views["call_ended"], "io.aircall.call.ended");
  EXPECT_EQ(views["contact_deleted"], "io.aircall.contact.deleted");
  EXPECT_FALSE(views.contains("call_settled")) << "that is told by us";
  EXPECT_EQ(events.views.size(), events.live.size());
  const auto wanted = core::sync::WantedViews({&events});
  EXPECT_EQ(wanted.at(0).table, "events");
  EXPECT_THAT(wanted.at(0).columns, ::testing::Not(::testing::Contains("type")));
}

TEST(EventRows, KeepWhatAnEventCarriesButForLinksThatDie) {
  ports::InboxItem item;
  item.id = EventId(7);
  item.account = AccountId(1001);
  item.event = "io.aircall.call.ended";
  item.entity = "calls";
  item.entity_id = "4190000017";
  item.source = ports::InboxSource::kRecovered;
  item.occurred_at = WallTime(1'790'700'200s);
  item.received_at = WallTime(1'790'700'230s);
  const Stream& events = AircallStreams().at("events");
  const auto row =
      MapOne(events, EventRowObject(*Aircall().FindConnector("aircall"), item, RecordedCall()));
  EXPECT_EQ(core::sync::KeyOf(events, row.cells), ToText(item.id));
  EXPECT_EQ(CellOf(events, row, "origin"), "recovered");
  EXPECT_EQ(CellOf(events, row, "subject"), "calls/4190000017");
  EXPECT_EQ(CellOf(events, row, "entity_kind"), "calls");
  EXPECT_EQ(CellOf(events, row, "occurred_at"), ToRfc3339(*item.occurred_at));
  const Json data = Json::parse(CellOf(events, row, "data"));
  EXPECT_EQ(data.at("direction"), "inbound");
  EXPECT_FALSE(data.contains("recording"));
  EXPECT_FALSE(Json::parse(row.raw).contains("data")) << "it has a column of its own";
}

}  // namespace
}  // namespace sb::connector
