-- view: number_days
-- title: What numbers carried, by day
-- needs: calls, numbers, users
-- uses: call_facts, callbacks
-- Calls belong to the number where they ended up.
-- Source: "Further troubleshooting" (10375394708125), attribution of a call to a number; read 2026-11-28.
select f.number_id,
       f.number_name,
       f.day,
       count(*) as calls,
       count(*) filter (where f.direction = 'inbound') as inbound,
       count(*) filter (where f.direction = 'inbound' and f.answered) as answered,
       count(*) filter (where f.missed) as missed,
       count(*) filter (where f.direction = 'outbound') as outbound,
       sum(f.talk_seconds) as talk_seconds,
       avg(f.talk_seconds) as average_talk_seconds,
       avg(f.handling_seconds) as average_handling_seconds,
       avg(f.seconds_to_answer) as average_seconds_to_answer,
       count(*) filter (where f.seconds_to_answer <= f.service_level_seconds)::numeric
         / nullif(count(*) filter (where f.direction = 'inbound' and f.answered), 0) as service_level,
       count(*) filter (where f.direction = 'inbound' and f.answered)::numeric
         / nullif(count(*) filter (where f.direction = 'inbound'), 0) as answered_rate,
       count(*) filter (where f.direction = 'inbound' and (f.answered or b.returned_at is not null))::numeric
         / nullif(count(*) filter (where f.direction = 'inbound'), 0) as response_rate,
       avg(b.callback_seconds) as average_callback_seconds
  from call_facts f
  left join callbacks b on b.call_id = f.call_id
 group by f.number_id, f.number_name, f.day
