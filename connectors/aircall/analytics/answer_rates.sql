-- view: answer_rates
-- title: Answered and missed calls, and how many callers were talked to
-- needs: calls, numbers, users
-- uses: call_facts, callbacks
-- By number and day, of inbound calls. answered_rate = answered / inbound; missed_rate = missed / inbound;
-- response_rate = (answered + missed ones that were returned) / inbound. short_abandoned are missed calls in which the caller
-- hung up within ten seconds; the _without_short rates leave them out on both sides. Rates are shares from 0 to 1.
-- Source: "Analytics: Metrics" (13400715237277) for answered and missed; response rate and the rates without short ones are ours.
select f.number_id,
       f.number_name,
       f.day,
       count(*) as inbound,
       count(*) filter (where f.answered) as answered,
       count(*) filter (where f.missed) as missed,
       count(*) filter (where f.missed_reason = 'short_abandoned') as short_abandoned,
       count(*) filter (where f.missed and f.left_voicemail) as voicemails,
       count(*) filter (where b.returned_at is not null) as returned,
       count(*) filter (where f.answered)::numeric / count(*) as answered_rate,
       count(*) filter (where f.missed)::numeric / count(*) as missed_rate,
       count(*) filter (where f.answered or b.returned_at is not null)::numeric / count(*) as response_rate,
       count(*) filter (where f.answered)::numeric
         / nullif(count(*) filter (where f.missed_reason is distinct from 'short_abandoned'), 0) as answered_rate_without_short
  from call_facts f
  left join callbacks b on b.call_id = f.call_id
 where f.direction = 'inbound'
 group by f.number_id, f.number_name, f.day
