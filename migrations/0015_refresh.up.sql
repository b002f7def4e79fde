-- Access tokens that end: when to renew them, and whose turn it is.
--
-- A refresh token may work once only, and a provider that sees it twice may take the whole grant for stolen. So a
-- refresh is claimed by generation before anything is sent, its result is stored by claim before anybody uses it, and
-- no transaction is open in between. A claim whose deadline has passed is anybody's: its owner has died on the way.

alter table eng.credential
  add column expires_at       timestamptz,                -- of what opens requests; null: it lasts, or nobody said
  add column due_at           timestamptz,                -- when to see to it; null: never
  add column previous         bytea not null default '',  -- sealed: the refresh token that was replaced last
  add column previous_until   timestamptz,                -- ... and until when it is kept
  add column refresh_by       bigint,                     -- the instance that renews it now
  add column refresh_nonce    bytea,                      -- ... its claim
  add column refresh_deadline timestamptz,                -- ... and until when the claim holds
  add constraint credential_refresh_check
    check (num_nulls(refresh_by, refresh_nonce, refresh_deadline) in (0, 3));

create index credential_due on eng.credential (due_at) where due_at is not null;
create index credential_previous on eng.credential (previous_until) where previous_until is not null;

-- Claims and instants are nobody's business elsewhere: only another credential is a change of its account.
drop trigger credential_changes on eng.credential;
create trigger credential_changes
  after insert or update of generation on eng.credential
  for each row execute function eng.note_credential_change();

-- 7: expiring. It works, but its credential ends and cannot be renewed now.
alter table eng.account drop constraint account_state_check;
alter table eng.account add constraint account_state_check check (state between 1 and 7);
