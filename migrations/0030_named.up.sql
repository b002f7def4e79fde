-- Objects that no list of the provider shows: an event has named them, and each is to be read by itself. Named again
-- means to be read again. No content of an object is here.

create table eng.sync_named (
  slot       smallint    not null,
  account_id bigint      not null,
  sync_id    bigint      not null,
  stream     text        not null,
  object_key text        not null,
  named_at   timestamptz not null,
  tries      int         not null,
  due_at     timestamptz not null,
  constraint sync_named_pkey primary key (slot, account_id, sync_id, stream, object_key)
) with (fillfactor = 70);

create index sync_named_due on eng.sync_named (slot, account_id, sync_id, stream, due_at);
