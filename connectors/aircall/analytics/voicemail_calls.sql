-- view: voicemail_calls
-- title: Voicemails and what became of them
-- needs: calls, numbers, users
-- uses: callbacks
-- Missed calls in which the caller left a voicemail, with when it was returned.
-- Source: API reference, voicemail and asset; checked 2026-09-30.
select b.call_id,
       b.number_id,
       b.number_name,
       b.day,
       b.hour,
       b.party,
       b.contact_id,
       v.left_at,
       v.asset,
       b.returnable,
       b.returned_at,
       b.returned_by,
       b.callback_seconds
  from callbacks b
  join voicemails v on v.call_id = b.call_id
