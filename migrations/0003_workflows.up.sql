-- Immutable workflow versions, and for whom which one is on.

create table eng.workflow (
  workflow_id bigint      not null,
  workspace   text        not null,  -- the document's namespace
  name        text        not null,
  version     text        not null,
  source      text        not null,
  source_hash bytea       not null,
  deployed_at timestamptz not null,
  constraint workflow_pkey primary key (workflow_id),
  constraint workflow_version_key unique (workspace, name, version)
);

create index workflow_newest on eng.workflow (workspace, name, workflow_id);

-- One version of a workflow per account at most: the key leaves room for no second one. account_id 0 stands for all
-- accounts; a row of an account's own takes precedence over it.
create table eng.workflow_enabled (
  workspace   text   not null,
  name        text   not null,
  account_id  bigint not null,
  workflow_id bigint not null,
  constraint workflow_enabled_pkey primary key (workspace, name, account_id),
  constraint workflow_enabled_workflow_fkey foreign key (workflow_id) references eng.workflow (workflow_id)
);
