-- A place in time for those who follow what is stored.
--
-- Ids and clocks do not become visible in their own order, so whoever remembers the last one loses what was committed
-- late. Transactions do have an order that can be waited for: all that began before the oldest one still under way has
-- been decided. Each row says in which transaction it was written; a reader takes those below that horizon, in order
-- of transaction and key, and misses nothing. Rows from before this migration have no place and are not followed.
-- docs/adr/0018 says more.

create function eng.commit_id() returns bigint
language sql stable
as $$
  select pg_current_xact_id()::text::bigint
$$;

alter table eng.inbox add column commit_id bigint;
alter table eng.inbox alter column commit_id set default eng.commit_id();
create index inbox_by_commit on eng.inbox (commit_id, event_id);

-- The journal is the hot table: a summary for every 32 pages costs next to nothing to keep, and its rows lie in the
-- order of their transactions nearly by themselves.
alter table eng.journal add column commit_id bigint;
alter table eng.journal alter column commit_id set default eng.commit_id();
create index journal_by_commit on eng.journal using brin (commit_id) with (pages_per_range = 32, autosummarize = on);

create index dead_letter_by_event on eng.dead_letter (event_id);

-- 5 suspend run.
alter table eng.command drop constraint command_kind_check;
alter table eng.command add constraint command_kind_check check (kind between 1 and 5);
