-- Gaps: times in which a provider's webhook did not tell what happened, and the receipt of what was read again.
--
-- A row is the work while it goes on, with the position of the reading, so that it goes on after a crash where it was;
-- afterwards it is the receipt. How many events were recovered is counted in the inbox, not added up, so that a page
-- that is read twice counts once.

create table eng.gap (
  slot         smallint    not null,
  account_id   bigint      not null,
  gap_id       bigint      not null,
  reason       smallint    not null,  -- 1 missing 2 inactive 3 changed 4 silent
  state        smallint    not null,  -- 1 waits for the webhook 2 is read 3 closed 4 abandoned
  from_time    timestamptz not null,
  to_time      timestamptz,           -- null while it grows
  recovered    bigint      not null,
  open_count   bigint      not null,
  records      bigint      not null,
  position     json        not null,
  step         int         not null,
  found_at     timestamptz not null,
  reading_at   timestamptz,
  closed_at    timestamptz,
  told         boolean     not null default false,
  constraint gap_pkey primary key (slot, account_id, gap_id),
  constraint gap_reason_check check (reason between 1 and 4),
  constraint gap_state_check check (state between 1 and 4),
  constraint gap_ends_check check (state = 1 or state = 4 or to_time is not null),
  constraint gap_closed_check check ((state in (3, 4)) = (closed_at is not null))
);

-- What is found while one waits belongs to that one.
create unique index gap_waiting on eng.gap (slot, account_id) where state = 1;
create index gap_by_account on eng.gap (account_id, gap_id);
create index gap_unfinished on eng.gap (gap_id) where not told;

-- What is known of an account's webhook. Written every five minutes for each account.
create table eng.webhook_watch (
  slot       smallint    not null,
  account_id bigint      not null,
  good_at    timestamptz,            -- when it was last seen to be as it should
  probed_at  timestamptz,            -- up to when it is known that nothing was missed
  since      jsonb       not null,   -- since when each event is asked for, in Unix seconds
  constraint webhook_watch_pkey primary key (slot, account_id)
) with (fillfactor = 70);

create index webhook_watch_by_account on eng.webhook_watch (account_id);

-- What came before has no occurrence, and would be taken for missed.
insert into eng.webhook_watch (slot, account_id, since)
select a.slot, a.account_id,
       coalesce((select jsonb_object_agg(e, extract(epoch from eng.now_())::bigint) from unnest(a.hook_events) as e),
                '{}')
  from eng.account a;

-- What happened, whoever tells of it: the same in a delivery and in a recovered event. A recovered event has it as its
-- key, so that a delivery of the same that comes late is found to be no new one by one look at inbox_key.
alter table eng.inbox add column occurrence bytea;

drop function eng.append_inbox(
  smallint[], bigint[], bigint[], bytea[], smallint[], text[], text[], text[], timestamptz[], timestamptz[], int[],
  int[], bytea);

create function eng.append_inbox(
  i_slot smallint[], i_account bigint[], i_event_id bigint[], i_dedupe bytea[], i_source smallint[], i_event text[],
  i_entity text[], i_entity_id text[], i_occurred timestamptz[], i_received timestamptz[], i_first int[],
  i_length int[], i_occurrence bytea[], i_bodies bytea)
returns setof bigint
language plpgsql
as $$
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
