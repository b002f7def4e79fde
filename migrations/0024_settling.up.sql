-- Settling: records that have ended and may still change without anybody telling, each until it changes no more.
--
-- A row is begun by the event that says that the record has ended, before that event is dealt with, so that a crash
-- loses none. It says when the record is to be read again, and afterwards stays as long as events may come again, so
-- that a late one begins nothing anew. Nothing of a record's content is here but a hash.

create table eng.settling (
  slot         smallint    not null,
  account_id   bigint      not null,
  settling_id  bigint      not null,
  record_key   bytea       not null,  -- SHA-256 of subject and record
  entity       text        not null,  -- as the connector names it
  subject      text        not null,
  record_id    text        not null,  -- the provider's
  state        smallint    not null,  -- 1 waits 2 confirmed by an event 3 settled 4 abandoned
  ended_at     timestamptz not null,
  seen_at      timestamptz not null,
  content      bytea       not null,
  due_at       timestamptz,           -- null: nothing is left to do
  confirmed_by bigint,                -- the event
  looks        int         not null,
  step         int         not null,
  constraint settling_pkey primary key (slot, account_id, settling_id),
  constraint settling_state_check check (state between 1 and 4),
  constraint settling_due_check check ((state in (1, 2)) = (due_at is not null))
) with (fillfactor = 80);

-- Each record of an account once, whoever tells of it and however often.
create unique index settling_record on eng.settling (slot, account_id, record_key);
create index settling_due on eng.settling (slot, due_at) where due_at is not null;
create index settling_by_account on eng.settling (account_id, settling_id);
create index settling_over on eng.settling (ended_at) where due_at is null;
