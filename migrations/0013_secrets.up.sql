-- Named secrets of tenants, for the authentications of a workflow's own HTTP calls. Sealed by the vault; read once per
-- request, by key: no hot table.

create table eng.secret (
  tenant     text        not null,
  name       text        not null,
  sealed     bytea       not null,
  updated_at timestamptz not null,
  constraint secret_pkey primary key (tenant, name)
);
