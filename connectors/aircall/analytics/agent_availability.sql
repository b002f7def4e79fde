-- view: agent_availability
-- title: What agents are doing
-- needs: users, user_availability
-- As it was last asked. availability is what Aircall shows of the agent just now (available, in_call, after_call_work,
-- do_not_disturb, offline); within_hours is the agent's own setting and says nothing about being free.
-- Source: API reference, user availability (developer.aircall.io/api-references/#user); checked 2026-09-30.
select u.id as agent_id,
       u.name as agent_name,
       a.availability,
       a.availability = 'available' as free,
       a.availability in ('in_call', 'after_call_work') as busy,
       u.available as within_hours,
       u.availability_status,
       u.substatus,
       a._synced_at as as_of
  from users u
  left join user_availability a on a.id = u.id and a._deleted_at is null
 where u._deleted_at is null and u._synced_at is not null
