-- view: missed_reasons
-- title: Why calls were missed
-- needs: calls, numbers, users
-- uses: call_facts
-- By number, day and reason, in Aircall's words; "unknown" where it told none.
-- Source: API reference, missed_call_reason (developer.aircall.io/api-references/#call); checked 2026-09-30.
select f.number_id,
       f.number_name,
       f.day,
       f.missed_reason,
       count(*) as calls,
       count(*)::numeric / sum(count(*)) over (partition by f.number_id, f.day) as share
  from call_facts f
 where f.missed
 group by f.number_id, f.number_name, f.day, f.missed_reason
