drop function eng.release_instance(bigint, bigint);
drop function eng.fence_dead(bigint, interval);
drop function eng.fence_instance(bigint, smallint);
drop function eng.claim_slots(bigint, bigint);
drop function eng.register_instance(bigint, int);
drop table eng.slot;
drop table eng.writer;
drop table eng.instance;
drop function eng.now_();
