-- How accounts came to their state: when, from what, for what reason and by whom, for as long as the account is known.
--
-- A change is written by the statement that changes the account, so that there is none without it. It becomes an event
-- of the account afterwards; told says whether it has.

alter table eng.account
  add column state_code text not null default '',  -- why the state is what it is: a stable code
  add column state_by   text not null default '';  -- ... and who brought it about

create table eng.account_change (
  account_id bigint      not null,
  revision   int         not null,  -- of the account, with this change
  at         timestamptz not null,
  from_state smallint,              -- null: the account was made
  to_state   smallint    not null,
  code       text        not null,
  reason     text        not null,  -- for people
  by         text        not null,
  told       boolean     not null default false,
  constraint account_change_pkey primary key (account_id, revision),
  constraint account_change_state_check check (to_state between 1 and 7 and from_state between 1 and 7)
);

create index account_change_untold on eng.account_change (at) where not told;
