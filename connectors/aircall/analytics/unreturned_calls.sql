-- view: unreturned_calls
-- title: Missed calls that nobody returned
-- needs: calls, numbers, users
-- uses: callbacks
-- The newest missed call of each caller who could be called back and was not, with how often the caller has tried since
-- somebody last talked to them.
-- Source: our own definition, see callbacks. 2026-11-28.
select distinct on (b.party)
       b.call_id,
       b.number_id,
       b.number_name,
       b.day,
       b.party,
       b.contact_id,
       b.started_at as last_tried_at,
       count(*) over (partition by b.party) as tries,
       bool_or(b.left_voicemail) over (partition by b.party) as left_voicemail,
       b.missed_reason
  from callbacks b
 where b.returnable and b.returned_at is null
 order by b.party, b.started_at desc, b.call_id desc
