-- view: call_volume
-- title: Calls by number, day, weekday and hour
-- needs: calls, numbers, users
-- uses: call_facts
-- How many calls began in each hour, in the time zone of the number they belong to.
-- Source: "Analytics: Metrics" (support.aircall.io 13400715237277), inbound and outbound calls; read 2026-11-28.
select f.number_id,
       f.number_name,
       f.day,
       f.weekday,
       f.hour,
       count(*) as calls,
       count(*) filter (where f.direction = 'inbound') as inbound,
       count(*) filter (where f.direction = 'inbound' and f.answered) as answered,
       count(*) filter (where f.missed) as missed,
       count(*) filter (where f.direction = 'outbound') as outbound,
       count(*) filter (where f.direction = 'outbound' and f.answered) as connected
  from call_facts f
 group by f.number_id, f.number_name, f.day, f.weekday, f.hour
