-- Several instances on one database: slots are given back one by one, an instance hears what another one changed, and
-- a door may ask the owner of an account's slot for what only the owner may do.

-- Gives slots back. The caller has stored everything that concerns them and is still itself: a fenced one owns nothing
-- any more that it could give.
create function eng.release_slots(p_instance bigint, p_incarnation bigint, p_slots smallint[]) returns void
language plpgsql
as $$
begin
  perform from eng.instance i
    where i.instance_id = p_instance and i.incarnation = p_incarnation and i.state = 1
    for share;
  if not found then
    raise exception 'instance % is fenced', p_instance using errcode = 'EN001';
  end if;
  update eng.slot s set instance_id = null, epoch = s.epoch + 1, since = eng.now_()
   where s.slot = any (p_slots) and s.instance_id = p_instance;
end
$$;

-- What changed, by number: every instance looks here once a second and reads anew what moved. The row's lock makes the
-- numbers visible in their order, so "everything after the last one that I saw" misses nothing.
create table eng.change (
  topic  text   not null,  -- 'workflows': what is enabled for whom; 'accounts': an account or its credential
  number bigint not null,
  constraint change_pkey primary key (topic)
) with (fillfactor = 50);

insert into eng.change (topic, number) values ('workflows', 1), ('accounts', 1);

create function eng.note_workflow_change() returns trigger
language plpgsql
as $$
begin
  update eng.change c set number = c.number + 1 where c.topic = 'workflows';
  return null;
end
$$;

create trigger workflow_enabled_changes
  after insert or update or delete on eng.workflow_enabled
  for each statement execute function eng.note_workflow_change();

alter table eng.account add column change_number bigint not null default 1;
create index account_changes on eng.account (change_number);

create function eng.note_account_change() returns trigger
language plpgsql
as $$
begin
  update eng.change c set number = c.number + 1 where c.topic = 'accounts' returning c.number into new.change_number;
  return new;
end
$$;

create trigger account_changes
  before insert or update on eng.account
  for each row execute function eng.note_account_change();

-- A credential has no number of its own: it is its account that changed.
create function eng.note_credential_change() returns trigger
language plpgsql
as $$
begin
  update eng.account a set change_number = a.change_number where a.account_id = new.account_id;
  return null;
end
$$;

create trigger credential_changes
  after insert or update on eng.credential
  for each row execute function eng.note_credential_change();

-- A sealed text that only the right key opens: an instance with another key would find every credential unreadable.
create table eng.vault_check (
  only_row boolean not null default true,
  sealed   bytea   not null,
  constraint vault_check_pkey primary key (only_row),
  constraint vault_check_only_row_check check (only_row)
);

-- What a door was asked for an account whose slot another instance owns. The owner takes it (once: a call to a provider
-- must not be made twice), carries it out, and leaves the answer for the asker, who deletes the row. Rows live for
-- seconds; what nobody fetched goes after its time.
create table eng.command (
  slot       smallint    not null,
  command_id bigint      not null,
  account_id bigint      not null,
  kind       smallint    not null,  -- 1 start run 2 cancel run 3 resume run 4 call action
  state      smallint    not null default 1,  -- 1 asked 2 taken 3 answered
  asker      bigint      not null,  -- an instance
  taker      bigint,                -- an instance, in which incarnation
  taker_life bigint,
  takes      smallint    not null default 0,
  body       json        not null,
  answer     json,
  asked_at   timestamptz not null,
  expires_at timestamptz not null,  -- not taken for the first time after this
  constraint command_pkey primary key (slot, command_id),
  constraint command_kind_check check (kind between 1 and 4),
  constraint command_state_check check (state in (1, 2, 3))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

-- How often the process that was executing this run ended in the middle of it.
alter table eng.run add column crash_count smallint not null default 0;
