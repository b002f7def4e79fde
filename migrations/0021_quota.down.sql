-- Every account has a budget of its own again, and begins with what its company has spent: that can only over-count.

delete from eng.command where kind = 6;
alter table eng.command drop constraint command_kind_check;
alter table eng.command add constraint command_kind_check check (kind between 1 and 5);

drop index eng.account_by_company;

alter table eng.budget drop constraint budget_pkey;
alter table eng.budget add column account_id bigint;

insert into eng.budget (slot, company_id, account_id, limit_eff, foreign_est, cool_until, first_second, used, reserved)
select b.slot, b.company_id, a.account_id, b.limit_eff, b.foreign_est, b.cool_until, b.first_second, b.used, b.reserved
  from eng.budget b join eng.account a on a.slot = b.slot and b.company_id = ('x' || substring(encode(sha256(convert_to(a.connector || E'\n' ||
    case when a.external_id = '' then 'account/' || a.account_id else a.external_id end, 'UTF8')), 'hex') for 16))
    ::bit(64)::bigint;

delete from eng.budget where account_id is null;
alter table eng.budget drop column company_id;
alter table eng.budget alter column account_id set not null;
alter table eng.budget add constraint budget_pkey primary key (slot, account_id);

create or replace function eng.commit_batch(
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
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  rejected bigint[] := '{}';
  fired bigint[];
  moved int;
  ended int;
begin
  update eng.writer w set last_commit = p_commit
   where w.instance_id = p_instance and w.n = p_writer and w.incarnation = p_incarnation;
  if not found then
    raise exception 'writer % of instance % is fenced', p_writer, p_instance using errcode = 'EN001';
  end if;

  if cardinality(n_run) > 0 then
    with stored as (
      insert into eng.run_trigger (slot, account_id, workflow_id, trigger_key, run_id, seen_on)
      select t.slot, t.account_id, t.workflow_id, t.trigger_key, t.run_id, (eng.now_() at time zone 'UTC')::date
        from unnest(n_slot, n_account, n_workflow, n_key, n_run)
          as t (slot, account_id, workflow_id, trigger_key, run_id)
       where t.trigger_key is not null
       order by t.slot, t.account_id, t.workflow_id, t.trigger_key, t.run_id
      on conflict (slot, account_id, workflow_id, trigger_key) do nothing
      returning run_id
    )
    select coalesce(array_agg(run_id), '{}') into fired from stored;
    if cardinality(fired) < cardinality(array_remove(n_key, null)) then
      select coalesce(array_agg(t.run_id), '{}') into rejected
        from unnest(n_run, n_key) as t (run_id, trigger_key)
       where t.trigger_key is not null and t.run_id <> all (fired);
    end if;
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
