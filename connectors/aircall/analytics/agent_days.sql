-- view: agent_days
-- title: What agents did, by day
-- needs: calls, numbers, users
-- uses: call_facts
-- Calls belong to the last agent who took part. seconds_to_answer is that of the whole wait; ring_seconds is the agent's own
-- ringing, by which Aircall measures agents.
-- Source: "Further troubleshooting" (10375394708125), attribution of a call to a user; read 2026-11-28.
select f.agent_id,
       f.agent_name,
       f.day,
       count(*) as calls,
       count(*) filter (where f.direction = 'inbound') as answered,
       count(*) filter (where f.direction = 'outbound') as connected,
       count(*) filter (where f.transferred) as taken_over,
       sum(f.talk_seconds) as talk_seconds,
       avg(f.talk_seconds) as average_talk_seconds,
       sum(f.handling_seconds) as handling_seconds,
       avg(f.handling_seconds) as average_handling_seconds,
       avg(f.seconds_to_answer) as average_seconds_to_answer,
       avg(f.ring_seconds) as average_ring_seconds,
       count(*) filter (where coalesce(f.ring_seconds, f.seconds_to_answer) <= f.service_level_seconds)::numeric
         / nullif(count(*) filter (where f.direction = 'inbound'), 0) as service_level
  from call_facts f
 where f.agent_id is not null
 group by f.agent_id, f.agent_name, f.day
