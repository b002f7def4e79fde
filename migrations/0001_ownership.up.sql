-- Who may write: instances, their fenced writers, and which instance owns which slot.
--
-- An account belongs to a slot, and a slot has one owner at a time, which schedules in memory. That only holds if an
-- owner that was given up for dead cannot write any more. Hence the fence: every commit updates its row of eng.writer
-- and names its incarnation; whoever takes over raises the incarnation first. The two meet on one row lock, so a late
-- commit is either seen by the new owner or refused. (A mere check of an epoch would let it land unseen.)

-- Database time, which every instance shares. A test sets eng.fake_now in its session and owns time.
create function eng.now_() returns timestamptz
language sql volatile
as $$
  select coalesce(nullif(current_setting('eng.fake_now', true), '')::timestamptz, clock_timestamp())
$$;

create table eng.instance (
  instance_id  bigint      not null,
  incarnation  bigint      not null,
  state        smallint    not null default 1,  -- 1 live, 2 stopped, 3 fenced
  heartbeat_at timestamptz not null,
  constraint instance_pkey primary key (instance_id),
  constraint instance_state_check check (state in (1, 2, 3))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

-- last_commit is the receipt: after a commit whose answer was lost it tells whether that batch is stored.
create table eng.writer (
  instance_id bigint   not null,
  n           smallint not null,
  incarnation bigint   not null,
  last_commit uuid,
  constraint writer_pkey primary key (instance_id, n)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

create table eng.slot (
  slot        smallint    not null,
  instance_id bigint,                 -- null: free
  epoch       bigint      not null default 0,
  since       timestamptz,
  constraint slot_pkey primary key (slot),
  constraint slot_number_check check (slot between 0 and 1023)
) with (fillfactor = 50);

insert into eng.slot (slot) select generate_series(0, 1023);

-- Takes an instance's place: a higher incarnation than any it ever had, and its slots are free.
-- The writers are raised before they are read, which waits for commits in flight.
create function eng.register_instance(p_instance bigint, p_writers int)
returns table (new_incarnation bigint, registered_at timestamptz)
language plpgsql
as $$
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

-- Free slots up to the fair share of the live instances; answers all that the instance owns.
create function eng.claim_slots(p_instance bigint, p_incarnation bigint) returns setof smallint
language plpgsql
as $$
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

-- Takes the pen from an instance and frees its slots. The order matters: raising the writers waits for commits in
-- flight, so whoever claims the slots afterwards sees all that was ever committed for them.
create function eng.fence_instance(p_instance bigint, p_state smallint) returns void
language plpgsql
as $$
begin
  update eng.instance i set state = p_state where i.instance_id = p_instance;
  update eng.writer w set incarnation = w.incarnation + 1 where w.instance_id = p_instance;
  update eng.slot s set instance_id = null, epoch = s.epoch + 1, since = eng.now_()
   where s.instance_id = p_instance;
end
$$;

create function eng.fence_dead(p_self bigint, p_time_to_live interval) returns int
language plpgsql
as $$
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

-- A clean stop. Repeating it, or coming after one was fenced, changes nothing.
create function eng.release_instance(p_instance bigint, p_incarnation bigint) returns void
language plpgsql
as $$
begin
  perform from eng.instance i
    where i.instance_id = p_instance and i.incarnation = p_incarnation and i.state = 1
    for update;
  if found then
    perform eng.fence_instance(p_instance, 2::smallint);
  end if;
end
$$;
