-- Erasing an account's data, or one person out of what is stored. A row is the work while it goes on, so that it goes on
-- after a crash, and afterwards the tombstone: what was erased, when, and no content of it. Written once per batch of
-- some hundred rows: no hot table.

create table eng.erasure (
  erasure_id  bigint      not null,
  kind        smallint    not null,
  state       smallint    not null,
  tenant      text        not null,
  account_id  bigint,                            -- null: all accounts of the tenant
  count_only  boolean     not null,
  fingerprint bytea       not null,              -- of a person: HMAC under the key below, never the value
  sealed      bytea       not null,              -- of a person: who it is, for the vault alone; emptied at the end
  counts      jsonb       not null,
  live_runs   bigint[]    not null,
  position    json        not null,
  step        integer     not null,
  created_at  timestamptz not null,
  finished_at timestamptz,
  constraint erasure_pkey primary key (erasure_id),
  constraint erasure_kind_check check (kind in (1, 2)),
  constraint erasure_state_check check (state in (1, 2, 3)),
  constraint erasure_forgets check (state <> 3 or length(sealed) = 0)
);

create index erasure_by_tenant on eng.erasure (tenant, erasure_id);
create index erasure_open on eng.erasure (erasure_id) where state <> 3;

-- Without its tenant's key a phone number could be guessed from its hash: there are only so many. Sealed by the vault.
create table eng.erasure_key (
  tenant text  not null,
  sealed bytea not null,
  constraint erasure_key_pkey primary key (tenant)
);
