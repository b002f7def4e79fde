-- Workflows that run by themselves (`schedule.every`, `cron`, `after`).
--
-- A row says where the timetable of one workflow stands for one account. The owner of the slot keeps them: it makes
-- and removes them as workflows are switched and accounts come and go, and moves one on in the very commit that makes
-- the run, under the same fence. So a time is neither lost nor used twice, whoever dies when. docs/adr/0021 says more.

create table eng.schedule (
  slot        smallint    not null,
  account_id  bigint      not null,
  workspace   text        not null,
  name        text        not null,
  workflow_id bigint      not null,  -- the version whose runs it starts
  plan        text        not null,  -- the timetable: where it differs from the workflow's, the row is made anew
  due_at      timestamptz,           -- null: it waits for the end of run_id, or will never be due again
  last_at     timestamptz,           -- when it was last due; of `after`: when its last run ended
  run_id      bigint,                -- of `after`: the run with whose end it begins to count
  crash_count smallint    not null,  -- how often a process ended while it started its run
  constraint schedule_pkey primary key (slot, account_id, workspace, name)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

create index schedule_by_workflow on eng.schedule (workflow_id, due_at);

-- Writes schedules as they are to stand. It answers no row: it is joined to eng.commit_batch, whose fence it needs, by
-- a union.
create function eng.put_schedules(
  c_slot smallint[], c_account bigint[], c_workspace text[], c_name text[], c_workflow bigint[], c_plan text[],
  c_due timestamptz[], c_last timestamptz[], c_run bigint[], c_crashes smallint[], c_removed boolean[])
returns setof bigint
language plpgsql
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  delete from eng.schedule s
   using unnest(c_slot, c_account, c_workspace, c_name, c_removed) as t (slot, account_id, workspace, name, removed)
   where s.slot = t.slot and s.account_id = t.account_id and s.workspace = t.workspace and s.name = t.name
     and t.removed;
  insert into eng.schedule (slot, account_id, workspace, name, workflow_id, plan, due_at, last_at, run_id, crash_count)
  select t.slot, t.account_id, t.workspace, t.name, t.workflow_id, t.plan, t.due_at, t.last_at, t.run_id, t.crash_count
    from unnest(c_slot, c_account, c_workspace, c_name, c_workflow, c_plan, c_due, c_last, c_run, c_crashes, c_removed)
      as t (slot, account_id, workspace, name, workflow_id, plan, due_at, last_at, run_id, crash_count, removed)
   where not t.removed
  on conflict (slot, account_id, workspace, name) do update
     set workflow_id = excluded.workflow_id, plan = excluded.plan, due_at = excluded.due_at,
         last_at = excluded.last_at, run_id = excluded.run_id, crash_count = excluded.crash_count;
end
$$;

-- Runs that take turns with those of the same key (`metadata.switchboard.concurrency`): which live runs stand in which
-- line, and whether they have begun. Written with the facts that say so, gone with the run's end; read when a slot is
-- taken over, since runs that wait are not in memory.

create table eng.turn (
  slot       smallint not null,
  account_id bigint   not null,
  run_id     bigint   not null,
  line       bytea    not null,  -- SHA-256 of the workflow's name and the key
  most       smallint not null,  -- so many may be under way at once
  policy     smallint not null,  -- 0 queue 1 skip 2 replace
  taken      boolean  not null,
  constraint turn_pkey primary key (slot, account_id, run_id),
  constraint turn_most_check check (most between 1 and 1000),
  constraint turn_policy_check check (policy between 0 and 2)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

-- As eng.put_schedules. A new run that eng.commit_batch has rejected is not there, and gets no place.
create function eng.put_turns(
  t_slot smallint[], t_account bigint[], t_run bigint[], t_line bytea[], t_most smallint[], t_policy smallint[],
  t_taken boolean[], t_ended boolean[])
returns setof bigint
language plpgsql
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  delete from eng.turn t
   using unnest(t_slot, t_account, t_run, t_ended) as u (slot, account_id, run_id, ended)
   where t.slot = u.slot and t.account_id = u.account_id and t.run_id = u.run_id and u.ended;
  insert into eng.turn (slot, account_id, run_id, line, most, policy, taken)
  select u.slot, u.account_id, u.run_id, u.line, u.most, u.policy, u.taken
    from unnest(t_slot, t_account, t_run, t_line, t_most, t_policy, t_taken, t_ended)
      as u (slot, account_id, run_id, line, most, policy, taken, ended)
   where not u.ended
     and exists (select from eng.run r
                  where r.slot = u.slot and r.account_id = u.account_id and r.run_id = u.run_id)
  on conflict (slot, account_id, run_id) do update set taken = excluded.taken;
end
$$;

-- The daily partitions that may go: of days before p_before, and whatever an interrupted round has left. A day whose
-- runs still live keeps its journal and its finished runs, a day with events to be dealt with keeps its inbox.
-- `state` is attached, pending (being detached) or detached. Finished runs come first, so that no run is listed whose
-- journal is gone.
create function eng.expired_partitions(p_before date)
returns table (parent text, partition text, state text)
language sql stable
as $$
  select substring(c.relname from '^(.*)_[0-9]{8}$'), c.relname::text,
         case when i.inhrelid is null then 'detached' when i.inhdetachpending then 'pending' else 'attached' end
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_inherits i on i.inhrelid = c.oid
    cross join lateral (
      select to_date(substring(c.relname from '[0-9]{8}$'), 'YYYYMMDD') as day
    ) d
    cross join lateral (
      select eng.lowest_id_at(d.day::timestamp at time zone 'UTC') as low,
             eng.lowest_id_at((d.day + 1)::timestamp at time zone 'UTC') as high
    ) r
   where n.nspname = 'eng' and c.relkind = 'r' and c.relname ~ '^(inbox|journal|run_done)_[0-9]{8}$'
     and d.day < p_before
     and case when c.relname like 'inbox%'
              then not exists (select from eng.inbox_pending p where p.event_id >= r.low and p.event_id < r.high)
              else not exists (select from eng.run u where u.run_id >= r.low and u.run_id < r.high) end
   order by c.relname like 'journal%', c.relname
$$;

-- Row by row: where the old ones lie is told by a summary that costs its writers next to nothing.
create index run_trigger_by_day on eng.run_trigger using brin (seen_on) with (pages_per_range = 32);
create index inbox_key_by_day on eng.inbox_key using brin (seen_on) with (pages_per_range = 32);
