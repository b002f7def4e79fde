#pragma once

#include <string>
#include <vector>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/table_picture.h"
#include "engine/core/twoway/definition.h"

// What is ours in a customer's database: the schema "switchboard", with a table of applied writes,
// a log of changes, and for each sync a trigger that writes it (docs/adr/0050).
namespace sb::adapters::postgres {

/// The trigger of a sync. Its function is switchboard.note_..., with the same end.
std::string TriggerOfFeed(const std::string& feed);

/// Makes what is not there yet, and takes the trigger off a table that the sync had before. Within
/// the transaction; fails as Transaction::Run.
Status PrepareHome(Transaction& transaction, const TablePicture& picture, const std::string& feed,
                   const std::string& key, core::twoway::ChangeFeed changes);

/// Takes a sync out of the home. Owners of tables need not help: the trigger goes with its
/// function, which is ours.
Status LeaveHome(Transaction& transaction, const std::string& feed);
/// Takes away the schema where no sync is left in it. Fails where somebody put something of their
/// own into it.
Status RemoveHome(Transaction& transaction);

/// $1: op_key, $2: the sync, $3: the row's key, empty where it is to be made. Gives a row where the
/// write is made for the first time; waits for one of the same op_key that is under way. From here
/// on the transaction says that it is ours, and has the customer's search_path. Takes away what is
/// 90 days old.
inline constexpr Statement kNoteOp = {"table.note_op", R"sql(
  with old as (
    delete from switchboard.applied_ops o
     where o.op_key in (select p.op_key from switchboard.applied_ops p
                         where p.feed = $2::text and p.at < now() - interval '90 days'
                         order by p.at limit 2 for update skip locked))
  insert into switchboard.applied_ops (op_key, feed, record_key)
  select $1::text, $2::text, nullif($3::text, '')
    from (select set_config('switchboard.origin', $1::text, true) as origin,
                 set_config('search_path', (select s.reset_val from pg_settings s
                                             where s.name = 'search_path'), true) as path) as marked
   where marked.origin is not null and marked.path is not null
  on conflict (op_key) do nothing
  returning op_key)sql",
                                      Planning::kEachTime};

/// $1: op_key, $2: the key of the row that it made.
inline constexpr Statement kNameOp = {
    "table.name_op",
    "update switchboard.applied_ops set record_key = $2::text where op_key = $1::text",
    Planning::kEachTime};

/// $1: op_key. The key of the row that it wrote.
inline constexpr Statement kFindOp = {
    "table.find_op",
    "select coalesce(record_key, '') as key from switchboard.applied_ops where op_key = $1::text",
    Planning::kEachTime};

/// $1: the sync, $2 and $3: transaction and entry up to which the log was read.
inline constexpr Statement kPruneLog = {"table.prune_log", R"sql(
  delete from switchboard.change_log l
   using (select p.xid, p.id from switchboard.change_log p
           where p.feed = $1::text and (p.xid, p.id) <= ($2::text::xid8, $3::bigint)
           order by p.xid, p.id limit 5000) as old
   where l.feed = $1::text and l.xid = old.xid and l.id = old.id
     and l.at < now() - interval '1 day')sql",
                                        Planning::kEachTime};

/// The transaction from which on the log is to be read, to miss nothing from now on.
inline constexpr Statement kLogNow = {"table.log_now",
                                      "select pg_snapshot_xmin(pg_current_snapshot())::text as xid",
                                      Planning::kEachTime};

}  // namespace sb::adapters::postgres
