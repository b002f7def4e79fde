-- view: call_waiting
-- title: Since when callers wait
-- needs: calls, events
-- Waiting counts from the end of the last menu that the caller chose from; where there was none, from the beginning of the call,
-- welcome message or not. agent_rung_at: when it last began to ring for an agent before it was answered. For calls from before
-- the events were replicated it is as in call_waiting.sql.
-- Source: "Understanding key metrics differences" (support.aircall.io 22105374839965), time to answer in Analytics; read 2026-11-28.
with told as (
  select case when e.entity_id ~ '^[0-9]{1,18}$' then e.entity_id::bigint end as call_id, e.type, e.occurred_at, e.data
    from events e
   where e.type in ('io.aircall.call.ivr_option_selected', 'io.aircall.call.ringing_on_agent')
), menus as (
  select t.call_id, max((o.option ->> 'transition_ended_at')::timestamptz) as ended_at
    from told t
    cross join lateral jsonb_array_elements(case when jsonb_typeof(t.data -> 'ivr_options_selected') = 'array'
                                                 then t.data -> 'ivr_options_selected' else '[]'::jsonb end) as o(option)
   where o.option ->> 'transition_ended_at' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}'
   group by t.call_id
), rings as (
  select c.id as call_id, max(t.occurred_at) as rung_at
    from told t
    join calls c on c.id = t.call_id and t.occurred_at <= c.answered_at
   where t.type = 'io.aircall.call.ringing_on_agent'
   group by c.id
)
select c.id as call_id,
       coalesce(m.ended_at, c.started_at) as waiting_since,
       r.rung_at as agent_rung_at,
       m.ended_at is not null or r.rung_at is not null as from_events
  from calls c
  left join menus m on m.call_id = c.id
  left join rings r on r.call_id = c.id
