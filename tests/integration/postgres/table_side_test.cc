// A customer's table as a side of a two-way sync: what it holds, what hinders, reading and writing.
#include "engine/adapters/postgres/table_side.h"

#include <future>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/integration/postgres/customers_table.h"
#include "tests/integration/postgres/sessions.h"

namespace sb::testing {
namespace {

using adapters::postgres::Database;
using adapters::postgres::TableSettingsOf;
using core::twoway::MatchBy;
using ports::SideProblem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

std::vector<std::string> CodesOf(const std::vector<SideProblem>& problems) {
  std::vector<std::string> codes;
  for (const SideProblem& problem : problems) codes.push_back(problem.code + " " + problem.field);
  return codes;
}

std::vector<std::string> KeysOf(const std::vector<ports::SideRecord>& records) {
  std::vector<std::string> keys;
  for (const ports::SideRecord& record : records) keys.push_back(record.key);
  return keys;
}

class TableAsASide : public CustomersTable {
 protected:
  std::vector<SideProblem> Check(const Settings& settings, Database& database,
                                 const std::vector<std::string>& written = {"first_name",
                                                                            "email"}) {
    const auto problems = Side(database, settings).Check(written, written);
    EXPECT_THAT(problems, IsOk());
    return problems.ok() ? *problems : std::vector<SideProblem>();
  }

  std::vector<SideProblem> Check(const Settings& settings) { return Check(settings, database_); }

  /// The same database as seen by a user who has no rights yet.
  adapters::postgres::DatabaseSettings AsGuest() {
    const std::string role = "guest_of_" + crm_.name();
    PostgresCluster::Shared().Administer("create role " + role);
    auto settings = crm_.settings();
    settings.url += "&options=-crole%3D" + role;
    return settings;
  }
};

// ---- What it holds

TEST_F(TableAsASide, TellsWhatItsColumnsHold) {
  crm_.Ask(
      "alter table public.customers add column name text generated always as (first_name) "
      "stored, add column tags text[], add column plan text not null");
  const auto shape = side_.Shape();
  ASSERT_THAT(shape, IsOk());
  EXPECT_EQ(shape->at("first_name").type, "text");
  EXPECT_TRUE(shape->at("first_name").clears);
  EXPECT_EQ(shape->at("last_name").most_chars, 20U);
  EXPECT_EQ(shape->at("score").type, "number");
  EXPECT_EQ(shape->at("vip").type, "boolean");
  EXPECT_FALSE(shape->at("vip").clears);
  EXPECT_FALSE(shape->at("vip").required);
  EXPECT_EQ(shape->at("extra").type, "json");
  EXPECT_EQ(shape->at("tags").type, "json");
  EXPECT_FALSE(shape->at("name").writable);
  EXPECT_TRUE(shape->at("plan").required);
}

TEST_F(TableAsASide, ReadsEveryValueWithoutLoss) {
  const std::string key = crm_.Ask(
      R"sql(insert into public.customers (first_name, score, vip, extra, seen_at, updated_at)
            values ('Zoë', 123456789012345678.25, true, '{"a": [1, null]}',
                    '2026-06-01 11:00:00+02', '2026-06-01 09:30:00Z') returning id)sql");
  const auto read = side_.Read(key, kLane);
  ASSERT_THAT(read, IsOk());
  ASSERT_TRUE(read->has_value());
  const Json& native = (*read)->native;
  EXPECT_EQ((*read)->key, key);
  EXPECT_EQ(native["first_name"], "Zoë");
  EXPECT_EQ(native["last_name"], nullptr);
  EXPECT_EQ(native["score"], "123456789012345678.25");
  EXPECT_EQ(native["vip"], true);
  EXPECT_EQ(native["extra"], Json::parse(R"({"a": [1, null]})"));
  EXPECT_EQ(native["seen_at"], "2026-06-01T09:00:00+00:00");
  ASSERT_TRUE((*read)->changed_at.has_value());
  EXPECT_EQ(crm_.Ask("select extract(epoch from timestamptz '2026-06-01 09:30:00Z')::bigint"),
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                               (*read)->changed_at->time_since_epoch())
                               .count()));
}

TEST_F(TableAsASide, HasNoRowOfAKeyThatItKnowsNotOrCannotHave) {
  for (const char* key : {"77", "not a number", ""}) {
    const auto read = side_.Read(key, kLane);
    ASSERT_THAT(read, IsOk()) << key;
    EXPECT_FALSE(read->has_value()) << key;
  }
}

TEST_F(TableAsASide, IsReadWholePageByPage) {
  crm_.Ask("insert into public.customers (first_name) select 'n' from generate_series(1, 2500)");
  std::set<std::string> keys;
  std::string from;
  int pages = 0;
  do {
    const auto page = side_.Scan(from, kLane);
    ASSERT_THAT(page, IsOk());
    if (from.empty()) {
      EXPECT_EQ(page->total, 2500);
    }
    EXPECT_TRUE(page->proven);
    for (const auto& record : page->records) keys.insert(record.key);
    from = page->next;
    ++pages;
  } while (!from.empty() && pages < 10);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(keys.size(), 2500U);
}

TEST_F(TableAsASide, FindsRowsByWhatMakesThemOnePerson) {
  crm_.Ask(R"sql(insert into public.customers (id, phone, mobile, email, aircall_id) values
    (1, '01 42 68 53 00', null, 'Jane@Acme.test ', '900'), (2, null, '+33-142-685-300', null, null),
    (3, '+33142685301', null, 'john@acme.test', '901'))sql");
  const auto find = [&](MatchBy by, const std::string& value) {
    const auto found = side_.Find({by, value}, kLane);
    EXPECT_THAT(found, IsOk());
    return found.ok() ? KeysOf(*found) : std::vector<std::string>();
  };
  EXPECT_THAT(find(MatchBy::kPhone, "+33142685300"), ElementsAre("1", "2"));
  EXPECT_THAT(find(MatchBy::kPhone, "+33999999999"), IsEmpty());
  EXPECT_THAT(find(MatchBy::kEmail, "jane@acme.test"), ElementsAre("1"));
  EXPECT_THAT(find(MatchBy::kExternalKey, "901"), ElementsAre("3"));
}

TEST_F(TableAsASide, FindsANumberAmongManyThatEndLikeIt) {
  crm_.Ask(
      "insert into public.customers (id, phone) select n, '+4930' || n || '2685300' from "
      "generate_series(100, 160) n");
  const std::string key =
      crm_.Ask("insert into public.customers (id, phone) values (900, '0142685300') returning id");
  const auto found = side_.Find({MatchBy::kPhone, "+33142685300"}, kLane);
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(KeysOf(*found), ::testing::Contains(key));
}

TEST_F(TableAsASide, FindsAnAddressWhateverBlankSignsAreAroundIt) {
  crm_.Ask(
      "insert into public.customers (id, email) values (1, E'\\u00a0Jane@Acme.test\\n'), "
      "(2, E'john@acme.test\\t\\u3000'), (3, 'jane@acme.test.example')");
  const auto jane = side_.Find({MatchBy::kEmail, "jane@acme.test"}, kLane);
  ASSERT_THAT(jane, IsOk());
  EXPECT_THAT(KeysOf(*jane), ElementsAre("1"));
  const auto john = side_.Find({MatchBy::kEmail, "john@acme.test"}, kLane);
  ASSERT_THAT(john, IsOk());
  EXPECT_THAT(KeysOf(*john), ElementsAre("2"));
}

TEST_F(TableAsASide, HoldsRealNamesAndKnowsThemAgain) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  int op = 0;
  for (const char* name : {"Zoë Ångström", "Nguyễn Thị Ánh", "محمد العلي", "山田 太郎",
                           "👩‍💻 Ada", "Conan O'Brien \"Coco\" \\ <b>", "Ame\xCC\x81lie"}) {
    const std::string make = "op " + std::to_string(++op);
    const auto made = side_.Create(Write(make, "", {{"first_name", name}}), kLane);
    ASSERT_THAT(made, IsOk()) << name;
    ASSERT_TRUE(made->record.has_value()) << name;
    EXPECT_EQ(made->record->native["first_name"], name);
    const auto changed = side_.Update(
        Write(make + " again", made->record->key, {{"last_name", "Li"}}, {{"first_name", name}}),
        kLane);
    ASSERT_THAT(changed, IsOk()) << name;
    EXPECT_FALSE(changed->moved) << name;
  }
}

// ---- What hinders

TEST_F(TableAsASide, ThatIsFitHasNoProblems) {
  EXPECT_THAT(CodesOf(Check(Wanted())), IsEmpty());
}

TEST_F(TableAsASide, SaysWhatIsMissingAndWhatMayBeMeant) {
  Settings settings = Wanted();
  const auto problems = Side(database_, settings).Check({"frist_name"}, {"frist_name"});
  ASSERT_THAT(problems, IsOk());
  ASSERT_THAT(CodesOf(*problems), ElementsAre("LINK_COLUMN_MISSING frist_name"));
  EXPECT_THAT(problems->front().reason, HasSubstr("did you mean first_name"));
  settings.spec.table = "public.clients";
  EXPECT_THAT(CodesOf(Check(settings)), ElementsAre("LINK_TABLE_MISSING "));
  EXPECT_TRUE(Side(database_, settings).Shape()->empty());
}

TEST_F(TableAsASide, NeedsAKeyThatTheDatabaseGivesAndColumnsThatItCanFill) {
  crm_.Ask("create table public.loose (id bigint, name text, plan text not null)");
  Settings settings = Wanted();
  settings.spec.table = "loose";
  settings.spec.updated_at = "";
  settings.columns = {"name"};
  EXPECT_THAT(CodesOf(Check(settings, database_, {"name"})),
              UnorderedElementsAre("LINK_TABLE_WITHOUT_KEY id", "LINK_KEY_NOT_GENERATED id",
                                   "LINK_COLUMN_REQUIRED plan"));
  crm_.Ask("alter table public.loose add primary key (id)");
  settings.creates = false;
  EXPECT_THAT(CodesOf(Check(settings, database_, {"name"})), IsEmpty());
}

TEST_F(TableAsASide, CannotSetWhatTheDatabaseComputes) {
  crm_.Ask(
      "alter table public.customers add column name text generated always as (first_name) "
      "stored");
  EXPECT_THAT(CodesOf(Check(Wanted(), database_, {"name"})),
              ElementsAre("LINK_COLUMN_UNUSABLE name"));
}

TEST_F(TableAsASide, NamesTheGrantsThatItNeedsUntilNoneIsMissing) {
  Database guest(AsGuest());
  std::set<std::string> granted;
  for (int round = 0; round < 10; ++round) {
    const auto problems = Check(Wanted(), guest);
    if (problems.empty()) break;
    ASSERT_EQ(problems.front().code, "LINK_PRIVILEGE_MISSING");
    const std::string& reason = problems.front().reason;
    const std::size_t begin = reason.find("GRANT");
    ASSERT_NE(begin, std::string::npos) << reason;
    const std::string grant = reason.substr(begin, reason.find(';', begin) - begin);
    EXPECT_TRUE(granted.insert(grant).second) << grant << " was not enough";
    crm_.Ask(grant);
  }
  EXPECT_THAT(granted, UnorderedElementsAre(
                           StartsWith("GRANT SELECT ("), StartsWith("GRANT INSERT ("),
                           StartsWith("GRANT UPDATE ("), StartsWith("GRANT DELETE ON"),
                           StartsWith("GRANT TRIGGER ON"), StartsWith("GRANT CREATE ON DATABASE")));
  Settings settings = Wanted();
  settings.columns = {"first_name", "email"};
  settings.spec.external_key = "";
  Side side(guest, settings);
  EXPECT_THAT(side.Prepare(), IsOk());
  EXPECT_THAT(side.Create(Write("op", "", {{"first_name", "Jane"}}), kLane), IsOk());
  EXPECT_THAT(side.Dismantle(), IsOk());
  EXPECT_EQ(crm_.Ask("select count(*) from pg_trigger where tgname like 'switchboard%'"), "0");
}

TEST_F(TableAsASide, OffersPollingWhereItMayNotHaveATrigger) {
  Database guest(AsGuest());
  bool offered = false;
  for (const SideProblem& problem : Check(Wanted(), guest))
    offered = offered || problem.reason.find("changes: polling") != std::string::npos;
  EXPECT_TRUE(offered);
}

TEST_F(TableAsASide, OnlyAdvisesAnIndexForPolling) {
  const auto problems = Check(Polled());
  ASSERT_THAT(CodesOf(problems), ElementsAre("LINK_INDEX_MISSING updated_at"));
  EXPECT_TRUE(problems.front().advice);
  crm_.Ask("create index on public.customers (updated_at, id)");
  EXPECT_THAT(Check(Polled()), IsEmpty());
  Settings settings = Polled();
  settings.spec.updated_at = "first_name";
  EXPECT_THAT(CodesOf(Check(settings)), ElementsAre("LINK_COLUMN_UNUSABLE first_name"));
}

TEST_F(TableAsASide, AdvisesAnIndexForNumbersOnceThereAreManyRows) {
  EXPECT_THAT(Check(Wanted()), IsEmpty());
  crm_.Ask("insert into public.customers (phone) select n::text from generate_series(1, 12000) n");
  crm_.Ask("analyze public.customers");
  const auto problems = Check(Wanted());
  EXPECT_THAT(CodesOf(problems),
              ElementsAre("LINK_INDEX_MISSING phone", "LINK_INDEX_MISSING mobile"));
  for (const SideProblem& problem : problems) {
    EXPECT_TRUE(problem.advice);
    const std::size_t begin = problem.reason.find("CREATE INDEX");
    ASSERT_NE(begin, std::string::npos) << problem.reason;
    crm_.Ask(problem.reason.substr(begin));
  }
  EXPECT_THAT(Check(Wanted()), IsEmpty());
}

TEST_F(TableAsASide, IsNeverOneOfTheEngine) {
  for (const char* table : {"eng.secret", "pg_catalog.pg_authid", "switchboard.change_log"}) {
    Settings settings = Wanted();
    settings.spec.table = table;
    Side side(database_, settings);
    EXPECT_THAT(side.Shape(), FailsWith(ErrorKind::kForbidden, "LINK_TABLE_RESERVED")) << table;
    EXPECT_THAT(side.Read("1", kLane), FailsWith(ErrorKind::kForbidden, "LINK_TABLE_RESERVED"));
    EXPECT_THAT(side.Prepare(), FailsWith(ErrorKind::kForbidden, "LINK_TABLE_RESERVED"));
  }
}

TEST_F(TableAsASide, MayBeAViewThatIsPolled) {
  crm_.Ask("create view public.important as select * from public.customers where vip");
  Settings settings = Wanted();
  settings.spec.table = "public.important";
  EXPECT_THAT(CodesOf(Check(settings)), ElementsAre("LINK_TABLE_UNUSABLE "));
  settings.spec.changes = core::twoway::ChangeFeed::kPolling;
  EXPECT_THAT(CodesOf(Check(settings)), IsEmpty());
  Side side(database_, settings);
  ASSERT_THAT(side.Prepare(), IsOk());
  const auto made = side.Create(Write("op", "", {{"first_name", "Jane"}, {"vip", true}}), kLane);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(Column("first_name", made->record->key), "Jane");
}

// ---- Writing

TEST_F(TableAsASide, MakesARowOnceHoweverOftenItIsAsked) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const auto write =
      Write("op 1", "", {{"first_name", "Jane"}, {"score", 12.5}, {"email", nullptr}});
  const auto made = side_.Create(write, kLane);
  ASSERT_THAT(made, IsOk());
  ASSERT_TRUE(made->record.has_value());
  EXPECT_EQ(made->record->native["score"], 12.5);
  const auto again = side_.Create(write, kLane);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->record->key, made->record->key);
  EXPECT_EQ(Count(), "1");
  crm_.Ask("delete from public.customers");
  const auto after = side_.Create(write, kLane);
  ASSERT_THAT(after, IsOk());
  EXPECT_FALSE(after->record.has_value()) << "what somebody deleted does not come back";
  EXPECT_EQ(Count(), "0");
}

TEST_F(TableAsASide, KnowsWhetherALostCreateWasMade) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const auto write = Write("op 1", "", {{"first_name", "Jane"}});
  const auto before = side_.FindCreated(write, kLane);
  ASSERT_THAT(before, IsOk());
  EXPECT_FALSE(before->has_value());
  const auto made = side_.Create(write, kLane);
  ASSERT_THAT(made, IsOk());
  const auto found = side_.FindCreated(write, kLane);
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->key, made->record->key);
}

TEST_F(TableAsASide, SaysNothingOfACreateThatIsStillUnderWay) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  auto impatient = crm_.settings();
  impatient.lock_timeout = Millis(50);
  Database database(impatient);
  Side side(database, Wanted());
  OpenTransaction underway(crm_.url());
  underway.Run("insert into switchboard.applied_ops (op_key, feed) values ('op 1', 'x')");
  EXPECT_THAT(side.FindCreated(Write("op 1", "", Json::object()), kLane),
              FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
}

TEST_F(TableAsASide, ChangesOnlyWhatIsAsItWasRead) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const std::string key = Insert("Jane");
  crm_.Ask("update public.customers set score = 1.50, extra = '{\"a\": 1}' where id = " + key);
  const auto read = side_.Read(key, kLane);
  ASSERT_THAT(read, IsOk());
  Json expected = (*read)->native;
  expected.erase("id");
  const auto wrote = side_.Update(
      Write("op 1", key, {{"first_name", "Janet"}, {"extra", nullptr}}, expected), kLane);
  ASSERT_THAT(wrote, IsOk());
  EXPECT_FALSE(wrote->moved);
  EXPECT_EQ(wrote->record->native["first_name"], "Janet");
  EXPECT_EQ(wrote->record->native["extra"], nullptr);
  EXPECT_EQ(wrote->record->native["score"], 1.5);
}

TEST_F(TableAsASide, IsNotOverwrittenWhereSomebodyEditedMeanwhile) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const std::string key = Insert("Jane");
  crm_.Ask("update public.customers set first_name = 'Joan' where id = " + key);
  const auto late = Write("op 1", key, {{"first_name", "Janet"}}, {{"first_name", "Jane"}});
  const auto moved = side_.Update(late, kLane);
  ASSERT_THAT(moved, IsOk());
  EXPECT_TRUE(moved->moved);
  EXPECT_EQ(moved->record->native["first_name"], "Joan");
  EXPECT_EQ(Column("first_name", key), "Joan");
  // The op was not made, and can still be.
  crm_.Ask("update public.customers set first_name = 'Jane' where id = " + key);
  const auto wrote = side_.Update(late, kLane);
  ASSERT_THAT(wrote, IsOk());
  EXPECT_FALSE(wrote->moved);
  EXPECT_EQ(Column("first_name", key), "Janet");
}

TEST_F(TableAsASide, SeesAnEditThatIsCommittedWhileItWaits) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const std::string key = Insert("Jane");
  OpenTransaction editing(crm_.url());
  editing.Run("update public.customers set first_name = 'Joan' where id = " + key);
  auto write = std::async(std::launch::async, [&] {
    return side_.Update(Write("op 1", key, {{"first_name", "Janet"}}, {{"first_name", "Jane"}}),
                        kLane);
  });
  EXPECT_TRUE(crm_.AskUntil(kWaiting, "1"));
  editing.Commit();
  const auto moved = write.get();
  ASSERT_THAT(moved, IsOk());
  EXPECT_TRUE(moved->moved);
  EXPECT_EQ(Column("first_name", key), "Joan");
}

TEST_F(TableAsASide, DoesNotRepeatAWriteThatWasEdited) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const std::string key = Insert("Jane");
  const auto write = Write("op 1", key, {{"first_name", "Janet"}});
  ASSERT_THAT(side_.Update(write, kLane), IsOk());
  crm_.Ask("update public.customers set first_name = 'Joan' where id = " + key);
  const auto again = side_.Update(write, kLane);
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->moved);
  EXPECT_EQ(again->record->native["first_name"], "Joan");
}

TEST_F(TableAsASide, SaysWhenTheRowToChangeIsNotThere) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const auto moved = side_.Update(Write("op 1", "77", {{"first_name", "Janet"}}), kLane);
  ASSERT_THAT(moved, IsOk());
  EXPECT_TRUE(moved->moved);
  EXPECT_FALSE(moved->record.has_value());
}

TEST_F(TableAsASide, DeletesWhatIsAsItWasReadAndOnlyOnce) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const std::string key = Insert("Jane");
  const Json expected = {{"first_name", "Joan"}};
  EXPECT_THAT(side_.Delete(Write("op 1", key, Json::object(), expected), kLane),
              FailsWith(ErrorKind::kConflict, "LINK_RECORD_MOVED"));
  EXPECT_EQ(Count(), "1");
  EXPECT_THAT(side_.Delete(Write("op 2", key, Json::object()), kLane), IsOk());
  EXPECT_THAT(side_.Delete(Write("op 2", key, Json::object()), kLane), IsOk());
  EXPECT_THAT(side_.Delete(Write("op 3", key, Json::object()), kLane), IsOk());
  EXPECT_EQ(Count(), "0");
}

TEST_F(TableAsASide, NamesTheConstraintThatRefusesARecordButNoValue) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const std::string key = Insert("Jane");
  crm_.Ask("update public.customers set email = 'taken@acme.test' where id = " + key);
  crm_.Ask(
      "create table public.orders (customer bigint constraint of_customer references "
      "public.customers)");
  crm_.Ask("insert into public.orders values (" + key + ")");
  const auto refused = [&](const Json& values, const char* constraint, const char* value) {
    const auto made = side_.Create(Write(std::string("op ") + value, "", values), kLane);
    ASSERT_THAT(made, FailsWith(ErrorKind::kInvalid, "LINK_VALUE_REFUSED"));
    EXPECT_THAT(made.error().message, HasSubstr(constraint));
    EXPECT_THAT(made.error().message, Not(HasSubstr(value)));
  };
  refused({{"email", "taken@acme.test"}}, "one_email", "taken@acme.test");
  refused({{"score", "9000000000000000000000"}}, "low_score", "9000000000000000000000");
  refused({{"last_name", "a name of more than twenty signs"}}, "too long", "more than twenty");
  refused({{"vip", "perhaps"}}, "type", "perhaps");
  const auto kept = side_.Delete(Write("op", key, Json::object()), kLane);
  ASSERT_THAT(kept, FailsWith(ErrorKind::kInvalid, "LINK_VALUE_REFUSED"));
  EXPECT_THAT(kept.error().message, HasSubstr("of_customer"));
  EXPECT_EQ(Count(), "1");
}

TEST_F(TableAsASide, RefusesAtOnceWhatIsCheckedAtTheCommit) {
  crm_.Ask("create table public.plans (name text primary key)");
  crm_.Ask(
      "alter table public.customers add constraint of_plan foreign key (first_name) "
      "references public.plans deferrable initially deferred");
  ASSERT_THAT(side_.Prepare(), IsOk());
  const auto made = side_.Create(Write("op", "", {{"first_name", "gold"}}), kLane);
  ASSERT_THAT(made, FailsWith(ErrorKind::kInvalid, "LINK_VALUE_REFUSED"));
  EXPECT_THAT(made.error().message, HasSubstr("of_plan"));
}

TEST_F(TableAsASide, LetsTheCustomersOwnTriggersFindTheirTables) {
  crm_.Ask("create table public.audit (who text)");
  crm_.Ask(
      "create function public.note_it() returns trigger language plpgsql as $$ begin "
      "insert into audit values (new.first_name); new.first_name := upper(new.first_name); "
      "return new; end $$");
  crm_.Ask(
      "create trigger note_it before insert on public.customers for each row execute function "
      "public.note_it()");
  ASSERT_THAT(side_.Prepare(), IsOk());
  const auto made = side_.Create(Write("op", "", {{"first_name", "Jane"}}), kLane);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->record->native["first_name"], "JANE") << "it is told as the table spells it";
  EXPECT_EQ(crm_.Ask("select who from public.audit"), "Jane");
}

TEST_F(TableAsASide, NamesAColumnThatWasRenamedUnderWay) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const std::string key = Insert("Jane");
  ASSERT_THAT(side_.Read(key, kLane), IsOk());
  crm_.Ask("alter table public.customers rename email to mail");
  for (const Status& status :
       {Status(side_.Read(key, kLane).error()), Status(side_.Scan("", kLane).error()),
        Status(side_.Update(Write("op", key, {{"first_name", "J"}}), kLane).error())}) {
    EXPECT_THAT(status, FailsWith(ErrorKind::kConflict, "LINK_SIDE_CHANGED"));
    EXPECT_THAT(status.error().message, HasSubstr("email"));
  }
  crm_.Ask("alter table public.customers rename mail to email");
  EXPECT_THAT(side_.Read(key, kLane), IsOk());
}

TEST_F(TableAsASide, IsOutOfReachWhileItsServerIs) {
  Database nowhere({"postgresql://nobody@/crm?host=/nonexistent"});
  Side side(nowhere, Wanted());
  EXPECT_THAT(side.Read("1", kLane), FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  EXPECT_THAT(side.IsGone("1", kLane), FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
}

// ---- What is gone

TEST_F(TableAsASide, KnowsARowToBeGoneOnlyWhereNothingElseCanBeTheReason) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  const std::string key = Insert("Jane");
  const auto gone = [&](Side& side, const std::string& row) {
    const auto answer = side.IsGone(row, kLane);
    EXPECT_THAT(answer, IsOk());
    return answer.ok() && *answer;
  };
  EXPECT_FALSE(gone(side_, key));
  EXPECT_TRUE(gone(side_, "77"));
  EXPECT_FALSE(gone(side_, "no key"));
  crm_.Ask("alter table public.customers rename to old_customers");
  crm_.Ask("create table public.customers (like public.old_customers including all)");
  EXPECT_FALSE(gone(side_, key)) << "another table has taken its place";
}

TEST_F(TableAsASide, DoesNotTakeAHiddenRowForGone) {
  ASSERT_THAT(side_.Prepare(), IsOk());
  auto settings = AsGuest();
  const std::string role = "guest_of_" + crm_.name();
  crm_.Ask("grant usage on schema public, switchboard to " + role);
  crm_.Ask("grant select on public.customers, switchboard.feeds to " + role);
  Database guest(settings);
  Side side(guest, Wanted());
  EXPECT_TRUE(*side.IsGone("77", kLane));
  crm_.Ask("alter table public.customers enable row level security");
  EXPECT_FALSE(*side.IsGone("77", kLane));
}

// ---- What a definition wants

TEST(TableOfADefinition, HasWhatIsMappedAndWhereToLookForPeople) {
  core::twoway::Definition definition;
  definition.b.connector = "postgres";
  definition.b.table = "public.customers";
  definition.b.external_key = "aircall_id";
  definition.fields.resize(3);
  definition.fields[0].b.names = {"first_name"};
  definition.fields[1].b.names = {"phone", "mobile"};
  definition.fields[1].shape = core::twoway::Shape::kPhones;
  definition.fields[2].b.names = {"email"};
  definition.fields[2].shape = core::twoway::Shape::kEmail;
  definition.creates = core::twoway::Creates::kInA;
  definition.deletes.to_b = core::twoway::Deletes::kFlag;
  definition.deletes.flag_b = "left";
  const auto settings = TableSettingsOf(definition, core::twoway::Side::kB, "acc_1/acme/x");
  EXPECT_THAT(settings.columns,
              ElementsAre("aircall_id", "email", "first_name", "left", "mobile", "phone"));
  EXPECT_THAT(settings.phones, ElementsAre("phone", "mobile"));
  EXPECT_THAT(settings.emails, ElementsAre("email"));
  EXPECT_FALSE(settings.creates);
  EXPECT_FALSE(settings.deletes);
  EXPECT_FALSE(settings.every_column);
}

}  // namespace
}  // namespace sb::testing
