// A replication is read whole, and what is wrong is shown where it stands.
#include "engine/core/sync/replication.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/base/json_schema.h"

namespace sb::core::sync {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr WallTime kToday = std::chrono::sys_days(std::chrono::June / 15 / 2026);

/// A connector "phones" with three streams.
class PhoneStreams : public StreamCatalog {
 public:
  PhoneStreams() {
    for (const char* name : {"calls", "contacts", "users"}) {
      streams_[name].name = name;
      streams_[name].key = {"id"};
    }
    Stream& calls = streams_["calls"];
    Column started;
    started.name = "started_at";
    started.type = ColumnType::kTimestamp;
    started.from.path = {"started_at"};
    calls.columns = {started};
    calls.window_at = started.from;
    calls.rules = {{"max_age", "Not older", LimitType::kDuration, false, "true", "\"\""},
                   {"email_known", "Known", LimitType::kTexts, true, "true", "\"\""},
                   {"recorded", "Recorded", LimitType::kNone, false, "true", "\"\""},
                   {"size", "Not larger", LimitType::kBytes, false, "true", "\"\""}};
  }

  std::vector<std::string> Sources() const override { return {"phones"}; }

  const std::map<std::string, Stream>* FindStreams(const std::string& connector) const override {
    return connector == "phones" ? &streams_ : nullptr;
  }

 private:
  std::map<std::string, Stream> streams_;
};

const PhoneStreams& Phones() {
  static const PhoneStreams phones;
  return phones;
}

constexpr const char* kWarehouse = R"(sync: { namespace: acme, name: warehouse, version: '1.0.0' }
replicate:
  from: phones
  streams: [calls, users]
  into: { connector: postgres, schema: phones }
  start: 2026-06-01
)";

/// The definition with `from`, which must be there, replaced.
std::string With(const std::string& from, const std::string& to) {
  std::string yaml = kWarehouse;
  const std::size_t at = yaml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? yaml : yaml.replace(at, from.size(), to);
}

ReplicationOutcome Parse(const std::string& yaml) {
  return ParseReplication(yaml, Phones(), kToday);
}

/// The only error of the definition so changed.
Diagnostic ErrorWith(const std::string& from, const std::string& to) {
  const ReplicationOutcome outcome = Parse(With(from, to));
  EXPECT_FALSE(outcome.replication.has_value());
  EXPECT_THAT(outcome.errors, SizeIs(1)) << to;
  return outcome.errors.empty() ? Diagnostic() : outcome.errors[0];
}

auto IsFault(const std::string& code, const std::string& pointer) {
  return AllOf(Field(&Diagnostic::code, code), Field(&Diagnostic::pointer, pointer));
}

TEST(Replication, IsReadWhole) {
  const ReplicationOutcome outcome = Parse(kWarehouse);
  ASSERT_TRUE(outcome.replication.has_value());
  const Replication& read = *outcome.replication;
  EXPECT_EQ(read.head, (SyncHead{"acme", "warehouse", "1.0.0", "", ""}));
  EXPECT_EQ(read.from, "phones");
  EXPECT_THAT(read.streams,
              ElementsAre(StreamChoice{"calls", {}, {}}, StreamChoice{"users", {}, {}}));
  EXPECT_EQ(read.into, (Destination{"postgres", "", "phones"}));
  EXPECT_EQ(read.start, WallTime(std::chrono::sys_days(std::chrono::June / 1 / 2026)));
  EXPECT_EQ(read.every, Millis(minutes(15)));
  EXPECT_EQ(read.rescan, Millis(hours(24)));
  EXPECT_EQ(read.deletes, DeletePolicy::kMark);
}

TEST(Replication, CanTakeEveryStream) {
  const ReplicationOutcome outcome = Parse(With("[calls, users]", "all"));
  ASSERT_TRUE(outcome.replication.has_value());
  EXPECT_THAT(outcome.replication->streams, SizeIs(3));
}

TEST(Replication, HasSettingsOfItsOwnForAStream) {
  const ReplicationOutcome outcome = Parse(
      With("[calls, users]", "[users, { stream: calls, start: '2026-06-10T08:00:00+02:00' }]"));
  ASSERT_TRUE(outcome.replication.has_value());
  EXPECT_EQ(outcome.replication->streams[1].start,
            std::chrono::sys_days(std::chrono::June / 10 / 2026) + hours(6));
}

TEST(Replication, SaysHowOftenAndWhatBecomesOfDeletedRows) {
  const ReplicationOutcome outcome = Parse(
      With("  start: 2026-06-01\n",
           "  every: PT5M\n  rescan: P7D\n  deletes: { policy: remove, brake: { count: 20 } }\n"));
  ASSERT_TRUE(outcome.replication.has_value());
  EXPECT_EQ(outcome.replication->every, Millis(minutes(5)));
  EXPECT_EQ(outcome.replication->rescan, Millis(hours(7 * 24)));
  EXPECT_EQ(outcome.replication->deletes, DeletePolicy::kRemove);
  EXPECT_EQ(outcome.replication->brake, (DeleteBrake{20, 5}));
  EXPECT_FALSE(outcome.replication->start);
}

TEST(Replication, LeavesViewsOutWhereItSaysSo) {
  EXPECT_TRUE(Parse(kWarehouse).replication->analytics);
  const ReplicationOutcome outcome =
      Parse(With("start: 2026-06-01", "start: 2026-06-01\n  analytics: false"));
  ASSERT_TRUE(outcome.replication.has_value());
  EXPECT_FALSE(outcome.replication->analytics);
  EXPECT_THAT(ErrorWith("start: 2026-06-01", "analytics: some"),
              IsFault("SYNC_FIELD_INVALID", "/replicate/analytics"));
}

TEST(Replication, ShowsAMisspeltStreamWithItsPlaceAndWhatWasMeant) {
  const Diagnostic error = ErrorWith("[calls, users]", "[calls, user]");
  EXPECT_THAT(error, IsFault("SYNC_STREAM_UNKNOWN", "/replicate/streams/1"));
  EXPECT_EQ(error.position, (Position{4, 20}));
  EXPECT_THAT(error.suggestion, HasSubstr("users"));
  EXPECT_THAT(error.message, HasSubstr("calls, contacts, users"));
}

TEST(Replication, ShowsAMisspeltKey) {
  const Diagnostic error = ErrorWith("  start:", "  strat:");
  EXPECT_THAT(error, IsFault("SYNC_FIELD_UNKNOWN", "/replicate/strat"));
  EXPECT_EQ(error.position, (Position{6, 3}));
  EXPECT_THAT(error.suggestion, HasSubstr("start"));
}

TEST(Replication, RefusesWhatCannotBe) {
  EXPECT_THAT(ErrorWith("from: phones", "from: phone"),
              IsFault("SYNC_SOURCE_UNKNOWN", "/replicate/from"));
  EXPECT_THAT(ErrorWith("[calls, users]", "[calls, calls]"),
              IsFault("SYNC_STREAM_DUPLICATE", "/replicate/streams/1"));
  EXPECT_THAT(ErrorWith("[calls, users]", "[]"),
              IsFault("SYNC_FIELD_INVALID", "/replicate/streams"));
  EXPECT_THAT(ErrorWith("[calls, users]", "[7]"),
              IsFault("SYNC_FIELD_INVALID", "/replicate/streams/0"));
  EXPECT_THAT(ErrorWith("connector: postgres", "connector: oracle"),
              IsFault("SYNC_DESTINATION_UNKNOWN", "/replicate/into/connector"));
  EXPECT_THAT(ErrorWith("schema: phones", "schema: My Schema"),
              IsFault("SYNC_FIELD_INVALID", "/replicate/into/schema"));
  EXPECT_THAT(ErrorWith("schema: phones", "schema: pg_phones"),
              IsFault("SYNC_SCHEMA_RESERVED", "/replicate/into/schema"));
  EXPECT_THAT(ErrorWith(", schema: phones", ""), IsFault("SYNC_FIELD_MISSING", "/replicate/into"));
  EXPECT_THAT(ErrorWith("2026-06-01", "2026-06-16"),
              IsFault("SYNC_START_IN_FUTURE", "/replicate/start"));
  EXPECT_THAT(ErrorWith("2026-06-01", "next week"),
              IsFault("SYNC_FIELD_INVALID", "/replicate/start"));
  EXPECT_THAT(ErrorWith("start: 2026-06-01", "every: PT10S"),
              IsFault("SYNC_FIELD_INVALID", "/replicate/every"));
  EXPECT_THAT(ErrorWith("start: 2026-06-01", "deletes: { policy: perhaps }"),
              IsFault("SYNC_FIELD_INVALID", "/replicate/deletes/policy"));
  EXPECT_THAT(ErrorWith("name: warehouse", "name: Warehouse"),
              IsFault("SYNC_FIELD_INVALID", "/sync/name"));
}

TEST(Replication, FindsAllFaultsAtOnceInTheirOrder) {
  const ReplicationOutcome outcome = Parse("sync: { name: a }\nreplicate: { from: fax }\n");
  std::vector<std::string> codes;
  for (const Diagnostic& error : outcome.errors) codes.push_back(error.code);
  EXPECT_THAT(codes, ElementsAre("SYNC_FIELD_MISSING", "SYNC_FIELD_MISSING", "SYNC_FIELD_MISSING",
                                 "SYNC_FIELD_MISSING", "SYNC_SOURCE_UNKNOWN"));
  EXPECT_THAT(Parse("sync: [").errors, ElementsAre(Field(&Diagnostic::code, HasSubstr("YAML_"))));
  EXPECT_THAT(Parse("").errors, ElementsAre(IsFault("SYNC_FIELD_INVALID", "")));
}

// ---- What of a stream is imported

constexpr const char* kOnlyCalls =
    "[{ stream: calls, only: { rules: [{ max_age: P14D }, email_known, recorded, { size: 200 MB "
    "}], "
    "when: '.direction == \"inbound\"', first_import: { most: 200 } } }]";

TEST(ImportFilter, IsReadWhole) {
  const ReplicationOutcome outcome = Parse(With("[calls, users]", kOnlyCalls));
  ASSERT_TRUE(outcome.replication.has_value());
  const ImportFilter& only = outcome.replication->streams[0].only;
  EXPECT_THAT(only.rules,
              ElementsAre(ChosenRule{"max_age", 1'209'600}, ChosenRule{"email_known", {}},
                          ChosenRule{"recorded", {}}, ChosenRule{"size", 200'000'000}));
  EXPECT_EQ(only.when, ".direction == \"inbound\"");
  EXPECT_EQ(only.first_import, 200);
}

/// The only error of calls with this in `only`.
Diagnostic ErrorOfOnly(const std::string& only) {
  return ErrorWith("[calls, users]", "[{ stream: calls, only: { " + only + " } }]");
}

TEST(ImportFilter, ShowsAMisspeltRuleWithItsPlaceAndWhatWasMeant) {
  const Diagnostic error = ErrorOfOnly("rules: [recorded, { max_aeg: P14D }]");
  EXPECT_THAT(error, IsFault("SYNC_RULE_UNKNOWN", "/replicate/streams/0/only/rules/1"));
  EXPECT_THAT(error.suggestion, HasSubstr("max_age"));
  EXPECT_THAT(error.message, HasSubstr("max_age, email_known, recorded, size"));
}

TEST(ImportFilter, RefusesWhatCannotBe) {
  const std::string at = "/replicate/streams/0/only";
  EXPECT_THAT(ErrorOfOnly("rules: recorded"), IsFault("SYNC_FIELD_INVALID", at + "/rules"));
  EXPECT_THAT(ErrorOfOnly("rules: [7]"), IsFault("SYNC_FIELD_INVALID", at + "/rules/0"));
  EXPECT_THAT(ErrorOfOnly("rules: [max_age]"), IsFault("SYNC_FIELD_INVALID", at + "/rules/0"));
  EXPECT_THAT(ErrorOfOnly("rules: [{ max_age: long }]"),
              IsFault("SYNC_FIELD_INVALID", at + "/rules/0/max_age"));
  EXPECT_THAT(ErrorOfOnly("rules: [{ recorded: true }]"),
              IsFault("SYNC_FIELD_INVALID", at + "/rules/0/recorded"));
  EXPECT_THAT(ErrorOfOnly("rules: [recorded, recorded]"),
              IsFault("SYNC_RULE_DUPLICATE", at + "/rules/1"));
  EXPECT_THAT(ErrorOfOnly("first_import: { most: 0 }"),
              IsFault("SYNC_FIELD_INVALID", at + "/first_import/most"));
  EXPECT_THAT(ErrorOfOnly("first_import: {}"), IsFault("SYNC_FIELD_MISSING", at + "/first_import"));
  EXPECT_THAT(ErrorOfOnly("when: ' '"), IsFault("SYNC_FIELD_INVALID", at + "/when"));
  EXPECT_THAT(ErrorOfOnly("when: 7"), IsFault("SYNC_FIELD_INVALID", at + "/when"));
  EXPECT_THAT(ErrorOfOnly("rule: [recorded]"), IsFault("SYNC_FIELD_UNKNOWN", at + "/rule"));
}

TEST(ImportFilter, KnowsNoNewestOfAStreamWithoutTimes) {
  const Diagnostic error =
      ErrorWith("[calls, users]", "[{ stream: users, only: { first_import: { most: 5 } } }]");
  EXPECT_THAT(error, IsFault("SYNC_FIELD_INVALID", "/replicate/streams/0/only/first_import"));
}

TEST(ImportFilter, HasItsExpressionCompiledWhereThatCanBeDone) {
  const adapters::jq::JqExpressions jq;
  const auto parse = [&](const std::string& when) {
    const std::string only = "[{ stream: calls, only: { when: '" + when + "' } }]";
    return ParseReplication(With("[calls, users]", only), Phones(), kToday, &jq);
  };
  EXPECT_TRUE(parse(".direction == $now").replication.has_value());
  EXPECT_TRUE(parse("${ .direction }").replication.has_value()) << "as workflows write it";
  EXPECT_THAT(parse(".direction ==").errors,
              ElementsAre(IsFault("SYNC_WHEN_INVALID", "/replicate/streams/0/only/when")));
}

TEST(ReplicationSchema, TakesWhatTheParserTakes) {
  const auto schema = JsonSchema::Compile(ReplicationSchema(Phones()));
  ASSERT_TRUE(schema.ok()) << schema.error().message;
  const auto fits = [&](const std::string& yaml) {
    return schema->Check(ParseYaml(yaml).document->value).empty();
  };
  EXPECT_TRUE(fits(kWarehouse));
  EXPECT_TRUE(fits(With("[calls, users]", "all")));
  EXPECT_TRUE(fits(With("[calls, users]", kOnlyCalls)));
  EXPECT_FALSE(fits(With("[calls, users]", "[{ stream: calls, only: { first_import: 5 } }]")));
  EXPECT_TRUE(fits(With("[calls, users]", "[{ stream: calls, start: 2026-06-02 }]")));
  EXPECT_FALSE(fits(With("[calls, users]", "[calls, user]")));
  EXPECT_FALSE(fits(With("from: phones", "from: phone")));
  EXPECT_FALSE(fits(With("  start:", "  strat:")));
}

TEST(ReplicationSchema, NamesTheStreamsOfEachConnector) {
  EXPECT_THAT(DumpJson(ReplicationSchema(Phones())),
              HasSubstr(R"("enum":["calls","contacts","users"])"));
}

TEST(SchemaFor, PutsTheAccountIn) {
  EXPECT_EQ(SchemaFor({"postgres", "", "phones"}, "acc_1"), "phones");
  EXPECT_EQ(SchemaFor({"postgres", "", "phones_{account}"}, "acc_01AB-c"), "phones_acc_01ab_c");
}

}  // namespace
}  // namespace sb::core::sync
