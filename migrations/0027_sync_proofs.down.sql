drop table eng.sync_proof;
