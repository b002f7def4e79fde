-- A data key for each account and tenant, wrapped by a key-encryption key.
--
-- What is sealed for an owner depends on its data key alone, so changing the key-encryption key means wrapping these few
-- bytes anew and nothing else. The row of owner 'vault-check' protects nothing: whoever cannot unwrap it has the wrong
-- keys, and the key that wraps it is the one that wraps new rows, at every instance. Read once per owner and process: no
-- hot table.

create table eng.data_key (
  owner      text        not null collate "C",  -- 'account/acc_...', 'tenant/...' or 'vault-check'
  key_id     text        not null,  -- of the key-encryption key
  wrapped    bytea       not null,
  wrapped_at timestamptz not null,
  constraint data_key_pkey primary key (owner)
);

-- The check of the first form holds a wrapped key, too, and then a text that is not needed.
insert into eng.data_key (owner, key_id, wrapped, wrapped_at)
select 'vault-check', encode(substring(sealed from 2 for 8), 'hex'), substring(sealed for 81), eng.now_()
  from eng.vault_check;
drop table eng.vault_check;

-- Which keys each instance has, as of its last start: the one that wraps is not changed to a key that somebody lacks.
create table eng.vault_key_holder (
  instance_id bigint      not null,
  key_ids     text[]      not null,
  noted_at    timestamptz not null,
  constraint vault_key_holder_pkey primary key (instance_id)
);

-- Values of the first form, which carry a data key of their own. They become fewer.
create index credential_early on eng.credential (account_id) where substring(sealed for 1) = '\x01'::bytea;
create index secret_early on eng.secret (tenant, name) where substring(sealed for 1) = '\x01'::bytea;
