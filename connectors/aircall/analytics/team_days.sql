-- view: team_days
-- title: What teams did, by day
-- needs: calls, numbers, users, teams
-- uses: call_facts, call_team_facts, callbacks
-- See call_team_facts for which calls belong to a team.
-- Source: as call_facts and call_team_facts.
select t.team_id,
       t.team_name,
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
         / nullif(count(*) filter (where f.direction = 'inbound'), 0) as response_rate
  from call_team_facts t
  join call_facts f on f.call_id = t.call_id
  left join callbacks b on b.call_id = f.call_id
 group by t.team_id, t.team_name, f.day
