-- view: agent_presence_days
-- title: How long agents were available, logged in, and in after-call work, by day
-- needs: events, users
-- uses: agent_spans
-- Days are those of the agent's time zone (UTC where none is known); a span over midnight counts on both days.
with placed as (
  select s.*, coalesce(s.ended_at, greatest(now(), s.began_at)) as until, coalesce(z.name, 'UTC') as zone
    from agent_spans s
    left join users u on u.id = s.agent_id
    left join pg_timezone_names z on z.name = u.time_zone
)
select p.agent_id,
       p.agent_name,
       d.day::date as day,
       coalesce(sum(d.seconds) filter (where p.kind = 'available'), 0) as available_seconds,
       coalesce(sum(d.seconds) filter (where p.kind = 'logged_in'), 0) as logged_in_seconds,
       coalesce(sum(d.seconds) filter (where p.kind = 'after_call_work'), 0) as after_call_seconds,
       count(*) filter (where p.kind = 'after_call_work' and p.began_at at time zone p.zone >= d.day) as after_call_times
  from placed p
  cross join lateral (
    select g.day, extract(epoch from least(p.until, (g.day + interval '1 day') at time zone p.zone)
                                       - greatest(p.began_at, g.day at time zone p.zone))::bigint as seconds
      from generate_series(date_trunc('day', p.began_at at time zone p.zone), date_trunc('day', p.until at time zone p.zone),
                           interval '1 day') as g(day)
     where (g.day at time zone p.zone) < p.until  -- a span that ends at midnight has no part of the next day
  ) d
 group by p.agent_id, p.agent_name, d.day
