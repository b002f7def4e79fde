-- view: call_waiting
-- title: Since when callers wait
-- needs: calls
-- Without the events of calls nobody knows when a menu or a ringing began: waiting counts from the beginning of the call, as
-- Aircall counts where a caller heard no more than a welcome message. See call_waiting.events.sql.
select c.id as call_id,
       c.started_at as waiting_since,
       null::timestamptz as agent_rung_at,
       false as from_events
  from calls c
