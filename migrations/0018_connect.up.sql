-- What a connect session may be asked for besides: which methods it offers, which account it connects again, who opens it in
-- a pop-up and is told how it ended, whether the provider began it, and how the page looks.

alter table eng.connect_session
  add column offers_oauth  boolean not null default true,
  add column offers_key    boolean not null default true,
  add column reconnects    bigint,
  add column opener_origin text    not null default '',
  add column from_provider boolean not null default false,
  add column branding      jsonb   not null default '{}',
  add constraint connect_session_offers_check check (offers_oauth or offers_key);

-- OAuth applications: the server's own (tenant '') and those that tenants bring along. The secret is sealed by the vault; the
-- install key is public but unguessable, and says for whom an installation is that begins at the provider. Read once per
-- connection: no hot table.

create table eng.oauth_application (
  tenant        text        not null,
  connector     text        not null,
  client_id     text        not null,
  sealed_secret bytea       not null,
  redirect_url  text        not null,
  claim_url     text        not null,
  install_key   text        not null,
  updated_at    timestamptz not null,
  constraint oauth_application_pkey primary key (tenant, connector),
  constraint oauth_application_install_key_key unique (install_key)
);
