drop index eng.journal_snapshots;
alter table eng.journal drop constraint journal_kind_check;
alter table eng.journal add constraint journal_kind_check check (kind between 1 and 5);
