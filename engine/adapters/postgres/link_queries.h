#pragma once

#include <array>

#include "engine/adapters/postgres/database.h"

// The SQL statements of PostgresLinkStore. All begin with $1 slot, $2 account, $3 sync, where they
// are of one sync.
namespace sb::adapters::postgres {

// ---- links

#define SB_LINK_COLUMNS                                                                    \
  "l.slot, l.account_id, l.sync_id, l.link_id, l.key_a, l.key_b, l.agreed, l.choices, "    \
  "l.intent, l.writes, l.mapped, l.standing, l.code, l.reason, l.attempts, l.created_at, " \
  "l.settled_at, l.step"
#define SB_LINK_OF_SYNC \
  " from eng.link l where l.slot = $1 and l.account_id = $2 and l.sync_id = $3 "

inline constexpr Statement kLinkCommit = {"link.commit", R"sql(
  select eng.commit_link($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                         $21::text::boolean, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36,
                         $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55,
                         $56, $57, $58, $59, $60, $61) as step)sql"};

inline constexpr Statement kLinkHoldingA = {
    "link.holding_a", "select " SB_LINK_COLUMNS SB_LINK_OF_SYNC
                      "and l.standing <> 4 and l.key_a <> '' and l.key_a = $4"};
inline constexpr Statement kLinkHoldingB = {
    "link.holding_b", "select " SB_LINK_COLUMNS SB_LINK_OF_SYNC
                      "and l.standing <> 4 and l.key_b <> '' and l.key_b = $4"};

inline constexpr Statement kLinkGet = {
    "link.get", "select " SB_LINK_COLUMNS SB_LINK_OF_SYNC "and l.link_id = $4"};

inline constexpr Statement kLinkList = {
    "link.list", "select " SB_LINK_COLUMNS SB_LINK_OF_SYNC
                 "and l.standing <> 4 and l.link_id > $4 order by l.link_id limit $5"};
inline constexpr Statement kLinkListOf = {
    "link.list_of", "select " SB_LINK_COLUMNS SB_LINK_OF_SYNC
                    "and l.standing = $6::smallint and l.link_id > $4 order by l.link_id limit $5"};

// Two looks, since the one that goes on and former ones have an index each.
inline constexpr Statement kLinkOfA = {
    "link.of_a",
    "select " SB_LINK_COLUMNS SB_LINK_OF_SYNC
    "and l.standing <> 4 and l.key_a <> '' and l.key_a = $4 union all "
    "select " SB_LINK_COLUMNS SB_LINK_OF_SYNC "and l.standing = 4 and $4 <> '' and l.key_a = $4"};
inline constexpr Statement kLinkOfB = {
    "link.of_b",
    "select " SB_LINK_COLUMNS SB_LINK_OF_SYNC
    "and l.standing <> 4 and l.key_b <> '' and l.key_b = $4 union all "
    "select " SB_LINK_COLUMNS SB_LINK_OF_SYNC "and l.standing = 4 and $4 <> '' and l.key_b = $4"};

#undef SB_LINK_COLUMNS

inline constexpr Statement kLinkMatching = {"link.matching", R"sql(
  select distinct link_id from eng.link_key
   where slot = $1 and account_id = $2 and sync_id = $3 and digest = any ($4::bytea[]) order by link_id)sql"};

inline constexpr Statement kLinkHashesA = {
    "link.hashes_a", "select l.key_a as object_key, l.hash_a as hash" SB_LINK_OF_SYNC
                     "and l.standing <> 4 and l.key_a <> '' and l.key_a = any ($4::text[])"};
inline constexpr Statement kLinkHashesB = {
    "link.hashes_b", "select l.key_b as object_key, l.hash_b as hash" SB_LINK_OF_SYNC
                     "and l.standing <> 4 and l.key_b <> '' and l.key_b = any ($4::text[])"};

#define SB_LINK_SEEN_BEGIN                                                              \
  "insert into eng.link_seen as s (slot, account_id, sync_id, side, link_id, seen_at) " \
  "select l.slot, l.account_id, l.sync_id, "
#define SB_LINK_SEEN_END                                                                  \
  " order by l.link_id on conflict (slot, account_id, sync_id, side, link_id) do update " \
  "set seen_at = excluded.seen_at where s.seen_at < excluded.seen_at"

inline constexpr Statement kLinkSeenA = {
    "link.seen_a", SB_LINK_SEEN_BEGIN
    "1, l.link_id, $5::timestamptz" SB_LINK_OF_SYNC
    "and l.standing <> 4 and l.key_a <> '' and l.key_a = any ($4::text[])" SB_LINK_SEEN_END};
inline constexpr Statement kLinkSeenB = {
    "link.seen_b", SB_LINK_SEEN_BEGIN
    "2, l.link_id, $5::timestamptz" SB_LINK_OF_SYNC
    "and l.standing <> 4 and l.key_b <> '' and l.key_b = any ($4::text[])" SB_LINK_SEEN_END};

#undef SB_LINK_SEEN_END
#undef SB_LINK_SEEN_BEGIN

#define SB_LINK_UNSEEN(side, key)                                                                 \
  "select l." key " as object_key" SB_LINK_OF_SYNC "and l.standing = 1 and l." key                \
  " <> '' and l.created_at < $4::timestamptz and not exists (select from eng.link_seen s "        \
  "where s.slot = l.slot and s.account_id = l.account_id and s.sync_id = l.sync_id and "          \
  "s.side = " side " and s.link_id = l.link_id and s.seen_at >= $4::timestamptz) order by l." key \
  " limit $5"

inline constexpr Statement kLinkUnseenA = {"link.unseen_a", SB_LINK_UNSEEN("1", "key_a")};
inline constexpr Statement kLinkUnseenB = {"link.unseen_b", SB_LINK_UNSEEN("2", "key_b")};

#undef SB_LINK_UNSEEN
#undef SB_LINK_OF_SYNC

// ---- hints

/// Over `h`: the link of its record waits for nobody. One look at an index each, since those that
/// wait may be many: each row of a table that has no phone is one.
#define SB_LINK_OF_HINT(side, key)                                                            \
  "not exists (select from eng.link l where l.slot = h.slot and l.account_id = h.account_id " \
  "and l.sync_id = h.sync_id and l.standing <> 4 and l." key " <> '' and l." key              \
  " = h.object_key and l.standing <> 1 and h.side = " side ")"
#define SB_LINK_GOES_ON SB_LINK_OF_HINT("1", "key_a") " and " SB_LINK_OF_HINT("2", "key_b")

/// Over `h`: those of a rank that are due.
#define SB_LINK_DUE(rank, reasons)                                                            \
  "(select " rank                                                                             \
  " as rank, h.side, h.object_key, h.reason, h.gone, h.generation, h.first_at, "              \
  "h.due_at from eng.link_hint h where h.slot = $1 and h.account_id = $2 and h.sync_id = $3 " \
  "and h.due_at <= $4::timestamptz and h.reason " reasons                                     \
  " ('compare', 'first') and " SB_LINK_GOES_ON " order by h.due_at, h.generation limit $5)"

// Two looks: the live ones have an index of their own, and do not stand behind a backlog.
inline constexpr Statement kLinkDue = {
    "link.due",
    "select side, object_key, reason, gone, generation, first_at, due_at "
    "from (" SB_LINK_DUE("1", "not in") " union all " SB_LINK_DUE("2", "in") ") due "
    "order by rank, due_at, generation limit $5"};

#undef SB_LINK_DUE

inline constexpr Statement kLinkAddHints = {
    "link.add_hints", "select eng.add_link_hints($1, $2, $3, $4, $5, $6, $7, $8, $9)"};

inline constexpr Statement kLinkDelay = {"link.delay", R"sql(
  update eng.link_hint set due_at = $7
   where slot = $1 and account_id = $2 and sync_id = $3 and side = $4 and object_key = $5 and generation = $6)sql"};

// ---- deletes

inline constexpr Statement kLinkTombstone = {"link.tombstone", R"sql(
  select base, deleted_at from eng.link_tombstone
   where slot = $1 and account_id = $2 and sync_id = $3 and side = $4 and digest = $5)sql"};

inline constexpr Statement kLinkDeletedSince = {"link.deleted_since", R"sql(
  select count(*) as deleted from eng.link_delete
   where slot = $1 and account_id = $2 and sync_id = $3 and side = $4 and deleted_at >= $5)sql"};

// The key of the approval is core::twoway::kWholeRecord. A hint of before is looked at as a new
// one.
inline constexpr Statement kLinkApproveDeletes = {"link.approve_deletes", R"sql(
  with held as (
    select l.link_id from eng.link l
     where l.slot = $1 and l.account_id = $2 and l.sync_id = $3 and l.standing = 2 and l.code = 'LINK_DELETES_HELD'
     order by l.link_id limit $7
       for update
  ), links as (
    update eng.link l
       set standing = 1, choices = (l.choices::jsonb || jsonb_build_object('', $4::text))::json, step = l.step + 1
      from held h
     where l.slot = $1 and l.account_id = $2 and l.sync_id = $3 and l.link_id = h.link_id
    returning l.link_id, l.key_a, l.key_b
  ), entries as (
    insert into eng.link_entry (slot, account_id, sync_id, link_id, at, what, reason, detail)
    select $1, $2, $3, link_id, $6::timestamptz, 'resumed', $5::text, '{}'::json from links
  ), hints as (
    insert into eng.link_hint as h (slot, account_id, sync_id, side, object_key, reason, gone, generation, first_at, due_at)
    select $1, $2, $3, case when key_a <> '' then 1 else 2 end, case when key_a <> '' then key_a else key_b end, 'approved',
           false, nextval('eng.link_hint_generation'), $6::timestamptz, $6::timestamptz
      from links
    on conflict (slot, account_id, sync_id, side, object_key) do update
       set reason = excluded.reason, generation = excluded.generation, due_at = least(h.due_at, excluded.due_at)
  )
  select count(*) as approved from links)sql"};

// ---- conflicts and history

#define SB_LINK_CONFLICT_COLUMNS                                                        \
  "conflict_id, link_id, side, object_key, code, field, base, a, b, a_at, b_at, rule, " \
  "rivals, open, resolution, resolved_by, made_at, resolved_at from eng.link_conflict " \
  "where slot = $1 and account_id = $2 and sync_id = $3 "

inline constexpr Statement kLinkConflicts = {
    "link.conflicts",
    "select " SB_LINK_CONFLICT_COLUMNS
    "and ($4::text = '' or open = nullif($4::text, '')::boolean) and ($5::text = '' or code = $5) "
    "and ($6::text = '' or field = $6) and ($7::bigint = 0 or link_id = $7) and "
    "($8::text = '' or object_key = $8 and side = $9::smallint) and "
    "(not $12::text::boolean or resolution = '') and "
    "($10::bigint = 0 or conflict_id < $10) order by conflict_id desc limit $11",
    Planning::kEachTime};

inline constexpr Statement kLinkConflict = {
    "link.conflict", "select " SB_LINK_CONFLICT_COLUMNS "and conflict_id = $4"};

#undef SB_LINK_CONFLICT_COLUMNS

inline constexpr Statement kLinkHistory = {"link.history", R"sql(
  select at, what, reason, detail from (
    select * from eng.link_entry
     where slot = $1 and account_id = $2 and sync_id = $3 and link_id = $4
     order by entry_id desc limit $5) newest
   order by entry_id)sql"};

// ---- how far it is

inline constexpr Statement kLinkCount = {
    "link.count",
    "with links as (select count(*) filter (where standing = 1) as active, "
    "count(*) filter (where standing = 2) as parked, count(*) filter (where standing = 3) as "
    "paused, count(*) filter (where standing = 2 and code = 'LINK_DELETES_HELD') as deletes_held, "
    "count(*) filter (where standing = 1 and attempts > $4::int) as hindered "
    "from eng.link where slot = $1 and account_id = $2 and sync_id = $3), "
    "hints as (select count(*) as waiting, "
    "min(h.first_at) filter (where h.due_at <= eng.now_()) as oldest from eng.link_hint h "
    "where h.slot = $1 and h.account_id = $2 and h.sync_id = $3 and " SB_LINK_GOES_ON
    "), "
    "asked as (select count(*) as open_conflicts from eng.link_conflict "
    "where slot = $1 and account_id = $2 and sync_id = $3 and open), "
    "lost as (select count(*) as overwritten from eng.link_conflict where slot = $1 and "
    "account_id = $2 and sync_id = $3 and code = 'LINK_FIELD_OVERWRITTEN' and resolution = '') "
    "select * from links, hints, asked, lost"};

#undef SB_LINK_GOES_ON
#undef SB_LINK_OF_HINT

#define SB_LINK_PROGRESS_COLUMNS                                                                \
  "slot, account_id, sync_id, cursor_a, cursor_b, scanning, "                                   \
  "scan, scan_seen, scan_total, scan_begun_at, side_begun_at, compared_at, drift, first_done, " \
  "error, error_reason, due_at"

inline constexpr Statement kLinkProgress = {
    "link.progress", "select " SB_LINK_PROGRESS_COLUMNS
                     ", step from eng.link_progress where slot = $1 and account_id = $2 and "
                     "sync_id = $3"};

inline constexpr Statement kLinkProgressInsert = {
    "link.progress_insert", "insert into eng.link_progress (" SB_LINK_PROGRESS_COLUMNS
                            ", step) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
                            "$13, $14::text::boolean, $15, $16, $17, $18::int + 1) "
                            "on conflict do nothing returning step"};

#undef SB_LINK_PROGRESS_COLUMNS

inline constexpr Statement kLinkProgressSave = {"link.progress_save", R"sql(
  update eng.link_progress
     set cursor_a = $4, cursor_b = $5, scanning = $6, scan = $7, scan_seen = $8,
         scan_total = $9, scan_begun_at = $10, side_begun_at = $11, compared_at = $12, drift = $13,
         first_done = $14::text::boolean, error = $15, error_reason = $16, due_at = $17, step = step + 1
   where slot = $1 and account_id = $2 and sync_id = $3 and step = $18
  returning step)sql"};

// ---- what is old

inline constexpr Statement kLinkPrune = {"link.prune", R"sql(
  with links as (
    delete from eng.link where ctid = any (array(
      select ctid from eng.link where standing = 4 and ended_at < $2 and slot = any ($1::smallint[]) limit $3))
    returning slot, account_id, sync_id, link_id
  ), entries as (
    delete from eng.link_entry e using links l
     where e.slot = l.slot and e.account_id = l.account_id and e.sync_id = l.sync_id and e.link_id = l.link_id
  ), seen as (
    delete from eng.link_seen s using links l
     where s.slot = l.slot and s.account_id = l.account_id and s.sync_id = l.sync_id and s.link_id = l.link_id
  ), of_links as (
    delete from eng.link_conflict c using links l
     where c.slot = l.slot and c.account_id = l.account_id and c.sync_id = l.sync_id and c.link_id = l.link_id
  ), conflicts as (
    delete from eng.link_conflict where ctid = any (array(
      select ctid from eng.link_conflict
       where not open and coalesce(resolved_at, made_at) < $2 and slot = any ($1::smallint[]) limit $3))
    returning 1
  ), tombstones as (
    delete from eng.link_tombstone where ctid = any (array(
      select ctid from eng.link_tombstone where deleted_at < $2 and slot = any ($1::smallint[]) limit $3))
    returning 1
  ), deletes as (
    delete from eng.link_delete where ctid = any (array(
      select ctid from eng.link_delete where deleted_at < $2 and slot = any ($1::smallint[]) limit $3))
  )
  select (select count(*) from links) + (select count(*) from conflicts) + (select count(*) from tombstones) as pruned)sql"};

// Of two-way syncs that are deleted: nothing of them can be used any more. Takes what all
// statements of Retention take.
#define SB_LINKS_OF_DELETED(table)                                                               \
  {                                                                                              \
    "retention." table, "with old as (delete from eng." table                                    \
                        " where ctid = any (array(select t.ctid from eng.sync s join eng." table \
                        " t on t.slot = s.slot and t.account_id = s.account_id and "             \
                        "t.sync_id = s.sync_id where s.kind = 2 and s.state = 3 and "            \
                        "$1::timestamptz is not null limit $2)) returning 1) "                   \
                        "select count(*) as pruned from old"                                     \
  }

inline constexpr std::array<Statement, 9> kRetentionLinksOfDeleted = {
    {SB_LINKS_OF_DELETED("link"), SB_LINKS_OF_DELETED("link_key"), SB_LINKS_OF_DELETED("link_hint"),
     SB_LINKS_OF_DELETED("link_seen"), SB_LINKS_OF_DELETED("link_conflict"),
     SB_LINKS_OF_DELETED("link_entry"), SB_LINKS_OF_DELETED("link_tombstone"),
     SB_LINKS_OF_DELETED("link_delete"), SB_LINKS_OF_DELETED("link_progress")}};

#undef SB_LINKS_OF_DELETED

}  // namespace sb::adapters::postgres
