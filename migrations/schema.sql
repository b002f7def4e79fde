-- Generated from the migrations; see README.md.
CREATE SCHEMA eng;
CREATE FUNCTION eng.add_link_entries(i_slot smallint, i_account bigint, i_sync bigint, i_link bigint, i_ats timestamp with time zone[], i_whats text[], i_reasons text[], i_details text[], i_most integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  insert into eng.link_entry (slot, account_id, sync_id, link_id, at, what, reason, detail)
  select i_slot, i_account, i_sync, i_link, u.at, u.what, u.reason, u.detail::json
    from unnest(i_ats, i_whats, i_reasons, i_details) with ordinality as u (at, what, reason, detail, place)
   order by u.place;
  delete from eng.link_entry
   where slot = i_slot and account_id = i_account and sync_id = i_sync and link_id = i_link
     and entry_id <= (select e.entry_id from eng.link_entry e
                       where e.slot = i_slot and e.account_id = i_account and e.sync_id = i_sync and e.link_id = i_link
                       order by e.entry_id desc offset i_most limit 1);
end
$$;
CREATE FUNCTION eng.add_link_hints(i_slot smallint, i_account bigint, i_sync bigint, i_sides smallint[], i_keys text[], i_reasons text[], i_gone boolean[], i_first timestamp with time zone[], i_due timestamp with time zone[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  -- What was told stays so: a page that shows the record as well does not put it behind the backlog.
  insert into eng.link_hint as h (slot, account_id, sync_id, side, object_key, reason, gone, generation, first_at, due_at)
  select i_slot, i_account, i_sync, u.side, u.key, u.reason, u.gone, nextval('eng.link_hint_generation'), u.first, u.due
    from unnest(i_sides, i_keys, i_reasons, i_gone, i_first, i_due) as u (side, key, reason, gone, first, due)
   order by u.side, u.key
  on conflict (slot, account_id, sync_id, side, object_key) do update
     set reason = case when excluded.reason in ('compare', 'first') then h.reason else excluded.reason end,
         gone = h.gone or excluded.gone, generation = excluded.generation,
         due_at = least(h.due_at, excluded.due_at);
end
$$;
CREATE FUNCTION eng.append_inbox(i_slot smallint[], i_account bigint[], i_event_id bigint[], i_dedupe bytea[], i_source smallint[], i_event text[], i_entity text[], i_entity_id text[], i_occurred timestamp with time zone[], i_received timestamp with time zone[], i_first integer[], i_length integer[], i_occurrence bytea[], i_bodies bytea) RETURNS SETOF bigint
    LANGUAGE plpgsql
    AS $$
begin
  return query
  with item as materialized (
    select * from unnest(i_slot, i_account, i_event_id, i_dedupe, i_source, i_event, i_entity, i_entity_id,
                         i_occurred, i_received, i_first, i_length, i_occurrence)
      as t (slot, account_id, event_id, dedupe, source, event, entity, entity_id, occurred_at, received_at, first,
            length, occurrence)
  ), fresh as (
    insert into eng.inbox_key as k (slot, account_id, dedupe, event_id, seen_on)
    select i.slot, i.account_id, i.dedupe, i.event_id, (eng.now_() at time zone 'UTC')::date
      from item i
      -- A value of its own for each item, not a join: that one might be planned over all keys there are.
     where (select r.event_id from eng.inbox_key r
             where r.slot = i.slot and r.account_id = i.account_id and r.dedupe = i.occurrence) is null
     order by i.slot, i.account_id, i.dedupe, i.event_id
    on conflict (slot, account_id, dedupe) do nothing
    returning k.event_id
  ), stored as (
    insert into eng.inbox (slot, account_id, event_id, dedupe, source, event, entity, entity_id, occurred_at,
                           received_at, body, occurrence)
    select i.slot, i.account_id, i.event_id, i.dedupe, i.source, i.event, i.entity, i.entity_id, i.occurred_at,
           i.received_at, substring(i_bodies from i.first for i.length), i.occurrence
      from item i join fresh using (event_id)
  )
  insert into eng.inbox_pending as p (slot, event_id, account_id)
  select i.slot, i.event_id, i.account_id from item i join fresh using (event_id)
  returning p.event_id;
end
$$;
CREATE FUNCTION eng.claim_slots(p_instance bigint, p_incarnation bigint) RETURNS SETOF smallint
    LANGUAGE plpgsql
    AS $$
declare
  share int;
  owned int;
begin
  perform from eng.instance i
    where i.instance_id = p_instance and i.incarnation = p_incarnation and i.state = 1
    for share;
  if not found then
    raise exception 'instance % is fenced', p_instance using errcode = 'EN001';
  end if;
  select ceil(1024.0 / count(*)) into share from eng.instance i where i.state = 1;
  select count(*) into owned from eng.slot s where s.instance_id = p_instance;
  with free as materialized (
    select s.slot from eng.slot s
     where s.instance_id is null
     order by s.slot
     limit greatest(share - owned, 0)
     for update skip locked
  )
  update eng.slot s set instance_id = p_instance, epoch = s.epoch + 1, since = eng.now_()
    from free where s.slot = free.slot;
  return query select s.slot from eng.slot s where s.instance_id = p_instance order by s.slot;
end
$$;
CREATE FUNCTION eng.commit_batch(p_instance bigint, p_writer smallint, p_incarnation bigint, p_commit uuid, n_slot smallint[], n_account bigint[], n_run bigint[], n_workflow bigint[], n_key bytea[], n_event bigint[], n_lane smallint[], n_seq integer[], n_state smallint[], n_wake timestamp with time zone[], n_status text[], n_finished boolean[], n_note text[], n_at timestamp with time zone[], j_slot smallint[], j_account bigint[], j_run bigint[], j_seq integer[], j_kind smallint[], j_task text[], j_attempt integer[], j_op_key text[], j_facts json[], j_at timestamp with time zone[], s_slot smallint[], s_account bigint[], s_run bigint[], s_from integer[], s_to integer[], s_state smallint[], s_wake timestamp with time zone[], s_status text[], s_finished boolean[], s_note text[], s_at timestamp with time zone[], h_slot smallint[], h_event bigint[], b_slot smallint[], b_account bigint[], b_limit integer[], b_foreign integer[], b_cool timestamp with time zone[], b_first bigint[], b_used text[], b_reserved integer[]) RETURNS SETOF bigint
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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
    insert into eng.budget (slot, company_id, limit_eff, foreign_est, cool_until, first_second, used, reserved)
    select t.slot, t.company_id, t.limit_eff, t.foreign_est, t.cool_until, t.first_second, t.used::smallint[],
           t.reserved
      from unnest(b_slot, b_account, b_limit, b_foreign, b_cool, b_first, b_used, b_reserved)
        as t (slot, company_id, limit_eff, foreign_est, cool_until, first_second, used, reserved)
    on conflict (slot, company_id) do update
       set limit_eff = excluded.limit_eff, foreign_est = excluded.foreign_est, cool_until = excluded.cool_until,
           first_second = excluded.first_second, used = excluded.used, reserved = excluded.reserved;
  end if;
  return query select unnest(rejected);
end
$$;
CREATE FUNCTION eng.commit_id() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
  select pg_current_xact_id()::text::bigint
$$;
CREATE FUNCTION eng.commit_link(i_slot smallint, i_account bigint, i_sync bigint, i_link bigint, i_step integer, i_key_a text, i_key_b text, i_agreed text, i_choices text, i_intent text, i_writes text, i_mapped text, i_hash_a text, i_hash_b text, i_standing smallint, i_code text, i_reason text, i_attempts integer, i_created timestamp with time zone, i_settled timestamp with time zone, i_has_keys boolean, i_match_keys bytea[], i_done_side smallint, i_done_key text, i_done_generation bigint, i_hint_sides smallint[], i_hint_keys text[], i_hint_reasons text[], i_hint_gone boolean[], i_hint_first timestamp with time zone[], i_hint_due timestamp with time zone[], i_ids bigint[], i_links bigint[], i_sides smallint[], i_keys text[], i_codes text[], i_fields text[], i_bases text[], i_as text[], i_bs text[], i_a_ats timestamp with time zone[], i_b_ats timestamp with time zone[], i_rules text[], i_rivals text[], i_open boolean[], i_resolutions text[], i_by text[], i_ats timestamp with time zone[], i_resolved timestamp with time zone[], i_answered bigint[], i_entry_ats timestamp with time zone[], i_whats text[], i_reasons text[], i_details text[], i_most_entries integer, i_stone_sides smallint[], i_stone_digests bytea[], i_stone_bases text[], i_stone_ats timestamp with time zone[], i_deleted_side smallint, i_deleted_at timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
  new_step int := 0;
begin
  if i_link is not null then
    new_step := eng.save_link(i_slot, i_account, i_sync, i_link, i_step, i_key_a, i_key_b, i_agreed, i_choices, i_intent,
                              i_writes, i_mapped, i_hash_a, i_hash_b, i_standing, i_code, i_reason, i_attempts, i_created,
                              i_settled);
    if new_step is null then
      return -1;
    end if;
    if i_step = 0 then
      -- Whoever asks what becomes of a record without link is answered by its link.
      update eng.link_conflict set open = false, resolution = 'gone', resolved_at = eng.now_()
       where slot = i_slot and account_id = i_account and sync_id = i_sync and link_id = 0 and open
         and (side = 1 and i_key_a <> '' and object_key = i_key_a or side = 2 and i_key_b <> '' and object_key = i_key_b);
    end if;
    if i_standing = 4 then
      perform eng.save_link_keys(i_slot, i_account, i_sync, i_link, '{}');
    elsif i_has_keys then
      perform eng.save_link_keys(i_slot, i_account, i_sync, i_link, i_match_keys);
    end if;
    if cardinality(i_entry_ats) > 0 then
      perform eng.add_link_entries(i_slot, i_account, i_sync, i_link, i_entry_ats, i_whats, i_reasons, i_details,
                                   i_most_entries);
    end if;
  end if;
  if i_done_side is not null then
    delete from eng.link_hint
     where slot = i_slot and account_id = i_account and sync_id = i_sync and side = i_done_side
       and object_key = i_done_key and generation = i_done_generation;
  end if;
  if cardinality(i_hint_sides) > 0 then
    perform eng.add_link_hints(i_slot, i_account, i_sync, i_hint_sides, i_hint_keys, i_hint_reasons, i_hint_gone,
                               i_hint_first, i_hint_due);
  end if;
  if cardinality(i_answered) > 0 then
    update eng.link_conflict set open = false, resolution = 'gone', resolved_at = eng.now_()
     where slot = i_slot and account_id = i_account and sync_id = i_sync and conflict_id = any (i_answered) and open;
  end if;
  if cardinality(i_ids) > 0 then
    perform eng.save_link_conflicts(i_slot, i_account, i_sync, i_ids, i_links, i_sides, i_keys, i_codes, i_fields, i_bases,
                                    i_as, i_bs, i_a_ats, i_b_ats, i_rules, i_rivals, i_open, i_resolutions, i_by, i_ats,
                                    i_resolved);
  end if;
  if cardinality(i_stone_sides) > 0 then
    insert into eng.link_tombstone as t (slot, account_id, sync_id, side, digest, base, deleted_at)
    select i_slot, i_account, i_sync, u.side, u.digest, u.base::json, u.at
      from unnest(i_stone_sides, i_stone_digests, i_stone_bases, i_stone_ats) as u (side, digest, base, at)
    on conflict (slot, account_id, sync_id, side, digest) do update
       set base = excluded.base, erased = false, deleted_at = excluded.deleted_at;
  end if;
  if i_deleted_side is not null then
    insert into eng.link_delete (slot, account_id, sync_id, side, deleted_at)
    values (i_slot, i_account, i_sync, i_deleted_side, i_deleted_at);
  end if;
  return new_step;
exception
  when unique_violation then
    return -2;
end
$$;
CREATE FUNCTION eng.ensure_partitions(p_first date, p_last date) RETURNS integer
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION eng.erase_link() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  delete from eng.link_key
   where slot = old.slot and account_id = old.account_id and sync_id = old.sync_id and link_id = old.link_id;
  delete from eng.link_seen
   where slot = old.slot and account_id = old.account_id and sync_id = old.sync_id and link_id = old.link_id;
  delete from eng.link_conflict
   where slot = old.slot and account_id = old.account_id and sync_id = old.sync_id and link_id = old.link_id;
  delete from eng.link_entry
   where slot = old.slot and account_id = old.account_id and sync_id = old.sync_id and link_id = old.link_id;
  insert into eng.link_entry (slot, account_id, sync_id, link_id, at, what, reason, detail)
  values (old.slot, old.account_id, old.sync_id, old.link_id, eng.now_(), 'erased', 'the person was erased', '{}');
  if old.standing <> 4 then
    delete from eng.link_hint h
     where h.slot = old.slot and h.account_id = old.account_id and h.sync_id = old.sync_id
       and (h.side = 1 and h.object_key = old.key_a or h.side = 2 and h.object_key = old.key_b);
  end if;
  insert into eng.link_tombstone as t (slot, account_id, sync_id, side, digest, erased, deleted_at)
  select old.slot, old.account_id, old.sync_id, u.side, eng.key_digest(u.key), true, eng.now_()
    from (values (1::smallint, old.key_a), (2::smallint, old.key_b)) as u (side, key)
   where u.key <> '' and old.standing <> 4
  on conflict (slot, account_id, sync_id, side, digest) do update
     set erased = true, base = null, deleted_at = greatest(t.deleted_at, excluded.deleted_at);
  new.standing := 4;
  new.ended_at := coalesce(old.ended_at, eng.now_());
  new.reason := 'the person was erased';
  new.agreed := null;
  new.choices := '{}';
  new.intent := null;
  new.writes := '[]';
  new.hash_a := '';
  new.hash_b := '';
  new.step := old.step + 1;
  return new;
end
$$;
CREATE FUNCTION eng.erase_link_conflict() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  new.base := null;
  new.a := null;
  new.b := null;
  new.rivals := '[]';
  new.open := false;
  new.resolution := 'erased';
  new.resolved_at := eng.now_();
  return new;
end
$$;
CREATE FUNCTION eng.erase_link_tombstone() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  new.base := null;
  return new;
end
$$;
CREATE FUNCTION eng.erase_platform_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if new.object_key <> old.object_key then
    new.object_key := 'erased/' || old.change_id;
  end if;
  new.fields := '{}';
  new.before := '{}';
  new.whole := '{}';
  new.reason := '';
  new.settled_at := coalesce(old.settled_at, eng.now_());
  return new;
end
$$;
CREATE FUNCTION eng.erase_platform_record() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if new.object_key <> old.object_key then
    new.object_key := 'erased/' || old.record_id;
  end if;
  if new.own_key <> old.own_key then
    new.own_key := '';
  end if;
  new.fields := '{}';
  new.reason := '';
  new.marks := '{}';
  new.version := -abs(old.version);
  new.gone_at := eng.now_();
  return new;
end
$$;
CREATE FUNCTION eng.expired_partitions(p_before date) RETURNS TABLE(parent text, partition text, state text)
    LANGUAGE sql STABLE
    AS $_$
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
$_$;
CREATE FUNCTION eng.fence_dead(p_self bigint, p_time_to_live interval) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
  dead bigint;
  fenced int := 0;
begin
  for dead in
    select i.instance_id from eng.instance i
     where i.state = 1 and i.instance_id <> p_self and i.heartbeat_at < eng.now_() - p_time_to_live
     order by i.instance_id
     for update skip locked
  loop
    perform eng.fence_instance(dead, 3::smallint);
    fenced := fenced + 1;
  end loop;
  return fenced;
end
$$;
CREATE FUNCTION eng.fence_instance(p_instance bigint, p_state smallint) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  update eng.instance i set state = p_state where i.instance_id = p_instance;
  update eng.writer w set incarnation = w.incarnation + 1 where w.instance_id = p_instance;
  update eng.slot s set instance_id = null, epoch = s.epoch + 1, since = eng.now_()
   where s.instance_id = p_instance;
end
$$;
CREATE FUNCTION eng.key_digest(key text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$
  select sha256(convert_to(key, 'UTF8'))
$$;
CREATE FUNCTION eng.lowest_id_at(p_when timestamp with time zone) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$
  select (ceil(extract(epoch from p_when) * 1000)::bigint - 1704067200000) << 22
$$;
CREATE FUNCTION eng.note_account_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update eng.change c set number = c.number + 1 where c.topic = 'accounts' returning c.number into new.change_number;
  return new;
end
$$;
CREATE FUNCTION eng.note_credential_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update eng.account a set change_number = a.change_number where a.account_id = new.account_id;
  return null;
end
$$;
CREATE FUNCTION eng.note_workflow_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update eng.change c set number = c.number + 1 where c.topic = 'workflows';
  return null;
end
$$;
CREATE FUNCTION eng.now_() RETURNS timestamp with time zone
    LANGUAGE sql
    AS $$
  select coalesce(nullif(current_setting('eng.fake_now', true), '')::timestamptz, clock_timestamp())
$$;
CREATE FUNCTION eng.put_schedules(c_slot smallint[], c_account bigint[], c_workspace text[], c_name text[], c_workflow bigint[], c_plan text[], c_due timestamp with time zone[], c_last timestamp with time zone[], c_run bigint[], c_crashes smallint[], c_removed boolean[]) RETURNS SETOF bigint
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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
CREATE FUNCTION eng.put_turns(t_slot smallint[], t_account bigint[], t_run bigint[], t_line bytea[], t_most smallint[], t_policy smallint[], t_taken boolean[], t_ended boolean[]) RETURNS SETOF bigint
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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
CREATE FUNCTION eng.register_instance(p_instance bigint, p_writers integer) RETURNS TABLE(new_incarnation bigint, registered_at timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
declare
  newest bigint;
begin
  insert into eng.instance (instance_id, incarnation, heartbeat_at)
  values (p_instance, 0, eng.now_())
  on conflict (instance_id) do nothing;
  select i.incarnation into newest from eng.instance i where i.instance_id = p_instance for update;
  update eng.writer w set incarnation = w.incarnation + 1 where w.instance_id = p_instance;
  select greatest(newest, coalesce(max(w.incarnation), 0)) + 1 into newest
    from eng.writer w where w.instance_id = p_instance;
  update eng.writer w set incarnation = newest where w.instance_id = p_instance;
  insert into eng.writer (instance_id, n, incarnation)
  select p_instance, numbers.n, newest from generate_series(0, p_writers - 1) numbers (n)
  on conflict (instance_id, n) do nothing;
  update eng.slot s set instance_id = null, epoch = s.epoch + 1, since = eng.now_()
   where s.instance_id = p_instance;
  update eng.instance i set incarnation = newest, state = 1, heartbeat_at = eng.now_()
   where i.instance_id = p_instance;
  return query select newest, eng.now_();
end
$$;
CREATE FUNCTION eng.release_instance(p_instance bigint, p_incarnation bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  perform from eng.instance i
    where i.instance_id = p_instance and i.incarnation = p_incarnation and i.state = 1
    for update;
  if found then
    perform eng.fence_instance(p_instance, 2::smallint);
  end if;
end
$$;
CREATE FUNCTION eng.release_slots(p_instance bigint, p_incarnation bigint, p_slots smallint[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  perform from eng.instance i
    where i.instance_id = p_instance and i.incarnation = p_incarnation and i.state = 1
    for share;
  if not found then
    raise exception 'instance % is fenced', p_instance using errcode = 'EN001';
  end if;
  update eng.slot s set instance_id = null, epoch = s.epoch + 1, since = eng.now_()
   where s.slot = any (p_slots) and s.instance_id = p_instance;
end
$$;
CREATE FUNCTION eng.save_link(i_slot smallint, i_account bigint, i_sync bigint, i_link bigint, i_step integer, i_key_a text, i_key_b text, i_agreed text, i_choices text, i_intent text, i_writes text, i_mapped text, i_hash_a text, i_hash_b text, i_standing smallint, i_code text, i_reason text, i_attempts integer, i_created timestamp with time zone, i_settled timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
  new_step int;
begin
  if i_step = 0 then
    insert into eng.link (slot, account_id, sync_id, link_id, key_a, key_b, agreed, choices, intent, writes, mapped, hash_a,
                          hash_b, standing, code, reason, attempts, created_at, settled_at, ended_at, step)
    values (i_slot, i_account, i_sync, i_link, i_key_a, i_key_b, nullif(i_agreed, '')::json, i_choices::json,
            nullif(i_intent, '')::json, i_writes::json, i_mapped::json, i_hash_a, i_hash_b, i_standing, i_code, i_reason,
            i_attempts, i_created, i_settled, case when i_standing = 4 then eng.now_() end, 1)
    on conflict on constraint link_pkey do nothing
    returning step into new_step;
  else
    update eng.link as l
       set key_a = i_key_a, key_b = i_key_b, agreed = nullif(i_agreed, '')::json, choices = i_choices::json,
           intent = nullif(i_intent, '')::json, writes = i_writes::json, mapped = i_mapped::json, hash_a = i_hash_a,
           hash_b = i_hash_b, standing = i_standing, code = i_code, reason = i_reason, attempts = i_attempts,
           settled_at = i_settled, ended_at = case when i_standing = 4 then coalesce(l.ended_at, eng.now_()) end,
           step = l.step + 1
     where l.slot = i_slot and l.account_id = i_account and l.sync_id = i_sync and l.link_id = i_link and l.step = i_step
    returning l.step into new_step;
  end if;
  return new_step;
end
$$;
CREATE FUNCTION eng.save_link_conflicts(i_slot smallint, i_account bigint, i_sync bigint, i_ids bigint[], i_links bigint[], i_sides smallint[], i_keys text[], i_codes text[], i_fields text[], i_bases text[], i_as text[], i_bs text[], i_a_ats timestamp with time zone[], i_b_ats timestamp with time zone[], i_rules text[], i_rivals text[], i_open boolean[], i_resolutions text[], i_by text[], i_ats timestamp with time zone[], i_resolved timestamp with time zone[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  delete from eng.link_conflict c
   using unnest(i_ids, i_links, i_sides, i_keys, i_codes, i_fields) as u (id, link, side, key, code, field)
   where c.slot = i_slot and c.account_id = i_account and c.sync_id = i_sync and c.link_id = u.link
     and c.object_key = u.key and c.side = u.side and c.code = u.code and c.field = u.field and c.open
     and c.conflict_id <> u.id
     and exists (select from eng.link_conflict known
                  where known.slot = i_slot and known.account_id = i_account and known.sync_id = i_sync
                    and known.conflict_id = u.id and known.code <> 'LINK_ERASED');
  insert into eng.link_conflict as l (slot, account_id, sync_id, conflict_id, link_id, side, object_key, code, field, base, a,
                                 b, a_at, b_at, rule, rivals, open, resolution, resolved_by, made_at, resolved_at)
  select i_slot, i_account, i_sync,
         coalesce((select known.conflict_id from eng.link_conflict known
                    where known.slot = i_slot and known.account_id = i_account and known.sync_id = i_sync
                      and known.conflict_id = u.id),
                  (select min(c.conflict_id) from eng.link_conflict c
                    where c.slot = i_slot and c.account_id = i_account and c.sync_id = i_sync and c.link_id = u.link
                      and c.object_key = u.key and c.side = u.side and c.code = u.code and c.field = u.field and c.open),
                  u.id),
         u.link, u.side, u.key, u.code, u.field, u.base::json, u.a::json, u.b::json,
         u.a_at, u.b_at, u.rule, u.rivals::json, u.open, u.resolution, u.resolved_by, u.at, u.resolved
    from unnest(i_ids, i_links, i_sides, i_keys, i_codes, i_fields, i_bases, i_as, i_bs, i_a_ats, i_b_ats, i_rules,
                i_rivals, i_open, i_resolutions, i_by, i_ats, i_resolved)
         as u (id, link, side, key, code, field, base, a, b, a_at, b_at, rule, rivals, open, resolution, resolved_by, at,
               resolved)
  on conflict (slot, account_id, sync_id, conflict_id) do update
     set link_id = excluded.link_id, side = excluded.side, object_key = excluded.object_key, code = excluded.code,
         field = excluded.field, base = excluded.base, a = excluded.a, b = excluded.b, a_at = excluded.a_at,
         b_at = excluded.b_at, rule = excluded.rule, rivals = excluded.rivals, open = excluded.open,
         resolution = excluded.resolution, resolved_by = excluded.resolved_by, resolved_at = excluded.resolved_at
   where l.code <> 'LINK_ERASED';
end
$$;
CREATE FUNCTION eng.save_link_keys(i_slot smallint, i_account bigint, i_sync bigint, i_link bigint, i_keys bytea[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  delete from eng.link_key
   where slot = i_slot and account_id = i_account and sync_id = i_sync and link_id = i_link and digest <> all (i_keys);
  -- Its own stay; one of another link is a unique violation.
  insert into eng.link_key (slot, account_id, sync_id, digest, link_id)
  select i_slot, i_account, i_sync, u.digest, i_link
    from (select distinct digest from unnest(i_keys) as t (digest)) u
   where not exists (select from eng.link_key k
                      where k.slot = i_slot and k.account_id = i_account and k.sync_id = i_sync and k.digest = u.digest
                        and k.link_id = i_link)
   order by u.digest;
end
$$;
CREATE FUNCTION eng.settle_commit(p_instance bigint, p_writer smallint, p_incarnation bigint, p_commit uuid, n_slot smallint[], n_account bigint[], n_run bigint[], n_workflow bigint[], n_key bytea[]) RETURNS TABLE(new_incarnation bigint, committed boolean, rejected_runs bigint[])
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION eng.waste_recording() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if old.state in (2, 3) then
    insert into eng.recording_waste as w (slot, account_id, recording_id, due_at, again_at)
    values (old.slot, old.account_id, old.recording_id, eng.now_(),
            case when old.state = 2 then eng.now_() + interval '30 minutes' end)
    on conflict (slot, account_id, recording_id) do update
      set due_at = excluded.due_at, again_at = coalesce(excluded.again_at, w.again_at), tried = false;
  end if;
  return null;
end
$$;
CREATE TABLE eng.account (
    account_id bigint NOT NULL,
    slot smallint NOT NULL,
    tenant text NOT NULL,
    connector text NOT NULL,
    external_id text NOT NULL,
    display_name text NOT NULL,
    state smallint NOT NULL,
    state_reason text NOT NULL,
    method smallint NOT NULL,
    hook_id text NOT NULL,
    hook_remote_id text NOT NULL,
    hook_token_hash bytea NOT NULL,
    hook_events text[] NOT NULL,
    profile json NOT NULL,
    revision integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    change_number bigint DEFAULT 1 NOT NULL,
    state_code text DEFAULT ''::text NOT NULL,
    state_by text DEFAULT ''::text NOT NULL,
    CONSTRAINT account_method_check CHECK ((method = ANY (ARRAY[1, 2]))),
    CONSTRAINT account_slot_check CHECK (((slot >= 0) AND (slot <= 1023))),
    CONSTRAINT account_state_check CHECK (((state >= 1) AND (state <= 7)))
);
CREATE TABLE eng.account_change (
    account_id bigint NOT NULL,
    revision integer NOT NULL,
    at timestamp with time zone NOT NULL,
    from_state smallint,
    to_state smallint NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    by text NOT NULL,
    told boolean DEFAULT false NOT NULL,
    CONSTRAINT account_change_state_check CHECK ((((to_state >= 1) AND (to_state <= 7)) AND ((from_state >= 1) AND (from_state <= 7))))
);
CREATE TABLE eng.api_key (
    key_hash bytea NOT NULL,
    name text NOT NULL,
    role smallint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    key_id bigint NOT NULL,
    tenants text[],
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    successor bigint,
    last_used_at timestamp with time zone,
    CONSTRAINT api_key_role_check CHECK ((role = ANY (ARRAY[1, 2, 3]))),
    CONSTRAINT api_key_tenants_check CHECK ((cardinality(tenants) > 0))
);
CREATE TABLE eng.budget (
    slot smallint NOT NULL,
    limit_eff integer NOT NULL,
    foreign_est integer NOT NULL,
    cool_until timestamp with time zone,
    first_second bigint NOT NULL,
    used smallint[] NOT NULL,
    reserved integer NOT NULL,
    company_id bigint NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE eng.change (
    topic text NOT NULL,
    number bigint NOT NULL
)
WITH (fillfactor='50');
CREATE TABLE eng.command (
    slot smallint NOT NULL,
    command_id bigint NOT NULL,
    account_id bigint NOT NULL,
    kind smallint NOT NULL,
    state smallint DEFAULT 1 NOT NULL,
    asker bigint NOT NULL,
    taker bigint,
    taker_life bigint,
    takes smallint DEFAULT 0 NOT NULL,
    body json NOT NULL,
    answer json,
    asked_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT command_kind_check CHECK (((kind >= 1) AND (kind <= 6))),
    CONSTRAINT command_state_check CHECK ((state = ANY (ARRAY[1, 2, 3])))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE eng.connect_session (
    session_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    tenant text NOT NULL,
    connector text NOT NULL,
    return_url text NOT NULL,
    state smallint NOT NULL,
    state_hash bytea,
    browser_hash bytea NOT NULL,
    error text NOT NULL,
    account_id bigint,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    offers_oauth boolean DEFAULT true NOT NULL,
    offers_key boolean DEFAULT true NOT NULL,
    reconnects bigint,
    opener_origin text DEFAULT ''::text NOT NULL,
    from_provider boolean DEFAULT false NOT NULL,
    branding jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT connect_session_offers_check CHECK ((offers_oauth OR offers_key)),
    CONSTRAINT connect_session_state_check CHECK (((state >= 1) AND (state <= 4)))
);
CREATE TABLE eng.credential (
    account_id bigint NOT NULL,
    generation bigint NOT NULL,
    sealed bytea NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    due_at timestamp with time zone,
    previous bytea DEFAULT '\x'::bytea NOT NULL,
    previous_until timestamp with time zone,
    refresh_by bigint,
    refresh_nonce bytea,
    refresh_deadline timestamp with time zone,
    application_tenant text DEFAULT ''::text NOT NULL,
    client_id text DEFAULT ''::text NOT NULL,
    CONSTRAINT credential_generation_check CHECK ((generation > 0)),
    CONSTRAINT credential_refresh_check CHECK ((num_nulls(refresh_by, refresh_nonce, refresh_deadline) = ANY (ARRAY[0, 3])))
);
CREATE TABLE eng.data_key (
    owner text NOT NULL COLLATE pg_catalog."C",
    key_id text NOT NULL,
    wrapped bytea NOT NULL,
    wrapped_at timestamp with time zone NOT NULL
);
CREATE TABLE eng.dead_letter (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    event_id bigint NOT NULL,
    tries smallint NOT NULL,
    reason text NOT NULL,
    buried_at timestamp with time zone NOT NULL
);
CREATE TABLE eng.destination (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    destination_id bigint NOT NULL,
    name text NOT NULL,
    sink text NOT NULL,
    settings jsonb NOT NULL,
    secrets jsonb NOT NULL,
    types jsonb NOT NULL,
    numbers jsonb NOT NULL,
    state smallint NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    since timestamp with time zone NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    not_before timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    step integer DEFAULT 0 NOT NULL,
    CONSTRAINT destination_state_check CHECK (((state >= 1) AND (state <= 3)))
);
CREATE TABLE eng.erasure (
    erasure_id bigint NOT NULL,
    kind smallint NOT NULL,
    state smallint NOT NULL,
    tenant text NOT NULL,
    account_id bigint,
    count_only boolean NOT NULL,
    fingerprint bytea NOT NULL,
    sealed bytea NOT NULL,
    counts jsonb NOT NULL,
    live_runs bigint[] NOT NULL,
    "position" json NOT NULL,
    step integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT erasure_forgets CHECK (((state <> 3) OR (length(sealed) = 0))),
    CONSTRAINT erasure_kind_check CHECK ((kind = ANY (ARRAY[1, 2]))),
    CONSTRAINT erasure_state_check CHECK ((state = ANY (ARRAY[1, 2, 3])))
);
CREATE TABLE eng.erasure_key (
    tenant text NOT NULL,
    sealed bytea NOT NULL
);
CREATE TABLE eng.former_application (
    tenant text NOT NULL,
    connector text NOT NULL,
    client_id text NOT NULL,
    sealed_secret bytea NOT NULL,
    retired_at timestamp with time zone NOT NULL
);
CREATE TABLE eng.gap (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    gap_id bigint NOT NULL,
    reason smallint NOT NULL,
    state smallint NOT NULL,
    from_time timestamp with time zone NOT NULL,
    to_time timestamp with time zone,
    recovered bigint NOT NULL,
    open_count bigint NOT NULL,
    records bigint NOT NULL,
    "position" json NOT NULL,
    step integer NOT NULL,
    found_at timestamp with time zone NOT NULL,
    reading_at timestamp with time zone,
    closed_at timestamp with time zone,
    told boolean DEFAULT false NOT NULL,
    CONSTRAINT gap_closed_check CHECK (((state = ANY (ARRAY[3, 4])) = (closed_at IS NOT NULL))),
    CONSTRAINT gap_ends_check CHECK (((state = 1) OR (state = 4) OR (to_time IS NOT NULL))),
    CONSTRAINT gap_reason_check CHECK (((reason >= 1) AND (reason <= 4))),
    CONSTRAINT gap_state_check CHECK (((state >= 1) AND (state <= 4)))
);
CREATE TABLE eng.inbox (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    event_id bigint NOT NULL,
    dedupe bytea NOT NULL,
    source smallint NOT NULL,
    event text NOT NULL,
    entity text NOT NULL,
    entity_id text NOT NULL,
    occurred_at timestamp with time zone,
    received_at timestamp with time zone NOT NULL,
    body bytea NOT NULL,
    commit_id bigint DEFAULT eng.commit_id(),
    occurrence bytea,
    CONSTRAINT inbox_source_check CHECK ((source = ANY (ARRAY[1, 2, 3])))
)
PARTITION BY RANGE (event_id);
CREATE TABLE eng.inbox_key (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    dedupe bytea NOT NULL,
    event_id bigint NOT NULL,
    seen_on date NOT NULL
);
CREATE TABLE eng.inbox_pending (
    slot smallint NOT NULL,
    event_id bigint NOT NULL,
    account_id bigint NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    not_before timestamp with time zone
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE eng.instance (
    instance_id bigint NOT NULL,
    incarnation bigint NOT NULL,
    state smallint DEFAULT 1 NOT NULL,
    heartbeat_at timestamp with time zone NOT NULL,
    CONSTRAINT instance_state_check CHECK ((state = ANY (ARRAY[1, 2, 3])))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE eng.journal (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    run_id bigint NOT NULL,
    seq integer NOT NULL,
    kind smallint NOT NULL,
    task text NOT NULL,
    attempt integer NOT NULL,
    op_key text NOT NULL,
    facts json NOT NULL,
    at timestamp with time zone NOT NULL,
    commit_id bigint DEFAULT eng.commit_id(),
    CONSTRAINT journal_kind_check CHECK (((kind >= 1) AND (kind <= 6)))
)
PARTITION BY RANGE (run_id);
CREATE TABLE eng.link (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    link_id bigint NOT NULL,
    key_a text NOT NULL,
    key_b text NOT NULL,
    agreed json,
    choices json NOT NULL,
    intent json,
    writes json NOT NULL,
    mapped json NOT NULL,
    hash_a text NOT NULL,
    hash_b text NOT NULL,
    standing smallint NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    step integer NOT NULL,
    CONSTRAINT link_ended_check CHECK (((standing = 4) = (ended_at IS NOT NULL))),
    CONSTRAINT link_standing_check CHECK (((standing >= 1) AND (standing <= 4)))
)
WITH (fillfactor='70');
CREATE TABLE eng.link_conflict (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    conflict_id bigint NOT NULL,
    link_id bigint NOT NULL,
    side smallint NOT NULL,
    object_key text NOT NULL,
    code text NOT NULL,
    field text NOT NULL,
    base json,
    a json,
    b json,
    a_at timestamp with time zone,
    b_at timestamp with time zone,
    rule text NOT NULL,
    rivals json NOT NULL,
    open boolean NOT NULL,
    resolution text NOT NULL,
    resolved_by text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    CONSTRAINT link_conflict_side_check CHECK ((side = ANY (ARRAY[1, 2])))
);
CREATE TABLE eng.link_delete (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    side smallint NOT NULL,
    deleted_at timestamp with time zone NOT NULL,
    delete_id bigint NOT NULL
);
ALTER TABLE eng.link_delete ALTER COLUMN delete_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME eng.link_delete_delete_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE eng.link_entry (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    link_id bigint NOT NULL,
    entry_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    what text NOT NULL,
    reason text NOT NULL,
    detail json NOT NULL
);
ALTER TABLE eng.link_entry ALTER COLUMN entry_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME eng.link_entry_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE eng.link_hint (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    side smallint NOT NULL,
    object_key text NOT NULL,
    reason text NOT NULL,
    gone boolean NOT NULL,
    generation bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    CONSTRAINT link_hint_side_check CHECK ((side = ANY (ARRAY[1, 2])))
);
CREATE SEQUENCE eng.link_hint_generation
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE eng.link_key (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    digest bytea NOT NULL,
    link_id bigint NOT NULL
);
CREATE TABLE eng.link_progress (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    cursor_a text NOT NULL,
    cursor_b text NOT NULL,
    scanning smallint NOT NULL,
    scan text NOT NULL,
    scan_seen bigint NOT NULL,
    scan_total bigint,
    scan_begun_at timestamp with time zone,
    side_begun_at timestamp with time zone,
    compared_at timestamp with time zone,
    drift bigint NOT NULL,
    first_done boolean NOT NULL,
    error text NOT NULL,
    error_reason text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    step integer NOT NULL,
    CONSTRAINT link_progress_scanning_check CHECK ((scanning = ANY (ARRAY[1, 2])))
)
WITH (fillfactor='50');
CREATE TABLE eng.link_seen (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    side smallint NOT NULL,
    link_id bigint NOT NULL,
    seen_at timestamp with time zone NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE eng.link_tombstone (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    side smallint NOT NULL,
    digest bytea NOT NULL,
    tombstone_id bigint NOT NULL,
    base json,
    erased boolean DEFAULT false NOT NULL,
    deleted_at timestamp with time zone NOT NULL,
    CONSTRAINT link_tombstone_side_check CHECK ((side = ANY (ARRAY[1, 2])))
);
ALTER TABLE eng.link_tombstone ALTER COLUMN tombstone_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME eng.link_tombstone_tombstone_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE eng.migration (
    version integer NOT NULL,
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
CREATE TABLE eng.oauth_application (
    tenant text NOT NULL,
    connector text NOT NULL,
    client_id text NOT NULL,
    sealed_secret bytea NOT NULL,
    redirect_url text NOT NULL,
    claim_url text NOT NULL,
    install_key text NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE eng.onward_place
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE eng.onward_delivery (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    destination_id bigint NOT NULL,
    event_id bigint NOT NULL,
    type text NOT NULL,
    order_key bytea,
    place bigint DEFAULT nextval('eng.onward_place'::regclass) NOT NULL,
    state smallint DEFAULT 1 NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    alone boolean DEFAULT false NOT NULL,
    due_at timestamp with time zone NOT NULL,
    first_tried_at timestamp with time zone,
    tried_at timestamp with time zone,
    status integer DEFAULT 0 NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT onward_delivery_state_check CHECK (((state >= 1) AND (state <= 3)))
)
WITH (fillfactor='80');
CREATE TABLE eng.onward_feed (
    one boolean DEFAULT true NOT NULL,
    commit_id bigint NOT NULL,
    event_id bigint NOT NULL,
    CONSTRAINT onward_feed_one_check CHECK (one)
);
CREATE TABLE eng.platform_book (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    object text NOT NULL,
    last bigint NOT NULL
)
WITH (fillfactor='50');
CREATE TABLE eng.platform_change (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    object text NOT NULL,
    change_id bigint NOT NULL,
    number bigint NOT NULL,
    kind smallint NOT NULL,
    object_key text NOT NULL,
    fields json NOT NULL,
    before json NOT NULL,
    whole json NOT NULL,
    op_key text NOT NULL,
    state smallint NOT NULL,
    reason text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT platform_change_kind_check CHECK (((kind >= 1) AND (kind <= 3))),
    CONSTRAINT platform_change_settled_check CHECK (((state = 1) = (settled_at IS NULL))),
    CONSTRAINT platform_change_state_check CHECK (((state >= 1) AND (state <= 4)))
)
WITH (fillfactor='80');
CREATE TABLE eng.platform_push (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    object text NOT NULL,
    request_id text NOT NULL,
    digest bytea NOT NULL,
    answers json NOT NULL,
    pushed_at timestamp with time zone NOT NULL
);
CREATE TABLE eng.platform_record (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    object text NOT NULL,
    object_key text NOT NULL,
    own_key text NOT NULL,
    fields json NOT NULL,
    standing smallint NOT NULL,
    reason text NOT NULL,
    changed_at timestamp with time zone,
    told_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    gone_at timestamp with time zone,
    version bigint NOT NULL,
    marks bigint[] NOT NULL,
    record_id bigint NOT NULL,
    CONSTRAINT platform_record_standing_check CHECK (((standing >= 1) AND (standing <= 5)))
)
WITH (fillfactor='80');
ALTER TABLE eng.platform_record ALTER COLUMN record_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME eng.platform_record_record_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE eng.recording (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    recording_id bigint NOT NULL,
    call_id text NOT NULL,
    kind smallint NOT NULL,
    party text DEFAULT ''::text NOT NULL,
    event_id bigint NOT NULL,
    told_at timestamp with time zone NOT NULL,
    state smallint NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    size bigint DEFAULT 0 NOT NULL,
    sha256 bytea,
    content_type text DEFAULT ''::text NOT NULL,
    kept_at timestamp with time zone,
    erase_at timestamp with time zone,
    erased_at timestamp with time zone,
    step integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT recording_erased_check CHECK (((state = 5) = (erased_at IS NOT NULL))),
    CONSTRAINT recording_kept_check CHECK (((state <> 3) OR ((kept_at IS NOT NULL) AND (sha256 IS NOT NULL)))),
    CONSTRAINT recording_kind_check CHECK (((kind >= 1) AND (kind <= 2))),
    CONSTRAINT recording_state_check CHECK (((state >= 1) AND (state <= 5)))
);
CREATE TABLE eng.recording_feed (
    one boolean DEFAULT true NOT NULL,
    commit_id bigint NOT NULL,
    event_id bigint NOT NULL,
    CONSTRAINT recording_feed_one_check CHECK (one)
);
CREATE TABLE eng.recording_policy (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    recordings boolean NOT NULL,
    voicemails boolean NOT NULL,
    retain_days integer NOT NULL,
    most_bytes bigint NOT NULL,
    since timestamp with time zone NOT NULL
);
CREATE TABLE eng.recording_waste (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    recording_id bigint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    again_at timestamp with time zone,
    tried boolean DEFAULT false NOT NULL
);
CREATE TABLE eng.run (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    run_id bigint NOT NULL,
    workflow_id bigint NOT NULL,
    event_id bigint,
    lane smallint NOT NULL,
    state smallint NOT NULL,
    wake_at timestamp with time zone,
    status text NOT NULL,
    seq integer NOT NULL,
    note text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    crash_count smallint DEFAULT 0 NOT NULL,
    CONSTRAINT run_lane_check CHECK (((lane >= 0) AND (lane <= 3))),
    CONSTRAINT run_state_check CHECK (((state >= 1) AND (state <= 4))),
    CONSTRAINT run_status_check CHECK ((status = ANY (ARRAY['RUNNING'::text, 'PARKED'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE eng.run_done (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    run_id bigint NOT NULL,
    workflow_id bigint NOT NULL,
    event_id bigint,
    lane smallint NOT NULL,
    status text NOT NULL,
    seq integer NOT NULL,
    note text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT run_done_lane_check CHECK (((lane >= 0) AND (lane <= 3))),
    CONSTRAINT run_done_status_check CHECK ((status = ANY (ARRAY['SUCCEEDED'::text, 'FAILED'::text, 'CANCELLED'::text])))
)
PARTITION BY RANGE (run_id);
CREATE TABLE eng.run_trigger (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    workflow_id bigint NOT NULL,
    trigger_key bytea NOT NULL,
    run_id bigint NOT NULL,
    seen_on date NOT NULL
);
CREATE TABLE eng.schedule (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    workspace text NOT NULL,
    name text NOT NULL,
    workflow_id bigint NOT NULL,
    plan text NOT NULL,
    due_at timestamp with time zone,
    last_at timestamp with time zone,
    run_id bigint,
    crash_count smallint NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE eng.secret (
    tenant text NOT NULL,
    name text NOT NULL,
    sealed bytea NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE eng.settling (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    settling_id bigint NOT NULL,
    record_key bytea NOT NULL,
    entity text NOT NULL,
    subject text NOT NULL,
    record_id text NOT NULL,
    state smallint NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    content bytea NOT NULL,
    due_at timestamp with time zone,
    confirmed_by bigint,
    looks integer NOT NULL,
    step integer NOT NULL,
    CONSTRAINT settling_due_check CHECK (((state = ANY (ARRAY[1, 2])) = (due_at IS NOT NULL))),
    CONSTRAINT settling_state_check CHECK (((state >= 1) AND (state <= 4)))
)
WITH (fillfactor='80');
CREATE TABLE eng.slot (
    slot smallint NOT NULL,
    instance_id bigint,
    epoch bigint DEFAULT 0 NOT NULL,
    since timestamp with time zone,
    CONSTRAINT slot_number_check CHECK (((slot >= 0) AND (slot <= 1023)))
)
WITH (fillfactor='50');
CREATE TABLE eng.sync (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    workspace text NOT NULL,
    name text NOT NULL,
    version text NOT NULL,
    definition text NOT NULL,
    connection text NOT NULL,
    schema_name text NOT NULL,
    state smallint NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    step integer NOT NULL,
    heard_commit bigint DEFAULT 0 NOT NULL,
    heard_event bigint DEFAULT 0 NOT NULL,
    kind smallint DEFAULT 1 NOT NULL,
    CONSTRAINT sync_kind_check CHECK ((kind = ANY (ARRAY[1, 2]))),
    CONSTRAINT sync_state_check CHECK (((state >= 1) AND (state <= 3)))
);
CREATE TABLE eng.sync_first_import (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    stream text NOT NULL,
    most bigint NOT NULL,
    line_at timestamp with time zone,
    line_key text NOT NULL,
    drawn_at timestamp with time zone NOT NULL,
    CONSTRAINT sync_first_import_most_check CHECK ((most > 0))
);
CREATE TABLE eng.sync_named (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    stream text NOT NULL,
    object_key text NOT NULL,
    named_at timestamp with time zone NOT NULL,
    tries integer NOT NULL,
    due_at timestamp with time zone NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE eng.sync_proof (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    proof_id bigint NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    verdict smallint NOT NULL,
    receipt text NOT NULL,
    CONSTRAINT sync_proof_verdict_check CHECK (((verdict >= 1) AND (verdict <= 3)))
);
CREATE TABLE eng.sync_receipt (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    stream text NOT NULL,
    window_from timestamp with time zone NOT NULL,
    window_to timestamp with time zone NOT NULL,
    counted bigint,
    read bigint NOT NULL,
    proven boolean NOT NULL,
    behind_wall bigint NOT NULL,
    attempts integer NOT NULL,
    read_at timestamp with time zone NOT NULL
);
CREATE TABLE eng.sync_reject (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    stream text NOT NULL,
    object_key text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    rejected_at timestamp with time zone NOT NULL
);
CREATE TABLE eng.sync_skip (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    stream text NOT NULL,
    object_key text NOT NULL,
    entry_id bigint NOT NULL,
    code text NOT NULL,
    rule text NOT NULL,
    reason text NOT NULL,
    aged_at timestamp with time zone NOT NULL,
    first_at timestamp with time zone NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    looks bigint NOT NULL,
    imported_at timestamp with time zone,
    CONSTRAINT sync_skip_looks_check CHECK ((looks > 0))
)
WITH (fillfactor='70');
ALTER TABLE eng.sync_skip ALTER COLUMN entry_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME eng.sync_skip_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE eng.sync_stream (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    stream text NOT NULL,
    known_until timestamp with time zone,
    whole_at timestamp with time zone,
    asked_at timestamp with time zone,
    reading smallint,
    window_from timestamp with time zone,
    window_to timestamp with time zone,
    begun_at timestamp with time zone,
    proven boolean NOT NULL,
    "position" jsonb NOT NULL,
    requests bigint NOT NULL,
    written bigint NOT NULL,
    rejected bigint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    error text NOT NULL,
    step integer NOT NULL,
    CONSTRAINT sync_stream_reading_check CHECK (((reading >= 1) AND (reading <= 3))),
    CONSTRAINT sync_stream_window_check CHECK ((((reading IS NULL) = (window_from IS NULL)) AND ((reading IS NULL) = (window_to IS NULL)) AND ((reading IS NULL) = (begun_at IS NULL))))
)
WITH (fillfactor='70');
CREATE TABLE eng.sync_suspect (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    sync_id bigint NOT NULL,
    stream text NOT NULL,
    object_key text NOT NULL,
    missed_at timestamp with time zone NOT NULL
);
CREATE TABLE eng.token_key (
    only_row boolean DEFAULT true NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT token_key_only_row_check CHECK (only_row)
);
CREATE TABLE eng.turn (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    run_id bigint NOT NULL,
    line bytea NOT NULL,
    most smallint NOT NULL,
    policy smallint NOT NULL,
    taken boolean NOT NULL,
    CONSTRAINT turn_most_check CHECK (((most >= 1) AND (most <= 1000))),
    CONSTRAINT turn_policy_check CHECK (((policy >= 0) AND (policy <= 2)))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE eng.vault_key_holder (
    instance_id bigint NOT NULL,
    key_ids text[] NOT NULL,
    noted_at timestamp with time zone NOT NULL
);
CREATE TABLE eng.webhook_watch (
    slot smallint NOT NULL,
    account_id bigint NOT NULL,
    good_at timestamp with time zone,
    probed_at timestamp with time zone,
    since jsonb NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE eng.workflow (
    workflow_id bigint NOT NULL,
    workspace text NOT NULL,
    name text NOT NULL,
    version text NOT NULL,
    source text NOT NULL,
    source_hash bytea NOT NULL,
    deployed_at timestamp with time zone NOT NULL
);
CREATE TABLE eng.workflow_enabled (
    workspace text NOT NULL,
    name text NOT NULL,
    account_id bigint NOT NULL,
    workflow_id bigint NOT NULL
);
CREATE TABLE eng.writer (
    instance_id bigint NOT NULL,
    n smallint NOT NULL,
    incarnation bigint NOT NULL,
    last_commit uuid
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');
ALTER TABLE ONLY eng.account_change
    ADD CONSTRAINT account_change_pkey PRIMARY KEY (account_id, revision);
ALTER TABLE ONLY eng.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY eng.api_key
    ADD CONSTRAINT api_key_id_key UNIQUE (key_id);
ALTER TABLE ONLY eng.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (key_hash);
ALTER TABLE ONLY eng.budget
    ADD CONSTRAINT budget_pkey PRIMARY KEY (slot, company_id);
ALTER TABLE ONLY eng.change
    ADD CONSTRAINT change_pkey PRIMARY KEY (topic);
ALTER TABLE ONLY eng.command
    ADD CONSTRAINT command_pkey PRIMARY KEY (slot, command_id);
ALTER TABLE ONLY eng.connect_session
    ADD CONSTRAINT connect_session_pkey PRIMARY KEY (session_id);
ALTER TABLE ONLY eng.connect_session
    ADD CONSTRAINT connect_session_state_hash_key UNIQUE (state_hash);
ALTER TABLE ONLY eng.connect_session
    ADD CONSTRAINT connect_session_token_key UNIQUE (token_hash);
ALTER TABLE ONLY eng.credential
    ADD CONSTRAINT credential_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY eng.data_key
    ADD CONSTRAINT data_key_pkey PRIMARY KEY (owner);
ALTER TABLE ONLY eng.dead_letter
    ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (slot, account_id, event_id);
ALTER TABLE ONLY eng.destination
    ADD CONSTRAINT destination_pkey PRIMARY KEY (slot, account_id, destination_id);
ALTER TABLE ONLY eng.erasure_key
    ADD CONSTRAINT erasure_key_pkey PRIMARY KEY (tenant);
ALTER TABLE ONLY eng.erasure
    ADD CONSTRAINT erasure_pkey PRIMARY KEY (erasure_id);
ALTER TABLE ONLY eng.former_application
    ADD CONSTRAINT former_application_pkey PRIMARY KEY (tenant, connector, client_id);
ALTER TABLE ONLY eng.gap
    ADD CONSTRAINT gap_pkey PRIMARY KEY (slot, account_id, gap_id);
ALTER TABLE ONLY eng.inbox_key
    ADD CONSTRAINT inbox_key_pkey PRIMARY KEY (slot, account_id, dedupe);
ALTER TABLE ONLY eng.inbox_pending
    ADD CONSTRAINT inbox_pending_pkey PRIMARY KEY (slot, event_id);
ALTER TABLE ONLY eng.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (slot, account_id, event_id);
ALTER TABLE ONLY eng.instance
    ADD CONSTRAINT instance_pkey PRIMARY KEY (instance_id);
ALTER TABLE ONLY eng.journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (slot, account_id, run_id, seq);
ALTER TABLE ONLY eng.link_conflict
    ADD CONSTRAINT link_conflict_pkey PRIMARY KEY (slot, account_id, sync_id, conflict_id);
ALTER TABLE ONLY eng.link_delete
    ADD CONSTRAINT link_delete_pkey PRIMARY KEY (slot, account_id, sync_id, side, deleted_at, delete_id);
ALTER TABLE ONLY eng.link_entry
    ADD CONSTRAINT link_entry_pkey PRIMARY KEY (slot, account_id, sync_id, link_id, entry_id);
ALTER TABLE ONLY eng.link_hint
    ADD CONSTRAINT link_hint_pkey PRIMARY KEY (slot, account_id, sync_id, side, object_key);
ALTER TABLE ONLY eng.link_key
    ADD CONSTRAINT link_key_pkey PRIMARY KEY (slot, account_id, sync_id, digest);
ALTER TABLE ONLY eng.link
    ADD CONSTRAINT link_pkey PRIMARY KEY (slot, account_id, sync_id, link_id);
ALTER TABLE ONLY eng.link_progress
    ADD CONSTRAINT link_progress_pkey PRIMARY KEY (slot, account_id, sync_id);
ALTER TABLE ONLY eng.link_seen
    ADD CONSTRAINT link_seen_pkey PRIMARY KEY (slot, account_id, sync_id, side, link_id);
ALTER TABLE ONLY eng.link_tombstone
    ADD CONSTRAINT link_tombstone_pkey PRIMARY KEY (slot, account_id, sync_id, side, digest);
ALTER TABLE ONLY eng.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (version);
ALTER TABLE ONLY eng.oauth_application
    ADD CONSTRAINT oauth_application_install_key_key UNIQUE (install_key);
ALTER TABLE ONLY eng.oauth_application
    ADD CONSTRAINT oauth_application_pkey PRIMARY KEY (tenant, connector);
ALTER TABLE ONLY eng.onward_delivery
    ADD CONSTRAINT onward_delivery_pkey PRIMARY KEY (slot, account_id, destination_id, event_id);
ALTER TABLE ONLY eng.onward_feed
    ADD CONSTRAINT onward_feed_pkey PRIMARY KEY (one);
ALTER TABLE ONLY eng.platform_book
    ADD CONSTRAINT platform_book_pkey PRIMARY KEY (slot, account_id, object);
ALTER TABLE ONLY eng.platform_change
    ADD CONSTRAINT platform_change_op UNIQUE (slot, account_id, object, op_key);
ALTER TABLE ONLY eng.platform_change
    ADD CONSTRAINT platform_change_pkey PRIMARY KEY (slot, account_id, change_id);
ALTER TABLE ONLY eng.platform_push
    ADD CONSTRAINT platform_push_pkey PRIMARY KEY (slot, account_id, object, request_id);
ALTER TABLE ONLY eng.platform_record
    ADD CONSTRAINT platform_record_pkey PRIMARY KEY (slot, account_id, object, object_key);
ALTER TABLE ONLY eng.recording_feed
    ADD CONSTRAINT recording_feed_pkey PRIMARY KEY (one);
ALTER TABLE ONLY eng.recording
    ADD CONSTRAINT recording_pkey PRIMARY KEY (slot, account_id, recording_id);
ALTER TABLE ONLY eng.recording_policy
    ADD CONSTRAINT recording_policy_pkey PRIMARY KEY (slot, account_id);
ALTER TABLE ONLY eng.recording_waste
    ADD CONSTRAINT recording_waste_pkey PRIMARY KEY (slot, account_id, recording_id);
ALTER TABLE ONLY eng.run_done
    ADD CONSTRAINT run_done_pkey PRIMARY KEY (slot, account_id, run_id);
ALTER TABLE ONLY eng.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (slot, account_id, run_id);
ALTER TABLE ONLY eng.run_trigger
    ADD CONSTRAINT run_trigger_pkey PRIMARY KEY (slot, account_id, workflow_id, trigger_key);
ALTER TABLE ONLY eng.schedule
    ADD CONSTRAINT schedule_pkey PRIMARY KEY (slot, account_id, workspace, name);
ALTER TABLE ONLY eng.secret
    ADD CONSTRAINT secret_pkey PRIMARY KEY (tenant, name);
ALTER TABLE ONLY eng.settling
    ADD CONSTRAINT settling_pkey PRIMARY KEY (slot, account_id, settling_id);
ALTER TABLE ONLY eng.slot
    ADD CONSTRAINT slot_pkey PRIMARY KEY (slot);
ALTER TABLE ONLY eng.sync_first_import
    ADD CONSTRAINT sync_first_import_pkey PRIMARY KEY (slot, account_id, sync_id, stream);
ALTER TABLE ONLY eng.sync_named
    ADD CONSTRAINT sync_named_pkey PRIMARY KEY (slot, account_id, sync_id, stream, object_key);
ALTER TABLE ONLY eng.sync
    ADD CONSTRAINT sync_pkey PRIMARY KEY (slot, account_id, sync_id);
ALTER TABLE ONLY eng.sync_proof
    ADD CONSTRAINT sync_proof_pkey PRIMARY KEY (slot, account_id, sync_id, proof_id);
ALTER TABLE ONLY eng.sync_receipt
    ADD CONSTRAINT sync_receipt_pkey PRIMARY KEY (slot, account_id, sync_id, stream, window_from, window_to);
ALTER TABLE ONLY eng.sync_reject
    ADD CONSTRAINT sync_reject_pkey PRIMARY KEY (slot, account_id, sync_id, stream, object_key, code);
ALTER TABLE ONLY eng.sync_skip
    ADD CONSTRAINT sync_skip_pkey PRIMARY KEY (slot, account_id, sync_id, stream, object_key);
ALTER TABLE ONLY eng.sync_stream
    ADD CONSTRAINT sync_stream_pkey PRIMARY KEY (slot, account_id, sync_id, stream);
ALTER TABLE ONLY eng.sync_suspect
    ADD CONSTRAINT sync_suspect_pkey PRIMARY KEY (slot, account_id, sync_id, stream, object_key);
ALTER TABLE ONLY eng.token_key
    ADD CONSTRAINT token_key_pkey PRIMARY KEY (only_row);
ALTER TABLE ONLY eng.turn
    ADD CONSTRAINT turn_pkey PRIMARY KEY (slot, account_id, run_id);
ALTER TABLE ONLY eng.vault_key_holder
    ADD CONSTRAINT vault_key_holder_pkey PRIMARY KEY (instance_id);
ALTER TABLE ONLY eng.webhook_watch
    ADD CONSTRAINT webhook_watch_pkey PRIMARY KEY (slot, account_id);
ALTER TABLE ONLY eng.workflow_enabled
    ADD CONSTRAINT workflow_enabled_pkey PRIMARY KEY (workspace, name, account_id);
ALTER TABLE ONLY eng.workflow
    ADD CONSTRAINT workflow_pkey PRIMARY KEY (workflow_id);
ALTER TABLE ONLY eng.workflow
    ADD CONSTRAINT workflow_version_key UNIQUE (workspace, name, version);
ALTER TABLE ONLY eng.writer
    ADD CONSTRAINT writer_pkey PRIMARY KEY (instance_id, n);
CREATE INDEX account_by_company ON eng.account USING btree (connector, external_id) WHERE ((state <> 6) AND (external_id <> ''::text));
CREATE INDEX account_by_tenant ON eng.account USING btree (tenant, account_id);
CREATE INDEX account_change_untold ON eng.account_change USING btree (at) WHERE (NOT told);
CREATE INDEX account_changes ON eng.account USING btree (change_number);
CREATE UNIQUE INDEX account_company ON eng.account USING btree (tenant, connector, external_id) WHERE ((state <> 6) AND (external_id <> ''::text));
CREATE UNIQUE INDEX account_hook ON eng.account USING btree (hook_id) WHERE (hook_id <> ''::text);
CREATE INDEX credential_application ON eng.credential USING btree (application_tenant, client_id) WHERE (client_id <> ''::text);
CREATE INDEX credential_due ON eng.credential USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX credential_early ON eng.credential USING btree (account_id) WHERE (SUBSTRING(sealed FROM 1 FOR 1) = '\x01'::bytea);
CREATE INDEX credential_previous ON eng.credential USING btree (previous_until) WHERE (previous_until IS NOT NULL);
CREATE INDEX dead_letter_by_event ON eng.dead_letter USING btree (event_id);
CREATE UNIQUE INDEX destination_by_id ON eng.destination USING btree (destination_id);
CREATE UNIQUE INDEX destination_name ON eng.destination USING btree (account_id, name);
CREATE INDEX erasure_by_tenant ON eng.erasure USING btree (tenant, erasure_id);
CREATE INDEX erasure_open ON eng.erasure USING btree (erasure_id) WHERE (state <> 3);
CREATE INDEX gap_by_account ON eng.gap USING btree (account_id, gap_id);
CREATE INDEX gap_unfinished ON eng.gap USING btree (gap_id) WHERE (NOT told);
CREATE UNIQUE INDEX gap_waiting ON eng.gap USING btree (slot, account_id) WHERE (state = 1);
CREATE INDEX inbox_by_account ON ONLY eng.inbox USING btree (account_id, event_id);
CREATE INDEX inbox_by_commit ON ONLY eng.inbox USING btree (commit_id, event_id);
CREATE INDEX inbox_by_id ON ONLY eng.inbox USING btree (event_id);
CREATE INDEX inbox_key_by_day ON eng.inbox_key USING brin (seen_on) WITH (pages_per_range='32');
CREATE INDEX inbox_pending_oldest ON eng.inbox_pending USING btree (event_id);
CREATE INDEX journal_by_commit ON ONLY eng.journal USING brin (commit_id) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX journal_snapshots ON ONLY eng.journal USING btree (slot, account_id, run_id, seq) WHERE (kind = 6);
CREATE UNIQUE INDEX link_a ON eng.link USING btree (slot, account_id, sync_id, key_a) WHERE ((standing <> 4) AND (key_a <> ''::text));
CREATE UNIQUE INDEX link_b ON eng.link USING btree (slot, account_id, sync_id, key_b) WHERE ((standing <> 4) AND (key_b <> ''::text));
CREATE INDEX link_by_standing ON eng.link USING btree (slot, account_id, sync_id, standing, link_id);
CREATE INDEX link_conflict_about ON eng.link_conflict USING btree (slot, account_id, sync_id, side, object_key, conflict_id);
CREATE INDEX link_conflict_of_record ON eng.link_conflict USING btree (slot, account_id, sync_id, link_id, object_key);
CREATE INDEX link_conflict_open ON eng.link_conflict USING btree (slot, account_id, sync_id, conflict_id) WHERE open;
CREATE INDEX link_conflict_over ON eng.link_conflict USING btree (COALESCE(resolved_at, made_at)) WHERE (NOT open);
CREATE INDEX link_conflict_overwritten ON eng.link_conflict USING btree (slot, account_id, sync_id, conflict_id) WHERE ((code = 'LINK_FIELD_OVERWRITTEN'::text) AND (resolution = ''::text));
CREATE INDEX link_delete_old ON eng.link_delete USING btree (deleted_at);
CREATE INDEX link_ended ON eng.link USING btree (ended_at) WHERE (standing = 4);
CREATE UNIQUE INDEX link_entry_id ON eng.link_entry USING btree (slot, account_id, entry_id);
CREATE INDEX link_former_a ON eng.link USING btree (slot, account_id, sync_id, key_a) WHERE (standing = 4);
CREATE INDEX link_former_b ON eng.link USING btree (slot, account_id, sync_id, key_b) WHERE (standing = 4);
CREATE INDEX link_hint_due ON eng.link_hint USING btree (slot, account_id, sync_id, due_at, generation);
CREATE INDEX link_hint_told ON eng.link_hint USING btree (slot, account_id, sync_id, due_at, generation) WHERE (reason <> ALL (ARRAY['compare'::text, 'first'::text]));
CREATE INDEX link_key_of_link ON eng.link_key USING btree (slot, account_id, sync_id, link_id);
CREATE UNIQUE INDEX link_tombstone_id ON eng.link_tombstone USING btree (slot, account_id, tombstone_id);
CREATE INDEX link_tombstone_old ON eng.link_tombstone USING btree (deleted_at);
CREATE INDEX onward_delivery_by_place ON eng.onward_delivery USING btree (destination_id, place);
CREATE INDEX onward_delivery_in_order ON eng.onward_delivery USING btree (destination_id, order_key, place) WHERE (state = 1);
CREATE INDEX onward_delivery_over ON eng.onward_delivery USING btree (due_at) WHERE (state <> 1);
CREATE INDEX onward_delivery_waiting ON eng.onward_delivery USING btree (destination_id, place) WHERE (state = 1);
CREATE INDEX platform_change_of_record ON eng.platform_change USING btree (slot, account_id, object, object_key, number) WHERE (state = 1);
CREATE INDEX platform_change_settled ON eng.platform_change USING btree (settled_at) WHERE (settled_at IS NOT NULL);
CREATE INDEX platform_change_waiting ON eng.platform_change USING btree (slot, account_id, object, number) WHERE (state = 1);
CREATE INDEX platform_push_old ON eng.platform_push USING btree (pushed_at);
CREATE INDEX platform_record_by_version ON eng.platform_record USING btree (slot, account_id, object, version);
CREATE INDEX platform_record_gone ON eng.platform_record USING btree (gone_at) WHERE (gone_at IS NOT NULL);
CREATE UNIQUE INDEX platform_record_id ON eng.platform_record USING btree (slot, account_id, record_id);
CREATE INDEX platform_record_marks ON eng.platform_record USING gin (marks) WHERE (standing = 1);
CREATE UNIQUE INDEX platform_record_own ON eng.platform_record USING btree (slot, account_id, object, own_key) WHERE (own_key <> ''::text);
CREATE INDEX recording_by_account ON eng.recording USING btree (account_id, recording_id);
CREATE INDEX recording_by_id ON eng.recording USING btree (recording_id);
CREATE INDEX recording_due ON eng.recording USING btree (due_at) WHERE (state = ANY (ARRAY[1, 2]));
CREATE UNIQUE INDEX recording_once ON eng.recording USING btree (account_id, call_id, kind);
CREATE INDEX recording_over ON eng.recording USING btree (erase_at) WHERE ((state = 3) AND (erase_at IS NOT NULL));
CREATE UNIQUE INDEX recording_policy_by_account ON eng.recording_policy USING btree (account_id);
CREATE INDEX recording_waste_due ON eng.recording_waste USING btree (due_at);
CREATE INDEX run_by_account ON eng.run USING btree (account_id, run_id);
CREATE INDEX run_by_id ON eng.run USING btree (run_id);
CREATE INDEX run_by_workflow ON eng.run USING btree (workflow_id, run_id);
CREATE INDEX run_done_by_account ON ONLY eng.run_done USING btree (account_id, run_id);
CREATE INDEX run_done_by_id ON ONLY eng.run_done USING btree (run_id);
CREATE INDEX run_done_by_workflow ON ONLY eng.run_done USING btree (workflow_id, run_id);
CREATE INDEX run_due ON eng.run USING btree (slot, account_id, lane, wake_at) WHERE (state = ANY (ARRAY[1, 2]));
CREATE INDEX run_trigger_by_day ON eng.run_trigger USING brin (seen_on) WITH (pages_per_range='32');
CREATE INDEX run_waking ON eng.run USING btree (wake_at) WHERE ((state = ANY (ARRAY[1, 2])) AND (wake_at IS NOT NULL));
CREATE INDEX schedule_by_workflow ON eng.schedule USING btree (workflow_id, due_at);
CREATE INDEX secret_early ON eng.secret USING btree (tenant, name) WHERE (SUBSTRING(sealed FROM 1 FOR 1) = '\x01'::bytea);
CREATE INDEX settling_by_account ON eng.settling USING btree (account_id, settling_id);
CREATE INDEX settling_due ON eng.settling USING btree (slot, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX settling_over ON eng.settling USING btree (ended_at) WHERE (due_at IS NULL);
CREATE UNIQUE INDEX settling_record ON eng.settling USING btree (slot, account_id, record_key);
CREATE UNIQUE INDEX sync_name ON eng.sync USING btree (account_id, workspace, name) WHERE (state <> 3);
CREATE INDEX sync_named_due ON eng.sync_named USING btree (slot, account_id, sync_id, stream, due_at);
CREATE INDEX sync_running ON eng.sync USING btree (slot) WHERE (state = 2);
CREATE UNIQUE INDEX sync_schema ON eng.sync USING btree (connection, schema_name) WHERE (state <> 3);
CREATE UNIQUE INDEX sync_skip_entry ON eng.sync_skip USING btree (slot, account_id, entry_id);
CREATE INDEX sync_skip_newest ON eng.sync_skip USING btree (slot, account_id, looked_at DESC) WHERE (imported_at IS NULL);
CREATE INDEX sync_stream_due ON eng.sync_stream USING btree (slot, due_at);
CREATE INDEX webhook_watch_by_account ON eng.webhook_watch USING btree (account_id);
CREATE INDEX workflow_newest ON eng.workflow USING btree (workspace, name, workflow_id);
CREATE TRIGGER account_changes BEFORE INSERT OR UPDATE ON eng.account FOR EACH ROW EXECUTE FUNCTION eng.note_account_change();
CREATE TRIGGER credential_changes AFTER INSERT OR UPDATE OF generation ON eng.credential FOR EACH ROW EXECUTE FUNCTION eng.note_credential_change();
CREATE TRIGGER link_conflict_erased BEFORE UPDATE OF code ON eng.link_conflict FOR EACH ROW WHEN (((new.code = 'LINK_ERASED'::text) AND (old.code <> 'LINK_ERASED'::text))) EXECUTE FUNCTION eng.erase_link_conflict();
CREATE TRIGGER link_erased BEFORE UPDATE OF code ON eng.link FOR EACH ROW WHEN (((new.code = 'LINK_ERASED'::text) AND (old.code <> 'LINK_ERASED'::text))) EXECUTE FUNCTION eng.erase_link();
CREATE TRIGGER link_tombstone_erased BEFORE UPDATE OF erased ON eng.link_tombstone FOR EACH ROW WHEN ((new.erased AND (NOT old.erased))) EXECUTE FUNCTION eng.erase_link_tombstone();
CREATE TRIGGER platform_change_erased BEFORE UPDATE OF op_key ON eng.platform_change FOR EACH ROW WHEN (((new.state = 4) AND (new.op_key <> old.op_key))) EXECUTE FUNCTION eng.erase_platform_change();
CREATE TRIGGER platform_record_erased BEFORE UPDATE OF standing ON eng.platform_record FOR EACH ROW WHEN (((new.standing = 4) AND (old.standing <> 4))) EXECUTE FUNCTION eng.erase_platform_record();
CREATE TRIGGER recording_deleted AFTER DELETE ON eng.recording FOR EACH ROW EXECUTE FUNCTION eng.waste_recording();
CREATE TRIGGER recording_erased AFTER UPDATE OF state ON eng.recording FOR EACH ROW WHEN (((new.state = 5) AND (old.state <> 5))) EXECUTE FUNCTION eng.waste_recording();
CREATE TRIGGER workflow_enabled_changes AFTER INSERT OR DELETE OR UPDATE ON eng.workflow_enabled FOR EACH STATEMENT EXECUTE FUNCTION eng.note_workflow_change();
ALTER TABLE ONLY eng.workflow_enabled
    ADD CONSTRAINT workflow_enabled_workflow_fkey FOREIGN KEY (workflow_id) REFERENCES eng.workflow(workflow_id);
