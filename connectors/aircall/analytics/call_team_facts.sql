-- view: call_team_facts
-- title: To which teams calls belong
-- needs: calls, numbers, users, teams
-- uses: call_facts
-- A call belongs to the teams that Aircall tells with it (inbound calls). Where it tells none, it belongs to the teams that its
-- agent is in now. A call can belong to several teams: figures of teams do not add up to those of the company.
-- Source: API reference, teams of a call (developer.aircall.io/api-references/#call); checked 2026-09-30. The second sentence is ours.
select f.call_id, t.team_id, coalesce(n.name, t.name) as team_name
  from call_facts f
  join call_teams t on t.call_id = f.call_id
  left join teams n on n.id = t.team_id
union all
select f.call_id, m.team_id, n.name as team_name
  from call_facts f
  join team_members m on m.user_id = f.agent_id
  join teams n on n.id = m.team_id and n._deleted_at is null
 where not exists (select 1 from call_teams t where t.call_id = f.call_id)
