-- Runs that wait for an instant stay in the database until it is near: every instance looks for them a few times a
-- minute, across its slots. run_due begins with the slot and would be read as a whole.
create index run_waking on eng.run (wake_at) where state in (1, 2) and wake_at is not null;
