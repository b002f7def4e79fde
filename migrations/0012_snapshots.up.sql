-- Long runs are read from their newest snapshot on.
--
-- 6 snapshot: the whole state of a long run. Whoever reads the run begins at the newest one, which this index finds;
-- rows of other kinds do not touch it.
alter table eng.journal drop constraint journal_kind_check;
alter table eng.journal add constraint journal_kind_check check (kind between 1 and 6);
create index journal_snapshots on eng.journal (slot, account_id, run_id, seq) where kind = 6;
