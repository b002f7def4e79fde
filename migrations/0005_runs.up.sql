-- Runs, their journal, the quota record, and the one statement that writes them.
--
-- Live runs are few and change often: they sit in eng.run, are touched by primary key, and leave for run_done in the
-- commit that ends them. The journal is only ever appended to. Both journal and run_done are partitioned by day of
-- the (time-ordered) run id, so that forgetting is dropping a partition. No foreign keys between hot tables: the
-- fence, the sequence check and the journal's key keep them together.

create table eng.run (
  slot        smallint    not null,
  account_id  bigint      not null,
  run_id      bigint      not null,
  workflow_id bigint      not null,
  event_id    bigint,                          -- null: a client started it
  lane        smallint    not null,
  state       smallint    not null,            -- 1 runnable 2 timer 3 waiting for an event 4 parked
  wake_at     timestamptz,
  status      text        not null,
  seq         int         not null,            -- the newest journal row's
  note        text        not null,
  updated_at  timestamptz not null,
  constraint run_pkey primary key (slot, account_id, run_id),
  constraint run_lane_check check (lane between 0 and 3),
  constraint run_state_check check (state between 1 and 4),
  constraint run_status_check check (status in ('RUNNING', 'PARKED'))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0);

create index run_due on eng.run (slot, account_id, lane, wake_at) where state in (1, 2);
create index run_by_id on eng.run (run_id);
create index run_by_account on eng.run (account_id, run_id);
create index run_by_workflow on eng.run (workflow_id, run_id);

-- That a trigger has fired. It outlives the run, so a repeated delivery starts nothing after the run has ended.
create table eng.run_trigger (
  slot        smallint not null,
  account_id  bigint   not null,
  workflow_id bigint   not null,
  trigger_key bytea    not null,
  run_id      bigint   not null,
  seen_on     date     not null,
  constraint run_trigger_pkey primary key (slot, account_id, workflow_id, trigger_key)
);

create table eng.run_done (
  slot        smallint    not null,
  account_id  bigint      not null,
  run_id      bigint      not null,
  workflow_id bigint      not null,
  event_id    bigint,
  lane        smallint    not null,
  status      text        not null,
  seq         int         not null,
  note        text        not null,
  updated_at  timestamptz not null,
  constraint run_done_pkey primary key (slot, account_id, run_id),
  constraint run_done_lane_check check (lane between 0 and 3),
  constraint run_done_status_check check (status in ('SUCCEEDED', 'FAILED', 'CANCELLED'))
) partition by range (run_id);

create index run_done_by_id on eng.run_done (run_id);
create index run_done_by_account on eng.run_done (account_id, run_id);
create index run_done_by_workflow on eng.run_done (workflow_id, run_id);

create table eng.journal (
  slot       smallint    not null,
  account_id bigint      not null,
  run_id     bigint      not null,
  seq        int         not null,
  kind       smallint    not null,  -- 1 intent 2 outcome 3 timer 4 signal 5 decision
  task       text        not null,
  attempt    int         not null,
  op_key     text        not null,  -- '': no effect to identify
  facts      json        not null,  -- json, not jsonb: what was written comes back, \u0000 and number forms included
  at         timestamptz not null,
  constraint journal_pkey primary key (slot, account_id, run_id, seq),
  constraint journal_kind_check check (kind between 1 and 5)
) partition by range (run_id);

-- The owner's limiter lives in memory; this is what a successor starts from. Logged on purpose: a crash may only
-- over-count what was spent.
create table eng.budget (
  slot         smallint    not null,
  account_id   bigint      not null,
  limit_eff    int         not null,
  foreign_est  int         not null,
  cool_until   timestamptz,
  first_second bigint      not null,
  used         smallint[]  not null,  -- grants by second, from first_second on
  reserved     int         not null,
  constraint budget_pkey primary key (slot, account_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

-- Writes one batch, or nothing, and answers the new runs whose trigger had fired before: nothing of them is stored.
-- EN001: another incarnation holds the pen. EN002: a run is not where the caller believed; so does a repeated
-- journal row, by its primary key. Both mean that the caller must not go on from what it has in memory.
create function eng.commit_batch(
  p_instance bigint, p_writer smallint, p_incarnation bigint, p_commit uuid,
  -- new runs, already where this batch leaves them
  n_slot smallint[], n_account bigint[], n_run bigint[], n_workflow bigint[], n_key bytea[], n_event bigint[],
  n_lane smallint[], n_seq int[], n_state smallint[], n_wake timestamptz[], n_status text[], n_finished boolean[],
  n_note text[], n_at timestamptz[],
  -- journal
  j_slot smallint[], j_account bigint[], j_run bigint[], j_seq int[], j_kind smallint[], j_task text[],
  j_attempt int[], j_op_key text[], j_facts json[], j_at timestamptz[],
  -- steps of runs that exist
  s_slot smallint[], s_account bigint[], s_run bigint[], s_from int[], s_to int[], s_state smallint[],
  s_wake timestamptz[], s_status text[], s_finished boolean[], s_note text[], s_at timestamptz[],
  -- events dealt with
  h_slot smallint[], h_event bigint[],
  -- budgets
  b_slot smallint[], b_account bigint[], b_limit int[], b_foreign int[], b_cool timestamptz[], b_first bigint[],
  b_used text[], b_reserved int[])
returns setof bigint
language plpgsql
as $$
declare
  rejected bigint[] := '{}';
  moved int;
  ended int;
begin
  update eng.writer w set last_commit = p_commit
   where w.instance_id = p_instance and w.n = p_writer and w.incarnation = p_incarnation;
  if not found then
    raise exception 'writer % of instance % is fenced', p_writer, p_instance using errcode = 'EN001';
  end if;

  if cardinality(n_run) > 0 then
    with fired as (
      insert into eng.run_trigger (slot, account_id, workflow_id, trigger_key, run_id, seen_on)
      select t.slot, t.account_id, t.workflow_id, t.trigger_key, t.run_id, (eng.now_() at time zone 'UTC')::date
        from unnest(n_slot, n_account, n_workflow, n_key, n_run)
          as t (slot, account_id, workflow_id, trigger_key, run_id)
       order by t.slot, t.account_id, t.workflow_id, t.trigger_key, t.run_id
      on conflict (slot, account_id, workflow_id, trigger_key) do nothing
      returning run_id
    )
    select coalesce(array_agg(t.run_id), '{}') into rejected
      from unnest(n_run) as t (run_id) where not exists (select from fired f where f.run_id = t.run_id);
    -- The same run twice is no repeated trigger but a commit made twice.
    if cardinality(rejected) > 0 and exists (
         select from unnest(n_slot, n_account, n_workflow, n_key, n_run)
             as t (slot, account_id, workflow_id, trigger_key, run_id)
           join eng.run_trigger g using (slot, account_id, workflow_id, trigger_key, run_id)
          where t.run_id = any (rejected)) then
      raise exception 'a new run is stored already' using errcode = 'EN002';
    end if;

    insert into eng.run (slot, account_id, run_id, workflow_id, event_id, lane, state, wake_at, status, seq, note,
                         updated_at)
    select t.slot, t.account_id, t.run_id, t.workflow_id, t.event_id, t.lane, t.state, t.wake_at, t.status, t.seq,
           t.note, t.at
      from unnest(n_slot, n_account, n_run, n_workflow, n_event, n_lane, n_seq, n_state, n_wake, n_status, n_finished,
                  n_note, n_at)
        as t (slot, account_id, run_id, workflow_id, event_id, lane, seq, state, wake_at, status, finished, note, at)
     where not t.finished and t.run_id <> all (rejected);
    insert into eng.run_done (slot, account_id, run_id, workflow_id, event_id, lane, status, seq, note, updated_at)
    select t.slot, t.account_id, t.run_id, t.workflow_id, t.event_id, t.lane, t.status, t.seq, t.note, t.at
      from unnest(n_slot, n_account, n_run, n_workflow, n_event, n_lane, n_seq, n_status, n_finished, n_note, n_at)
        as t (slot, account_id, run_id, workflow_id, event_id, lane, seq, status, finished, note, at)
     where t.finished and t.run_id <> all (rejected);
  end if;

  if cardinality(j_run) > 0 then
    insert into eng.journal (slot, account_id, run_id, seq, kind, task, attempt, op_key, facts, at)
    select t.slot, t.account_id, t.run_id, t.seq, t.kind, t.task, t.attempt, t.op_key, t.facts, t.at
      from unnest(j_slot, j_account, j_run, j_seq, j_kind, j_task, j_attempt, j_op_key, j_facts, j_at)
        as t (slot, account_id, run_id, seq, kind, task, attempt, op_key, facts, at)
     where t.run_id <> all (rejected);
  end if;

  if cardinality(s_run) > 0 then
    update eng.run r
       set seq = t.to_seq, state = t.state, wake_at = t.wake_at, status = t.status, note = t.note,
           updated_at = greatest(t.at, r.updated_at)
      from unnest(s_slot, s_account, s_run, s_from, s_to, s_state, s_wake, s_status, s_finished, s_note, s_at)
        as t (slot, account_id, run_id, from_seq, to_seq, state, wake_at, status, finished, note, at)
     where r.slot = t.slot and r.account_id = t.account_id and r.run_id = t.run_id and r.seq = t.from_seq
       and not t.finished;
    get diagnostics moved = row_count;
    with gone as (
      delete from eng.run r
       using unnest(s_slot, s_account, s_run, s_from, s_to, s_status, s_finished, s_note, s_at)
         as t (slot, account_id, run_id, from_seq, to_seq, status, finished, note, at)
       where r.slot = t.slot and r.account_id = t.account_id and r.run_id = t.run_id and r.seq = t.from_seq
         and t.finished
      returning r.slot, r.account_id, r.run_id, r.workflow_id, r.event_id, r.lane, t.status, t.to_seq, t.note,
                greatest(t.at, r.updated_at) as at
    )
    insert into eng.run_done (slot, account_id, run_id, workflow_id, event_id, lane, status, seq, note, updated_at)
    select g.slot, g.account_id, g.run_id, g.workflow_id, g.event_id, g.lane, g.status, g.to_seq, g.note, g.at
      from gone g;
    get diagnostics ended = row_count;
    if moved + ended <> cardinality(s_run) then
      raise exception '% of % runs are not where they were believed', cardinality(s_run) - moved - ended,
        cardinality(s_run) using errcode = 'EN002';
    end if;
  end if;

  if cardinality(h_event) > 0 then
    delete from eng.inbox_pending p using unnest(h_slot, h_event) as t (slot, event_id)
     where p.slot = t.slot and p.event_id = t.event_id;
  end if;

  if cardinality(b_account) > 0 then
    insert into eng.budget (slot, account_id, limit_eff, foreign_est, cool_until, first_second, used, reserved)
    select t.slot, t.account_id, t.limit_eff, t.foreign_est, t.cool_until, t.first_second, t.used::smallint[],
           t.reserved
      from unnest(b_slot, b_account, b_limit, b_foreign, b_cool, b_first, b_used, b_reserved)
        as t (slot, account_id, limit_eff, foreign_est, cool_until, first_second, used, reserved)
    on conflict (slot, account_id) do update
       set limit_eff = excluded.limit_eff, foreign_est = excluded.foreign_est, cool_until = excluded.cool_until,
           first_second = excluded.first_second, used = excluded.used, reserved = excluded.reserved;
  end if;

  return query select unnest(rejected);
end
$$;

-- What became of a commit whose answer was lost. Raising the incarnation waits for the old backend, if it still
-- runs, and shuts out the statement if it is still on its way; after that last_commit is the truth. May be called
-- again when its own answer was lost. The instance's row tells a settling owner from one that was taken over: a
-- take-over raises the instance beyond every fence it ever gave out, or marks it fenced.
create function eng.settle_commit(
  p_instance bigint, p_writer smallint, p_incarnation bigint, p_commit uuid,
  n_slot smallint[], n_account bigint[], n_run bigint[], n_workflow bigint[], n_key bytea[])
returns table (new_incarnation bigint, committed boolean, rejected_runs bigint[])
language plpgsql
as $$
declare
  receipt uuid;
begin
  perform from eng.instance i
    where i.instance_id = p_instance and i.state = 1 and i.incarnation <= p_incarnation
    for share;
  if found then
    update eng.writer w set incarnation = w.incarnation + 1
     where w.instance_id = p_instance and w.n = p_writer and w.incarnation >= p_incarnation
    returning w.incarnation, w.last_commit into new_incarnation, receipt;
  end if;
  if not found then
    raise exception 'writer % of instance % is fenced', p_writer, p_instance using errcode = 'EN001';
  end if;
  committed := receipt is not distinct from p_commit;
  select coalesce(array_agg(t.run_id), '{}') into rejected_runs
    from unnest(n_slot, n_account, n_workflow, n_key, n_run) as t (slot, account_id, workflow_id, trigger_key, run_id)
    join eng.run_trigger g using (slot, account_id, workflow_id, trigger_key)
   where committed and g.run_id <> t.run_id;
  return next;
end
$$;

-- The lowest id that can be made at or after an instant: milliseconds since 2024-01-01, then 22 bits of instance
-- and counter.
create function eng.lowest_id_at(p_when timestamptz) returns bigint
language sql immutable
as $$
  select (ceil(extract(epoch from p_when) * 1000)::bigint - 1704067200000) << 22
$$;

-- Makes the daily partitions from p_first to p_last that do not exist yet; answers how many. Attaching an empty
-- table only takes a lock that readers and writers do not notice, which CREATE TABLE ... PARTITION OF does not.
create function eng.ensure_partitions(p_first date, p_last date) returns int
language plpgsql
as $$
declare
  parent text;
  day date;
  partition text;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('eng.ensure_partitions', 0));
  foreach parent in array array['inbox', 'journal', 'run_done'] loop
    for day in select d::date from generate_series(p_first::timestamp, p_last::timestamp, '1 day') d loop
      partition := parent || '_' || to_char(day, 'YYYYMMDD');
      continue when to_regclass(format('eng.%I', partition)) is not null;
      execute format('create table eng.%I (like eng.%I including defaults including constraints)',
                     partition, parent);
      execute format('alter table eng.%I attach partition eng.%I for values from (%s) to (%s)', parent, partition,
                     eng.lowest_id_at(day::timestamp at time zone 'UTC'),
                     eng.lowest_id_at((day + 1)::timestamp at time zone 'UTC'));
      made := made + 1;
    end loop;
  end loop;
  return made;
end
$$;
