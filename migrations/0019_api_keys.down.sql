drop table eng.token_key;

-- A key for several tenants has no place in the older form, and must not become one to everything.
delete from eng.api_key where cardinality(tenants) > 1 or revoked_at is not null or expires_at is not null;

alter table eng.api_key add column tenant text;
update eng.api_key set tenant = coalesce(tenants[1], '');
alter table eng.api_key
  alter column tenant set not null,
  drop column key_id,
  drop column tenants,
  drop column expires_at,
  drop column revoked_at,
  drop column successor,
  drop column last_used_at;
