-- view: agent_spans
-- title: From when to when agents were available, logged in, or in after-call work
-- needs: events, users
-- By events, and so since the stream events is replicated. available: between opened and closed; logged_in: between connected and
-- disconnected of the agent app; after_call_work: between the beginning and the end of wrap-up time. They are told apart, since an
-- agent stays available while disconnected (live). A span that goes on has no end, and its seconds count until now. What is told
-- twice, by both versions of an event or again, is one. Times are whole seconds: within one, what came first was first.
-- Source: API reference, user events (developer.aircall.io/api-references/#user-events); checked 2026-09-30.
with told as (
  select case when e.entity_id ~ '^[0-9]{1,18}$' then e.entity_id::bigint end as agent_id,
         case when e.type ~ '\.user\.(opened|closed)(\.v2)?$' then 'available'
              when e.type ~ '\.user\.(connected|disconnected)(\.v2)?$' then 'logged_in'
              else 'after_call_work' end as kind,
         e.type ~ '\.user\.(opened|connected|wut_start)(\.v2)?$' as begins,
         e.occurred_at,
         e.received_at
    from events e
   where e.type ~ '^io\.aircall\.user\.(opened|closed|connected|disconnected|wut_start|wut_end)(\.v2)?$'
     and e.occurred_at is not null
), turns as (
  select t.*, lag(t.begins) over (partition by t.agent_id, t.kind order by t.occurred_at, t.received_at, t.begins) as begun_before
    from told t
), spans as (
  select r.*, lead(r.occurred_at) over (partition by r.agent_id, r.kind order by r.occurred_at, r.received_at, r.begins) as ended_at
    from turns r
   where r.begun_before is distinct from r.begins
)
select s.agent_id,
       u.name as agent_name,
       s.kind,
       s.occurred_at as began_at,
       s.ended_at,
       extract(epoch from coalesce(s.ended_at, greatest(now(), s.occurred_at)) - s.occurred_at)::bigint as seconds
  from spans s
  left join users u on u.id = s.agent_id
 where s.begins and s.agent_id is not null
