-- Keys of our own API that have an id, an end, a successor and a trace of their last use, and that are for one tenant,
-- for several, or for all.
--
-- "All tenants" is a null and never an empty array: a list that lost its last tenant must not become a key to everything.

alter table eng.api_key
  add column key_id       bigint,
  add column tenants      text[],       -- null: every tenant
  add column expires_at   timestamptz,  -- null: never
  add column revoked_at   timestamptz,
  add column successor    bigint,       -- the key that takes its place
  add column last_used_at timestamptz;  -- written once a minute at most

-- Ids are milliseconds since 2024 in the upper bits (engine/base/ids.h).
update eng.api_key k
   set tenants = case when k.tenant = '' then null else array[k.tenant] end,
       key_id = (floor(extract(epoch from k.created_at) * 1000)::bigint - 1704067200000) << 22 | numbered.position
  from (select key_hash, row_number() over (order by created_at, key_hash) as position from eng.api_key) numbered
 where numbered.key_hash = k.key_hash;

alter table eng.api_key
  alter column key_id set not null,
  drop column tenant,
  add constraint api_key_id_key unique (key_id),
  add constraint api_key_tenants_check check (cardinality(tenants) > 0);

-- Signs the tokens that a platform hands to browsers. One for all instances, sealed by the vault.
create table eng.token_key (
  only_row boolean not null default true,
  sealed   bytea   not null,
  constraint token_key_pkey primary key (only_row),
  constraint token_key_only_row_check check (only_row)
);
