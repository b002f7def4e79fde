-- view: callbacks
-- title: Missed calls, and when somebody talked to the caller
-- needs: calls, numbers, users
-- uses: call_facts
-- A missed call is returned by the first later call, whatever number of ours it went through: an outbound call to the caller's
-- number, answered or not, or an inbound call from it that was answered. Callers who withhold their number cannot be called back:
-- they are neither returned nor unreturned (returnable is false).
-- callback_seconds: from the end of the missed call to the outbound call; null where the caller tried again with success.
-- Source: our own definition; Aircall's follow-up of missed calls looks at outbound calls to the same number. 2026-11-28.
with later as (
  select f.*,
         case when f.direction = 'outbound' or (f.told_direction = 'inbound' and f.answered) then f.started_at end as talks_at,
         case when f.direction = 'outbound' then f.started_at end as calls_at
    from call_facts f
   where f.party is not null
), paired as (
  select l.*,
         min(l.talks_at) over following as returned_at,
         min(l.calls_at) over following as called_back_at
    from later l
  window following as (partition by l.party order by l.started_at, l.call_id rows between 1 following and unbounded following)
)
select f.call_id,
       f.number_id,
       f.number_name,
       f.day,
       f.weekday,
       f.hour,
       f.party,
       f.contact_id,
       f.started_at,
       f.ended_at,
       f.missed_reason,
       f.left_voicemail,
       f.in_opening_hours,
       f.party is not null as returnable,
       p.returned_at,
       case when p.returned_at is null then null
            when p.returned_at = p.called_back_at then 'outbound' else 'inbound' end as returned_by,
       case when p.returned_at = p.called_back_at
            then greatest(extract(epoch from p.called_back_at - f.ended_at), 0)::bigint end as callback_seconds
  from call_facts f
  left join paired p on p.call_id = f.call_id
 where f.missed
