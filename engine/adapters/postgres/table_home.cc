#include "engine/adapters/postgres/table_home.h"

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/rows.h"
#include "engine/adapters/postgres/sink_sql.h"
#include "engine/base/encoding.h"

namespace sb::adapters::postgres {
namespace {

constexpr Statement kHomeTurn = {
    "table.turn", "select pg_advisory_xact_lock(hashtextextended('switchboard home', 0))",
    Planning::kEachTime};

// Statements that would have to be allowed even where they change nothing are not run then.
constexpr Statement kHomeThere = {"table.home", R"sql(
  select to_regnamespace('switchboard') is not null as has_schema,
         to_regclass('switchboard.feeds') is not null as has_feeds,
         to_regclass('switchboard.applied_ops') is not null as has_ops,
         to_regclass('switchboard.change_log') is not null as has_log)sql",
                                  Planning::kEachTime};

constexpr const char* kMakeFeeds = R"sql(
  create table switchboard.feeds (
    feed text not null constraint feeds_pkey primary key,
    relation oid not null,
    key_column text not null,
    prepared_at timestamptz not null default now()))sql";

// Rows are made and named in one transaction, and kept for as long as anybody may ask.
constexpr const char* kMakeOps = R"sql(
  create table switchboard.applied_ops (
    op_key text not null constraint applied_ops_pkey primary key,
    feed text not null,
    record_key text,
    at timestamptz not null default now()))sql";
constexpr const char* kMakeOpsIndex =
    "create index applied_ops_by_age on switchboard.applied_ops (feed, at)";

// Read in the order of transactions, and of a transaction only when all that began before it have
// ended: entries are numbered as they are written, but seen as they are committed.
constexpr const char* kMakeLog = R"sql(
  create table switchboard.change_log (
    id bigint not null generated always as identity,
    feed text not null,
    xid xid8 not null default pg_current_xact_id(),
    record_key text not null,
    op text not null constraint change_log_op check (op in ('I', 'U', 'D')),
    origin text,
    at timestamptz not null default clock_timestamp(),
    constraint change_log_pkey primary key (feed, xid, id)))sql";

constexpr Statement kFeedBefore = {
    "table.feed_before",
    "select f.relation::text as relation from switchboard.feeds f where f.feed = $1::text",
    Planning::kEachTime};

constexpr Statement kStoreFeed = {"table.store_feed", R"sql(
  insert into switchboard.feeds as f (feed, relation, key_column)
  values ($1::text, $2::text::oid, $3::text)
  on conflict (feed) do update
    set relation = excluded.relation, key_column = excluded.key_column, prepared_at = now()
  where (f.relation, f.key_column) is distinct from (excluded.relation, excluded.key_column))sql",
                                  Planning::kEachTime};

constexpr Statement kHasTrigger = {
    "table.has_trigger",
    "select 1 from pg_trigger where tgrelid = $1::text::oid and tgname = $2::text",
    Planning::kEachTime};

std::string EndOfFeed(const std::string& feed) {
  constexpr std::size_t kDigits = 16;
  return ToHex(Sha256(feed)).substr(0, kDigits);
}

std::string NoteFunction(const std::string& feed) {
  return "switchboard.note_" + EndOfFeed(feed);
}

Status RunHome(Transaction& transaction, const std::string& sql) {
  const auto done = transaction.Run({"table.home", sql.c_str(), Planning::kEachTime}, Params());
  return done.ok() ? Status() : Status(done.error());
}

Status RunHome(Transaction& transaction, const Statement& statement, const Params& params) {
  const auto done = transaction.Run(statement, params);
  return done.ok() ? Status() : Status(done.error());
}

/// The customer's writes must not fail for us: neither a key column that was renamed is a reason
/// to, nor a log that was dropped, changed or taken from us, and the sync says itself what is
/// missing. The function runs as us, so that nobody else needs rights on the log.
std::string NoteFunctionSql(const std::string& feed, const std::string& key) {
  const std::string name = QuotedName(key);
  // No name in the text can end it.
  const std::string quote = "$note_" + EndOfFeed(feed) + "$";
  return "create or replace function " + NoteFunction(feed) + R"sql(() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as )sql" +
         quote + R"sql(
declare
  before_key text;
  after_key text;
begin
  begin
    if tg_op <> 'INSERT' then before_key := old.)sql" +
         name + R"sql(::text; end if;
    if tg_op <> 'DELETE' then after_key := new.)sql" +
         name + R"sql(::text; end if;
    insert into switchboard.change_log (feed, record_key, op, origin)
    select )sql" +
         QuotedText(feed) + R"sql(, noted.record_key, noted.op,
           nullif(current_setting('switchboard.origin', true), '')
      from (values (before_key, 'D', before_key is distinct from after_key),
                   (after_key, case when before_key = after_key then 'U' else 'I' end, true))
           as noted (record_key, op, happened)
     where noted.happened and noted.record_key is not null;
  exception
    when undefined_column or undefined_table or invalid_schema_name or insufficient_privilege then
      null;
  end;
  return null;
end
)sql" + quote;
}

Status MakeTables(Transaction& transaction) {
  const auto there = transaction.Run(kHomeThere, Params());
  if (!there.ok()) return there.error();
  const pqxx::row row = there->front();
  std::vector<std::string> wanted;
  if (!FlagOf(row, "has_schema")) {
    wanted.emplace_back("create schema switchboard");
    wanted.emplace_back(
        "comment on schema switchboard is "
        "'Of Switchboard, which keeps tables of this database the same as records elsewhere'");
  }
  if (!FlagOf(row, "has_feeds")) wanted.emplace_back(kMakeFeeds);
  if (!FlagOf(row, "has_ops")) {
    wanted.emplace_back(kMakeOps);
    wanted.emplace_back(kMakeOpsIndex);
  }
  if (!FlagOf(row, "has_log")) wanted.emplace_back(kMakeLog);
  for (const std::string& sql : wanted) {
    if (Status made = RunHome(transaction, sql); !made.ok()) return made;
  }
  return {};
}

Status DropNote(Transaction& transaction, const std::string& feed) {
  return RunHome(transaction, "drop function if exists " + NoteFunction(feed) + "() cascade");
}

Status MakeTrigger(Transaction& transaction, const TablePicture& picture, const std::string& feed,
                   const std::string& key) {
  if (Status made = RunHome(transaction, NoteFunctionSql(feed, key)); !made.ok()) return made;
  const std::string function = NoteFunction(feed) + "()";
  if (Status kept = RunHome(transaction, "revoke all on function " + function + " from public");
      !kept.ok())
    return kept;
  const std::string trigger = TriggerOfFeed(feed);
  const auto there = transaction.Run(kHasTrigger, Params().Text(picture.relation).Text(trigger));
  if (!there.ok()) return there.error();
  if (!there->empty()) return {};
  return RunHome(transaction, "create trigger " + QuotedName(trigger) +
                                  " after insert or update or delete on " + picture.Sql() +
                                  " for each row execute function " + function);
}

}  // namespace

std::string TriggerOfFeed(const std::string& feed) {
  return "switchboard_" + EndOfFeed(feed);
}

Status PrepareHome(Transaction& transaction, const TablePicture& picture, const std::string& feed,
                   const std::string& key, core::twoway::ChangeFeed changes) {
  if (Status turn = RunHome(transaction, kHomeTurn, Params()); !turn.ok()) return turn;
  if (Status made = MakeTables(transaction); !made.ok()) return made;
  const auto before = transaction.Run(kFeedBefore, Params().Text(feed));
  if (!before.ok()) return before.error();
  const bool by_trigger = changes == core::twoway::ChangeFeed::kTrigger;
  const bool elsewhere =
      !before->empty() && TextOf(before->front(), "relation") != picture.relation;
  if (elsewhere || !by_trigger) {
    if (Status gone = DropNote(transaction, feed); !gone.ok()) return gone;
  }
  if (by_trigger) {
    if (Status made = MakeTrigger(transaction, picture, feed, key); !made.ok()) return made;
  }
  return RunHome(transaction, kStoreFeed, Params().Text(feed).Text(picture.relation).Text(key));
}

Status LeaveHome(Transaction& transaction, const std::string& feed) {
  if (Status turn = RunHome(transaction, kHomeTurn, Params()); !turn.ok()) return turn;
  const auto there = transaction.Run(kHomeThere, Params());
  if (!there.ok()) return there.error();
  const pqxx::row row = there->front();
  if (!FlagOf(row, "has_schema")) return {};
  if (Status gone = DropNote(transaction, feed); !gone.ok()) return gone;
  for (const auto& [flag, table] :
       {std::pair("has_feeds", "feeds"), std::pair("has_ops", "applied_ops"),
        std::pair("has_log", "change_log")}) {
    if (!FlagOf(row, flag)) continue;
    const std::string sql =
        "delete from switchboard." + std::string(table) + " where feed = " + QuotedText(feed);
    if (Status gone = RunHome(transaction, sql); !gone.ok()) return gone;
  }
  return {};
}

Status RemoveHome(Transaction& transaction) {
  if (Status turn = RunHome(transaction, kHomeTurn, Params()); !turn.ok()) return turn;
  const auto left = transaction.Run(
      {"table.home_left", "select 1 from switchboard.feeds limit 1", Planning::kEachTime},
      Params());
  if (!left.ok()) return left.error();
  if (!left->empty()) return {};
  for (const char* sql : {"drop table switchboard.feeds", "drop table switchboard.applied_ops",
                          "drop table switchboard.change_log", "drop schema switchboard"}) {
    if (Status gone = RunHome(transaction, sql); !gone.ok()) return gone;
  }
  return {};
}

}  // namespace sb::adapters::postgres
