-- view: service_levels
-- title: Time to answer, and the share of calls answered in time
-- needs: calls, numbers, users
-- uses: call_facts
-- By number and day. In time: seconds_to_answer is not above service_level_seconds (targets; 20 where nobody set it).
-- Aircall divides by three different things, and so does this view:
--   of_answered: the calls that were answered (Overview, Analytics+, Monitoring+);
--   of_received: all inbound calls (Inbound dashboards);
--   of_open: inbound calls within opening hours (Live Monitoring); calls of which that is not known count as within.
-- Source: "Understanding key metrics differences" (22105374839965); read 2026-11-28.
select f.number_id,
       f.number_name,
       f.day,
       count(*) as inbound,
       count(*) filter (where f.answered) as answered,
       count(*) filter (where f.seconds_to_answer <= f.service_level_seconds) as in_time,
       avg(f.seconds_to_answer) as average_seconds,
       percentile_cont(0.5) within group (order by f.seconds_to_answer) as median_seconds,
       percentile_cont(0.9) within group (order by f.seconds_to_answer) as p90_seconds,
       max(f.seconds_to_answer) as longest_seconds,
       avg(f.ring_seconds) as average_ring_seconds,
       avg(f.queue_seconds) as average_queue_seconds,
       count(*) filter (where f.seconds_to_answer <= f.service_level_seconds)::numeric
         / nullif(count(*) filter (where f.answered), 0) as of_answered,
       count(*) filter (where f.seconds_to_answer <= f.service_level_seconds)::numeric / count(*) as of_received,
       count(*) filter (where f.seconds_to_answer <= f.service_level_seconds and f.in_opening_hours is not false)::numeric
         / nullif(count(*) filter (where f.in_opening_hours is not false), 0) as of_open
  from call_facts f
 where f.direction = 'inbound'
 group by f.number_id, f.number_name, f.day
