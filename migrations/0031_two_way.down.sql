-- Which records are pairs is forgotten, and so is what was overwritten. The records stay as they are on both sides; a sync
-- that is deployed again finds the pairs anew. Two-way syncs themselves go: an older version would take them for
-- replications.

drop table eng.link_progress;
drop table eng.link_delete;
drop table eng.link_tombstone;
drop table eng.link_entry;
drop table eng.link_conflict;
drop table eng.link_seen;
drop table eng.link_hint;
drop table eng.link_key;
drop table eng.link;
drop function eng.erase_link_tombstone();
drop function eng.erase_link_conflict();
drop function eng.erase_link();
drop function eng.key_digest(text);
drop function eng.commit_link(
  smallint, bigint, bigint, bigint, int, text, text, text, text, text, text, text, text, text, smallint, text, text, int,
  timestamptz, timestamptz, boolean, bytea[], smallint, text, bigint, smallint[], text[], text[], boolean[], timestamptz[],
  timestamptz[], bigint[], bigint[], smallint[], text[], text[], text[], text[], text[], text[], timestamptz[],
  timestamptz[], text[], text[], boolean[], text[], text[], timestamptz[], timestamptz[], bigint[], timestamptz[], text[],
  text[], text[], int, smallint[], bytea[], text[], timestamptz[], smallint, timestamptz);
drop function eng.save_link(
  smallint, bigint, bigint, bigint, int, text, text, text, text, text, text, text, text, text, smallint, text, text, int,
  timestamptz, timestamptz);
drop function eng.add_link_entries(
  smallint, bigint, bigint, bigint, timestamptz[], text[], text[], text[], int);
drop function eng.save_link_conflicts(
  smallint, bigint, bigint, bigint[], bigint[], smallint[], text[], text[], text[], text[], text[], text[], timestamptz[],
  timestamptz[], text[], text[], boolean[], text[], text[], timestamptz[], timestamptz[]);
drop function eng.save_link_keys(smallint, bigint, bigint, bigint, bytea[]);
drop function eng.add_link_hints(
  smallint, bigint, bigint, smallint[], text[], text[], boolean[], timestamptz[], timestamptz[]);
drop sequence eng.link_hint_generation;

delete from eng.sync where kind = 2;
alter table eng.sync
  drop constraint sync_kind_check,
  drop column kind;
