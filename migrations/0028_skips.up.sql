-- The skip ledger: objects that the rules of a sync leave out of its tables, each with the rule and the reason.
--
-- One row for each object, as it was left out last. One that is let in later keeps its row, with the time. The reason is
-- for people and may name persons. sync_first_import has the line that the first import of a stream with a cap has
-- drawn: objects that are older than it stay outside. It is drawn once.

create table eng.sync_skip (
  slot        smallint    not null,
  account_id  bigint      not null,
  sync_id     bigint      not null,
  stream      text        not null,
  object_key  text        not null,
  entry_id    bigint      not null generated always as identity,  -- by which erasures go through them
  code        text        not null,
  rule        text        not null,
  reason      text        not null,
  aged_at     timestamptz not null,  -- how new the object is: what the window of its list looks at
  first_at    timestamptz not null,
  looked_at   timestamptz not null,  -- the look that code, rule and reason are of
  looks       bigint      not null,
  imported_at timestamptz,           -- null: it is left out
  constraint sync_skip_pkey primary key (slot, account_id, sync_id, stream, object_key),
  constraint sync_skip_looks_check check (looks > 0)
) with (fillfactor = 70);

create unique index sync_skip_entry on eng.sync_skip (slot, account_id, entry_id);
create index sync_skip_newest on eng.sync_skip (slot, account_id, looked_at desc) where imported_at is null;

create table eng.sync_first_import (
  slot       smallint    not null,
  account_id bigint      not null,
  sync_id    bigint      not null,
  stream     text        not null,
  most       bigint      not null,
  line_at    timestamptz,            -- null: fewer than `most` were there, and there is no line
  line_key   text        not null,   -- of those of the same instant, the first that is let in
  drawn_at   timestamptz not null,
  constraint sync_first_import_pkey primary key (slot, account_id, sync_id, stream),
  constraint sync_first_import_most_check check (most > 0)
);
