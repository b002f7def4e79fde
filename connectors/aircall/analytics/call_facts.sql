-- view: call_facts
-- title: Calls as Aircall counts them, one row each
-- needs: calls, numbers, users
-- uses: call_waiting, opening_hours, targets
-- What counts, to whom it counts, and when it was where it happened. All other views stand on this one.
--
-- Counted: calls that have ended; a call goes into Aircall's figures when it is over. Numbers and agents that were deleted keep
--   their calls. Internal calls are not in the API at all.
-- direction: an outbound call that was handed to another agent counts as inbound; a transfer that failed changes nothing.
--   A transfer has succeeded when the call's user is not the one who transferred it.
-- agent: the last one who took part ("main participant"). Missed inbound calls, and outbound calls that were handed on, have none.
-- number: the one where the call ended up, which is the one that the API tells.
-- seconds_to_answer: of answered inbound calls, from the end of the last menu to the answer; where there was no menu, from the
--   beginning. ring_seconds: how long it rang for the agent who took it. queue_seconds: the first without the second.
-- talk_seconds: from answer to end, on hold or not; never with ringing. handling_seconds: with the agent's time for wrapping up,
--   which is the most that it can have been.
-- local_*, day, hour, weekday (1 is Monday): in the time zone of the number; UTC where it has none that is known.
-- in_opening_hours: by the table opening_hours of the number, or of number 0, which stands for all others; null where nobody
--   filled it in and Aircall did not say out_of_opening_hours.
-- Source: support.aircall.io, "Analytics: Terms" (13399649077277), "Further troubleshooting" (10375394708125) and
--   "Understanding key metrics differences" (22105374839965); read 2026-11-28.
with zones as materialized (
  select n.id, n.name, coalesce(z.name, 'UTC') as time_zone
    from numbers n
    left join pg_timezone_names z on z.name = n.time_zone
), counted as (
  select c.*,
         c.transferred_by_id is not null and c.user_id is not null and c.user_id <> c.transferred_by_id as was_transferred,
         coalesce(z.time_zone, 'UTC') as zone,
         z.name as number_title,
         nullif(regexp_replace(coalesce(c.raw_digits, ''), '[^0-9]', '', 'g'), '') as party_digits
    from calls c
    left join zones z on z.id = c.number_id
   where c.started_at is not null and c.ended_at is not null and c._deleted_at is null
), placed as (
  select k.*,
         case when k.direction = 'outbound' and not k.was_transferred then 'outbound' else 'inbound' end as counted_direction,
         k.started_at at time zone k.zone as local_at
    from counted k
), opened as (
  select distinct number_id from opening_hours
)
select p.id as call_id,
       p.counted_direction as direction,
       p.direction as told_direction,
       p.was_transferred as transferred,
       p.number_id,
       p.number_title as number_name,
       p.zone as time_zone,
       a.id as agent_id,
       a.name as agent_name,
       p.contact_id,
       p.party_digits as party,
       p.started_at,
       p.answered_at,
       p.ended_at,
       p.local_at as local_started_at,
       p.local_at::date as day,
       extract(hour from p.local_at)::int as hour,
       extract(isodow from p.local_at)::int as weekday,
       p.answered_at is not null as answered,
       p.counted_direction = 'inbound' and p.answered_at is null as missed,
       case when p.counted_direction = 'inbound' and p.answered_at is null
            then coalesce(p.missed_call_reason, 'unknown') end as missed_reason,
       coalesce(p.has_voicemail, false) as left_voicemail,
       case when p.missed_call_reason = 'out_of_opening_hours' then false
            when o.number_id is null then null
            else exists (select 1 from opening_hours h
                          where h.number_id = o.number_id and h.weekday = extract(isodow from p.local_at)
                            and to_char(p.local_at, 'HH24:MI') >= h.opens collate "C"
                            and to_char(p.local_at, 'HH24:MI') < h.closes collate "C") end as in_opening_hours,
       case when p.counted_direction = 'inbound' and p.answered_at is not null
            then greatest(extract(epoch from p.answered_at - w.waiting_since), 0)::bigint end as seconds_to_answer,
       case when p.counted_direction = 'inbound' and p.answered_at is not null
            then greatest(extract(epoch from p.answered_at - w.agent_rung_at), 0)::bigint end as ring_seconds,
       case when p.counted_direction = 'inbound' and p.answered_at is not null
            then greatest(extract(epoch from w.agent_rung_at - w.waiting_since), 0)::bigint end as queue_seconds,
       extract(epoch from p.ended_at - p.started_at)::bigint as total_seconds,
       case when p.answered_at is not null
            then greatest(extract(epoch from p.ended_at - p.answered_at), 0)::bigint end as talk_seconds,
       case when p.answered_at is not null
            then greatest(extract(epoch from p.ended_at - p.answered_at), 0)::bigint + coalesce(a.wrap_up_time, 0)
        end as handling_seconds,
       coalesce((select t.target from targets t
                  where t.measure = 'service_level_seconds' and t.subject in ('number', 'company')
                    and t.subject_id = case t.subject when 'number' then p.number_id else 0 end
                  order by t.subject desc, t.period limit 1), 20) as service_level_seconds
  from placed p
  left join call_waiting w on w.call_id = p.id
  left join users a on a.id = p.user_id and p.answered_at is not null
                   and not (p.direction = 'outbound' and p.was_transferred)
  left join lateral (select max(d.number_id) as number_id from opened d where d.number_id in (p.number_id, 0)) o on true
