-- view: tag_usage
-- title: Tags of calls, by day
-- needs: calls, numbers, users
-- uses: call_facts
-- Each tag once for each call that has it. share: of the calls of that number and day.
-- Source: API reference, tags of a call; checked 2026-09-30.
with days as (
  select number_id, day, count(*) as calls from call_facts group by number_id, day
)
select t.tag_id,
       max(t.name) as tag_name,
       f.number_id,
       f.number_name,
       f.day,
       count(*) as calls,
       count(*) filter (where f.direction = 'inbound') as inbound,
       count(*) filter (where f.missed) as missed,
       sum(f.talk_seconds) as talk_seconds,
       count(*)::numeric / max(d.calls) as share
  from call_facts f
  join call_tags t on t.call_id = f.call_id
  join days d on d.day = f.day and d.number_id is not distinct from f.number_id
 group by t.tag_id, f.number_id, f.number_name, f.day
