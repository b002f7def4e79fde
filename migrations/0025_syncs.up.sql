-- Replication: which collections of an account's provider are kept as tables, and how far each of them is.
--
-- A sync belongs to one account and one schema. Each of its streams has a row of its own: what is known, what is being
-- read, and when it is due. The position is changed in the commit that stores its rows where the tables are in this
-- database, and after it where they are elsewhere; rows that are written again change nothing. Receipts say what each
-- window of a list counted and gave; suspects are rows that a proven window did not show; rejects are objects that
-- became no row. No content of an object is in any of them.

create table eng.sync (
  slot        smallint    not null,
  account_id  bigint      not null,
  sync_id     bigint      not null,
  workspace   text        not null,
  name        text        not null,
  version     text        not null,
  definition  text        not null,  -- as it was deployed
  connection  text        not null,  -- '': this database
  schema_name text        not null,
  state       smallint    not null,  -- 1 paused 2 running 3 deleted
  reason      text        not null,  -- why it was paused by us: a code; '' where a person did it
  created_at  timestamptz not null,
  step        int         not null,
  constraint sync_pkey primary key (slot, account_id, sync_id),
  constraint sync_state_check check (state between 1 and 3)
);

create unique index sync_name on eng.sync (account_id, workspace, name) where state <> 3;
-- Tables are of one account: two syncs in one schema would take each other's rows for gone.
create unique index sync_schema on eng.sync (connection, schema_name) where state <> 3;

create table eng.sync_stream (
  slot        smallint    not null,
  account_id  bigint      not null,
  sync_id     bigint      not null,
  stream      text        not null,
  known_until timestamptz,
  whole_at    timestamptz,
  asked_at    timestamptz,
  reading     smallint,              -- what is under way: 1 everything 2 the newest windows 3 changes; null: nothing
  window_from timestamptz,
  window_to   timestamptz,
  begun_at    timestamptz,
  proven      boolean     not null,  -- all windows of it so far
  position    jsonb       not null,  -- the windows that are left
  requests    bigint      not null,
  written     bigint      not null,
  rejected    bigint      not null,
  due_at      timestamptz not null,
  error       text        not null,  -- the code of what hindered it last; '': nothing does
  step        int         not null,
  constraint sync_stream_pkey primary key (slot, account_id, sync_id, stream),
  constraint sync_stream_reading_check check (reading between 1 and 3),
  constraint sync_stream_window_check
    check ((reading is null) = (window_from is null) and (reading is null) = (window_to is null)
           and (reading is null) = (begun_at is null))
) with (fillfactor = 70);

create index sync_stream_due on eng.sync_stream (slot, due_at);

create table eng.sync_receipt (
  slot        smallint    not null,
  account_id  bigint      not null,
  sync_id     bigint      not null,
  stream      text        not null,
  window_from timestamptz not null,
  window_to   timestamptz not null,
  counted     bigint,                -- null: the provider does not count
  read        bigint      not null,
  proven      boolean     not null,
  behind_wall bigint      not null,
  attempts    int         not null,
  read_at     timestamptz not null,
  constraint sync_receipt_pkey primary key (slot, account_id, sync_id, stream, window_from, window_to)
);

create table eng.sync_suspect (
  slot       smallint    not null,
  account_id bigint      not null,
  sync_id    bigint      not null,
  stream     text        not null,
  object_key text        not null,
  missed_at  timestamptz not null,
  constraint sync_suspect_pkey primary key (slot, account_id, sync_id, stream, object_key)
);

create table eng.sync_reject (
  slot        smallint    not null,
  account_id  bigint      not null,
  sync_id     bigint      not null,
  stream      text        not null,
  object_key  text        not null,  -- '': it has none
  code        text        not null,
  reason      text        not null,
  rejected_at timestamptz not null,
  constraint sync_reject_pkey primary key (slot, account_id, sync_id, stream, object_key, code)
);
