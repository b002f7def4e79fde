-- view: call_outliers
-- title: Very long calls
-- needs: calls, numbers, users
-- uses: call_facts
-- Answered calls whose modified z-score, 0.6745 * (talk - median) / MAD within the same direction, is above 3.5. MAD is the
-- median of the distances from the median; where it is 0, the mean distance times 1.2533 takes its place.
-- Source: B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers (1993).
with medians as (
  select direction, percentile_cont(0.5) within group (order by talk_seconds) as median
    from call_facts where answered group by direction
), spreads as (
  select f.direction, m.median,
         coalesce(nullif(percentile_cont(0.5) within group (order by abs(f.talk_seconds - m.median)), 0) / 0.6745,
                  nullif(avg(abs(f.talk_seconds - m.median)), 0) * 1.253314) as spread
    from call_facts f join medians m on m.direction = f.direction
   where f.answered
   group by f.direction, m.median
)
select f.call_id,
       f.direction,
       f.number_id,
       f.number_name,
       f.agent_id,
       f.agent_name,
       f.day,
       f.started_at,
       f.talk_seconds,
       s.median as usual_seconds,
       (f.talk_seconds - s.median) / s.spread as score
  from call_facts f
  join spreads s on s.direction = f.direction
 where f.answered and (f.talk_seconds - s.median) / s.spread > 3.5
