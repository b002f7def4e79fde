#pragma once

#include "engine/adapters/postgres/database.h"

// The SQL statements of PostgresPlatformRecordStore. All but those that prune begin with $1 slot,
// $2 account, $3 object.
namespace sb::adapters::postgres {

#define SB_PLATFORM_RECORDS                                                                 \
  "select object_key, own_key, fields, standing, reason, changed_at, told_at, created_at, " \
  "version from eng.platform_record where slot = $1 and account_id = $2 and object = $3 "
#define SB_PLATFORM_CHANGES                                                                    \
  "select change_id, number, kind, object_key, fields, before, whole, op_key, state, reason, " \
  "made_at, settled_at from eng.platform_change "                                              \
  "where slot = $1 and account_id = $2 and object = $3 "

// ---- Reading

inline constexpr Statement kPlatformGet = {"platform.get",
                                           SB_PLATFORM_RECORDS "and object_key = $4"};
inline constexpr Statement kPlatformNamed = {
    "platform.named",
    SB_PLATFORM_RECORDS "and object_key = any ($4::text[]) union all " SB_PLATFORM_RECORDS
                        "and own_key <> '' and own_key = any ($4::text[]) "
                        "and object_key <> all ($4::text[])"};
inline constexpr Statement kPlatformList = {
    "platform.list",
    SB_PLATFORM_RECORDS "and standing = 1 and object_key > $4 order by object_key limit $5"};
inline constexpr Statement kPlatformCount = {"platform.count", R"sql(
  select count(*) as count from eng.platform_record
   where slot = $1 and account_id = $2 and object = $3 and standing = 1)sql"};
inline constexpr Statement kPlatformMarked = {
    "platform.marked", SB_PLATFORM_RECORDS
    "and standing = 1 and marks @> array[$4::bigint] order by created_at, record_id limit $5"};
inline constexpr Statement kPlatformSince = {
    "platform.since", SB_PLATFORM_RECORDS "and version > $4 order by version limit $5"};
inline constexpr Statement kPlatformNewest = {
    "platform.newest",
    "select last from eng.platform_book where slot = $1 and account_id = $2 and object = $3"};
inline constexpr Statement kPlatformWaiting = {
    "platform.waiting",
    SB_PLATFORM_CHANGES "and state = 1 and object_key = any ($4::text[]) order by number"};
inline constexpr Statement kPlatformWaitingSince = {
    "platform.waiting_since",
    SB_PLATFORM_CHANGES "and state = 1 and number > $4 order by number limit $5"};
inline constexpr Statement kPlatformChange = {"platform.change",
                                              SB_PLATFORM_CHANGES "and change_id = $4"};
inline constexpr Statement kPlatformChangeOf = {"platform.change_of",
                                                SB_PLATFORM_CHANGES "and op_key = $4"};
inline constexpr Statement kPlatformReceipt = {"platform.receipt", R"sql(
  select request_id, digest, answers, pushed_at from eng.platform_push
   where slot = $1 and account_id = $2 and object = $3 and request_id = $4)sql"};

#undef SB_PLATFORM_RECORDS
#undef SB_PLATFORM_CHANGES

// ---- One commit, in this order. Each answers with a row for each row that it wrote.

// The row stays locked until the commit ends: $4 more numbers are ours.
inline constexpr Statement kPlatformNumbers = {"platform.numbers", R"sql(
  insert into eng.platform_book as b (slot, account_id, object, last) values ($1, $2, $3, $4)
  on conflict (slot, account_id, object) do update set last = b.last + $4 returning last)sql"};

inline constexpr Statement kPlatformRemove = {"platform.remove", R"sql(
  delete from eng.platform_record r
   using unnest($4::text[], $5::bigint[]) as u (key, version)
   where r.slot = $1 and r.account_id = $2 and r.object = $3 and r.object_key = u.key and r.version = u.version
  returning 1)sql"};

inline constexpr Statement kPlatformSave = {"platform.save", R"sql(
  update eng.platform_record r
     set own_key = u.own_key, fields = u.fields::json, standing = u.standing, reason = u.reason,
         changed_at = u.changed_at, told_at = u.told_at, version = u.new_version, marks = u.marks::bigint[],
         gone_at = case when u.standing = 1 then null else coalesce(r.gone_at, eng.now_()) end
    from unnest($4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::timestamptz[], $10::timestamptz[],
                $11::timestamptz[], $12::bigint[], $13::text[], $14::bigint[])
         as u (key, own_key, fields, standing, reason, changed_at, told_at, created_at, new_version, marks, version)
   where r.slot = $1 and r.account_id = $2 and r.object = $3 and r.object_key = u.key and r.version = u.version
  returning 1)sql"};

inline constexpr Statement kPlatformAdd = {"platform.add", R"sql(
  insert into eng.platform_record (slot, account_id, object, object_key, own_key, fields, standing, reason, changed_at,
                                   told_at, created_at, version, marks, gone_at)
  select $1, $2, $3, u.key, u.own_key, u.fields::json, u.standing, u.reason, u.changed_at, u.told_at, u.created_at,
         u.new_version, u.marks::bigint[], case when u.standing <> 1 then eng.now_() end
    from unnest($4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::timestamptz[], $10::timestamptz[],
                $11::timestamptz[], $12::bigint[], $13::text[])
         as u (key, own_key, fields, standing, reason, changed_at, told_at, created_at, new_version, marks)
  on conflict do nothing
  returning 1)sql"};

inline constexpr Statement kPlatformAddChange = {"platform.add_change", R"sql(
  insert into eng.platform_change (slot, account_id, object, change_id, number, kind, object_key, fields, before, whole,
                                   op_key, state, reason, made_at, settled_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8::text::json, $9::text::json, $10::text::json, $11, $12, $13, $14, $15)
  on conflict do nothing
  returning 1)sql"};

// Of one that was erased meanwhile the op_key is another one: nothing is put back into it.
inline constexpr Statement kPlatformSaveChange = {"platform.save_change", R"sql(
  update eng.platform_change
     set before = $5::text::json, whole = $6::text::json, state = $7, reason = $8, settled_at = $9
   where slot = $1 and account_id = $2 and object = $3 and change_id = $4 and op_key = $10
  returning 1)sql"};

inline constexpr Statement kPlatformAddReceipt = {"platform.add_receipt", R"sql(
  insert into eng.platform_push (slot, account_id, object, request_id, digest, answers, pushed_at)
  values ($1, $2, $3, $4, $5, $6::text::json, $7)
  on conflict do nothing
  returning 1)sql"};

// ---- Forgetting: $1 before, $2 rows at most

inline constexpr Statement kPlatformPrunePushes = {"platform.prune_pushes", R"sql(
  with old as (delete from eng.platform_push where ctid = any (array(
    select ctid from eng.platform_push where pushed_at < $1 limit $2)) returning 1)
  select count(*) as pruned from old)sql"};
inline constexpr Statement kPlatformPruneChanges = {"platform.prune_changes", R"sql(
  with old as (delete from eng.platform_change where ctid = any (array(
    select ctid from eng.platform_change where settled_at < $1 limit $2)) returning 1)
  select count(*) as pruned from old)sql"};
inline constexpr Statement kPlatformPruneRecords = {"platform.prune_records", R"sql(
  with old as (delete from eng.platform_record where ctid = any (array(
    select ctid from eng.platform_record where gone_at < $1 limit $2)) returning 1)
  select count(*) as pruned from old)sql"};

}  // namespace sb::adapters::postgres
