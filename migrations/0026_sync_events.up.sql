-- Replication: how far the events of an account are in the tables of each of its syncs.
--
-- Events are followed in the order of commits, as eng.recording_feed does for all accounts at once. Here each sync has
-- a place of its own: a destination that is down holds up nobody else, and loses nothing.

alter table eng.sync
  add column heard_commit bigint not null default 0,
  add column heard_event  bigint not null default 0;

-- Asked for every few seconds by each instance.
create index sync_running on eng.sync (slot) where state = 2;
