-- Connected accounts, their sealed credentials, the invitations to connect one, and the keys of our own API.
--
-- None of these tables is hot: they are keyed by their own id, and an account carries the slot that its hot rows
-- (inbox, run, journal, budget) begin with. Secrets are either sealed by the vault or kept as a hash.

create table eng.account (
  account_id      bigint      not null,
  slot            smallint    not null,  -- chosen when the account is made, never changed: its hot rows carry it too
  tenant          text        not null,
  connector       text        not null,
  external_id     text        not null,  -- '': the provider has none
  display_name    text        not null,
  state           smallint    not null,  -- 1 connecting 2 active 3 needs re-auth 4 revoked 5 suspended 6 disconnected
  state_reason    text        not null,
  method          smallint    not null,  -- 1 OAuth 2 API key
  hook_id         text        not null,  -- '': no webhook
  hook_remote_id  text        not null,
  hook_token_hash bytea       not null,
  hook_events     text[]      not null,
  profile         json        not null,  -- json, not jsonb: foreign text may hold \u0000, which jsonb refuses
  revision        int         not null,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  constraint account_pkey primary key (account_id),
  constraint account_slot_check check (slot between 0 and 1023),
  constraint account_state_check check (state between 1 and 6),
  constraint account_method_check check (method in (1, 2))
);

-- A company is connected once per tenant, until it is disconnected.
create unique index account_company on eng.account (tenant, connector, external_id)
  where state <> 6 and external_id <> '';
create unique index account_hook on eng.account (hook_id) where hook_id <> '';
create index account_by_tenant on eng.account (tenant, account_id);

-- generation is the compare-and-set of a refresh: two refreshers cannot both store theirs.
create table eng.credential (
  account_id bigint      not null,
  generation bigint      not null,
  sealed     bytea       not null,
  updated_at timestamptz not null,
  constraint credential_pkey primary key (account_id),
  constraint credential_generation_check check (generation > 0)
);

create table eng.connect_session (
  session_id   bigint      not null,
  token_hash   bytea       not null,
  tenant       text        not null,
  connector    text        not null,
  return_url   text        not null,
  state        smallint    not null,  -- 1 pending 2 authorizing 3 succeeded 4 failed
  state_hash   bytea,                 -- of the OAuth state in use; null: none, or spent
  browser_hash bytea       not null,
  error        text        not null,
  account_id   bigint,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  constraint connect_session_pkey primary key (session_id),
  constraint connect_session_token_key unique (token_hash),
  constraint connect_session_state_hash_key unique (state_hash),
  constraint connect_session_state_check check (state between 1 and 4)
);

create table eng.api_key (
  key_hash   bytea       not null,
  name       text        not null,
  role       smallint    not null,  -- 1 administrator 2 operator 3 reader
  tenant     text        not null,  -- '': every tenant
  created_at timestamptz not null,
  constraint api_key_pkey primary key (key_hash),
  constraint api_key_role_check check (role in (1, 2, 3))
);
