-- The event inbox: what arrived, stored before it is acknowledged.
--
-- Three tables, because their lives differ. inbox_key remembers that a delivery was seen (providers repeat them);
-- inbox holds the bytes, in daily partitions that are dropped whole; inbox_pending is the short list of what no owner
-- has dealt with. The list is read by state, never by a cursor: ids do not become visible in their own order, so a
-- reader that remembers the last id loses events.

create table eng.inbox_key (
  slot       smallint not null,
  account_id bigint   not null,
  dedupe     bytea    not null,
  event_id   bigint   not null,
  seen_on    date     not null,
  constraint inbox_key_pkey primary key (slot, account_id, dedupe)
);

create table eng.inbox (
  slot        smallint    not null,
  account_id  bigint      not null,
  event_id    bigint      not null,
  dedupe      bytea       not null,
  source      smallint    not null,  -- 1 webhook 2 API 3 recovered
  event       text        not null,
  entity      text        not null,
  entity_id   text        not null,
  occurred_at timestamptz,
  received_at timestamptz not null,
  body        bytea       not null,
  constraint inbox_pkey primary key (slot, account_id, event_id),
  constraint inbox_source_check check (source in (1, 2, 3))
) partition by range (event_id);

create index inbox_by_id on eng.inbox (event_id);
create index inbox_by_account on eng.inbox (account_id, event_id);

create table eng.inbox_pending (
  slot       smallint not null,
  event_id   bigint   not null,
  account_id bigint   not null,
  tries      smallint not null default 0,
  not_before timestamptz,             -- null: now
  constraint inbox_pending_pkey primary key (slot, event_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

-- With a backlog, "the oldest of my thousand slots" must not sort the backlog.
create index inbox_pending_oldest on eng.inbox_pending (event_id);

create table eng.dead_letter (
  slot       smallint    not null,
  account_id bigint      not null,
  event_id   bigint      not null,
  tries      smallint    not null,
  reason     text        not null,
  buried_at  timestamptz not null,
  constraint dead_letter_pkey primary key (slot, account_id, event_id)
);

-- Stores the deliveries whose key is new and answers their ids. Sorted by key, so that two receivers that meet on
-- the same keys wait for each other in the same order.
create function eng.append_inbox(
  i_slot smallint[], i_account bigint[], i_event_id bigint[], i_dedupe bytea[], i_source smallint[], i_event text[],
  i_entity text[], i_entity_id text[], i_occurred timestamptz[], i_received timestamptz[], i_body bytea[])
returns setof bigint
language sql volatile
as $$
  with item as materialized (
    select * from unnest(i_slot, i_account, i_event_id, i_dedupe, i_source, i_event, i_entity, i_entity_id,
                         i_occurred, i_received, i_body)
      as t (slot, account_id, event_id, dedupe, source, event, entity, entity_id, occurred_at, received_at, body)
  ), fresh as (
    insert into eng.inbox_key (slot, account_id, dedupe, event_id, seen_on)
    select slot, account_id, dedupe, event_id, (eng.now_() at time zone 'UTC')::date
      from item order by slot, account_id, dedupe, event_id
    on conflict (slot, account_id, dedupe) do nothing
    returning event_id
  ), stored as (
    insert into eng.inbox (slot, account_id, event_id, dedupe, source, event, entity, entity_id, occurred_at,
                           received_at, body)
    select i.slot, i.account_id, i.event_id, i.dedupe, i.source, i.event, i.entity, i.entity_id, i.occurred_at,
           i.received_at, i.body
      from item i join fresh using (event_id)
  )
  insert into eng.inbox_pending (slot, event_id, account_id)
  select i.slot, i.event_id, i.account_id from item i join fresh using (event_id)
  returning event_id
$$;
