-- Which syncs there are is forgotten. Their tables stay as they are; a sync that is deployed into them again reads
-- everything anew and changes only what differs.

drop table eng.sync_reject;
drop table eng.sync_suspect;
drop table eng.sync_receipt;
drop table eng.sync_stream;
drop table eng.sync;
