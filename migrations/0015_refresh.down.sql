update eng.account set state = 2 where state = 7;
alter table eng.account drop constraint account_state_check;
alter table eng.account add constraint account_state_check check (state between 1 and 6);

drop trigger credential_changes on eng.credential;
create trigger credential_changes
  after insert or update on eng.credential
  for each row execute function eng.note_credential_change();

drop index eng.credential_previous;
drop index eng.credential_due;
alter table eng.credential
  drop constraint credential_refresh_check,
  drop column refresh_deadline,
  drop column refresh_nonce,
  drop column refresh_by,
  drop column previous_until,
  drop column previous,
  drop column due_at,
  drop column expires_at;
