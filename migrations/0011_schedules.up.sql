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
  constraint schedule_pkey primary key (slot, account_id, workspace, name)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

create index schedule_by_workflow on eng.schedule (workflow_id, due_at);

-- Writes schedules as they are to stand. It answers no row: it is joined to eng.commit_batch, whose fence it needs, by
-- a union.
create function eng.put_schedules(
  c_slot smallint[], c_account bigint[], c_workspace text[], c_name text[], c_workflow bigint[], c_plan text[],
  c_due timestamptz[], c_last timestamptz[], c_run bigint[], c_removed boolean[])
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
  insert into eng.schedule (slot, account_id, workspace, name, workflow_id, plan, due_at, last_at, run_id)
  select t.slot, t.account_id, t.workspace, t.name, t.workflow_id, t.plan, t.due_at, t.last_at, t.run_id
    from unnest(c_slot, c_account, c_workspace, c_name, c_workflow, c_plan, c_due, c_last, c_run, c_removed)
      as t (slot, account_id, workspace, name, workflow_id, plan, due_at, last_at, run_id, removed)
   where not t.removed
  on conflict (slot, account_id, workspace, name) do update
     set workflow_id = excluded.workflow_id, plan = excluded.plan, due_at = excluded.due_at,
         last_at = excluded.last_at, run_id = excluded.run_id;
end
$$;
