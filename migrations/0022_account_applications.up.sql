-- With which OAuth application each account was connected, and the applications that were replaced or deleted since.
--
-- A provider renews a token for the application that it was given to, and for no other. So the credential names it, and what
-- is no longer the application of its tenant stays here, its secret sealed as before, until no account is renewed with it.

alter table eng.credential
  add column application_tenant text not null default '',  -- whose application; '': the server's own
  add column client_id          text not null default '';  -- '': none, or nobody wrote down which

create index credential_application on eng.credential (application_tenant, client_id) where client_id <> '';

create table eng.former_application (
  tenant        text        not null,
  connector     text        not null,
  client_id     text        not null,
  sealed_secret bytea       not null,
  retired_at    timestamptz not null,
  constraint former_application_pkey primary key (tenant, connector, client_id)
);

-- Accounts from before: the application that their tenant has now, with which they were renewed until now. Where neither
-- the tenant nor the server has stored one, it is the configured one, whose client id is not known here: it stays ''.
update eng.credential c
   set application_tenant = o.tenant, client_id = o.client_id
  from eng.account a
  join lateral (select p.tenant, p.client_id from eng.oauth_application p
                 where p.connector = a.connector and p.tenant in (a.tenant, '')
                 order by p.tenant = '' limit 1) o on true
 where a.account_id = c.account_id and a.method = 1 and length(c.sealed) > 0;
