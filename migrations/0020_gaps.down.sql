drop function eng.append_inbox(
  smallint[], bigint[], bigint[], bytea[], smallint[], text[], text[], text[], timestamptz[], timestamptz[], int[],
  int[], bytea[], bytea);

-- The function as 0010 made it.

create function eng.append_inbox(
  i_slot smallint[], i_account bigint[], i_event_id bigint[], i_dedupe bytea[], i_source smallint[], i_event text[],
  i_entity text[], i_entity_id text[], i_occurred timestamptz[], i_received timestamptz[], i_first int[],
  i_length int[], i_bodies bytea)
returns setof bigint
language plpgsql
as $$
begin
  return query
  with item as materialized (
    select * from unnest(i_slot, i_account, i_event_id, i_dedupe, i_source, i_event, i_entity, i_entity_id,
                         i_occurred, i_received, i_first, i_length)
      as t (slot, account_id, event_id, dedupe, source, event, entity, entity_id, occurred_at, received_at, first,
            length)
  ), fresh as (
    insert into eng.inbox_key as k (slot, account_id, dedupe, event_id, seen_on)
    select slot, account_id, dedupe, event_id, (eng.now_() at time zone 'UTC')::date
      from item order by slot, account_id, dedupe, event_id
    on conflict (slot, account_id, dedupe) do nothing
    returning k.event_id
  ), stored as (
    insert into eng.inbox (slot, account_id, event_id, dedupe, source, event, entity, entity_id, occurred_at,
                           received_at, body)
    select i.slot, i.account_id, i.event_id, i.dedupe, i.source, i.event, i.entity, i.entity_id, i.occurred_at,
           i.received_at, substring(i_bodies from i.first for i.length)
      from item i join fresh using (event_id)
  )
  insert into eng.inbox_pending as p (slot, event_id, account_id)
  select i.slot, i.event_id, i.account_id from item i join fresh using (event_id)
  returning p.event_id;
end
$$;

alter table eng.inbox drop column occurrence;
drop table eng.webhook_watch;
drop table eng.gap;
