-- view: target_results
-- title: Figures of agents, teams and numbers against their targets
-- needs: calls, numbers, users, teams
-- uses: call_facts, call_team_facts, callbacks, targets
-- One row for each target and each period (day, week from Monday, month) in which its subject had a call. Measures: calls,
-- inbound, answered, outbound, missed, talk_seconds, average_talk_seconds, average_seconds_to_answer, answered_rate,
-- response_rate, service_level (of answered calls). reached: not below the target; of missed and average_* not above it.
-- Subjects: company (subject_id 0), agent, team, number.
-- Source: the measures as in the views above; targets are yours.
with facts as materialized (
  select f.*, b.returned_at
    from call_facts f
    left join callbacks b on b.call_id = f.call_id
), parts as materialized (
  select call_id, team_id from call_team_facts
), subjects as (
  select 'company' as subject, 0::bigint as subject_id, f.* from facts f
  union all
  select 'agent', f.agent_id, f.* from facts f
  union all
  select 'number', f.number_id, f.* from facts f
  union all
  select 'team', p.team_id, f.* from facts f join parts p on p.call_id = f.call_id
), figures as (
  select g.measure, g.subject, g.subject_id, g.period, g.target,
         date_trunc(g.period, f.local_started_at)::date as period_begins,
         case g.measure
           when 'calls' then count(*)
           when 'inbound' then count(*) filter (where f.direction = 'inbound')
           when 'answered' then count(*) filter (where f.direction = 'inbound' and f.answered)
           when 'outbound' then count(*) filter (where f.direction = 'outbound')
           when 'missed' then count(*) filter (where f.missed)
           when 'talk_seconds' then coalesce(sum(f.talk_seconds), 0)
           when 'average_talk_seconds' then avg(f.talk_seconds)
           when 'average_seconds_to_answer' then avg(f.seconds_to_answer)
           when 'answered_rate' then count(*) filter (where f.direction = 'inbound' and f.answered)::numeric
             / nullif(count(*) filter (where f.direction = 'inbound'), 0)
           when 'response_rate' then count(*) filter (where f.direction = 'inbound' and (f.answered or f.returned_at is not null))::numeric
             / nullif(count(*) filter (where f.direction = 'inbound'), 0)
           when 'service_level' then count(*) filter (where f.seconds_to_answer <= f.service_level_seconds)::numeric
             / nullif(count(*) filter (where f.direction = 'inbound' and f.answered), 0)
         end as value
    from targets g
    join subjects f on f.subject = g.subject and f.subject_id = g.subject_id
   where g.period in ('day', 'week', 'month') and g.measure <> 'service_level_seconds'
   group by g.measure, g.subject, g.subject_id, g.period, g.target, date_trunc(g.period, f.local_started_at)
)
select measure, subject, subject_id, period, period_begins, value, target,
       case when measure = 'missed' or measure like 'average\_%' then value <= target else value >= target end as reached
  from figures
 where value is not null
