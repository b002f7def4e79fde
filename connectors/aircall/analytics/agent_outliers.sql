-- view: agent_outliers
-- title: Agents with far fewer or far more calls than the others
-- needs: calls, numbers, users
-- uses: call_facts
-- Calls of each agent who is there, in the 30 days before the newest call, by the same score as call_outliers: below -3.5 is
-- few, above 3.5 many. Agents without a call are counted with 0.
-- Source: B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers (1993).
with newest as (
  select max(started_at) as at from call_facts
), counts as (
  select u.id as agent_id, u.name as agent_name, count(f.call_id) as calls
    from users u
    left join newest n on true
    left join call_facts f on f.agent_id = u.id and f.started_at > n.at - interval '30 days'
   where u._deleted_at is null and u._synced_at is not null
   group by u.id, u.name
), medians as (
  select percentile_cont(0.5) within group (order by calls) as median from counts
), spreads as (
  select m.median,
         coalesce(nullif(percentile_cont(0.5) within group (order by abs(c.calls - m.median)), 0) / 0.6745,
                  nullif(avg(abs(c.calls - m.median)), 0) * 1.253314) as spread
    from counts c cross join medians m
   group by m.median
)
select c.agent_id,
       c.agent_name,
       c.calls,
       s.median as usual_calls,
       (c.calls - s.median) / s.spread as score,
       case when c.calls < s.median then 'few' else 'many' end as what
  from counts c
  cross join spreads s
 where abs(c.calls - s.median) / s.spread > 3.5
