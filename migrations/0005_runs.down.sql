drop function eng.ensure_partitions(date, date);
drop function eng.lowest_id_at(timestamptz);
drop function eng.settle_commit(bigint, smallint, bigint, uuid, smallint[], bigint[], bigint[], bigint[], bytea[]);
drop function eng.commit_batch(
  bigint, smallint, bigint, uuid,
  smallint[], bigint[], bigint[], bigint[], bytea[], bigint[], smallint[], int[], smallint[], timestamptz[], text[],
  boolean[], text[], timestamptz[],
  smallint[], bigint[], bigint[], int[], smallint[], text[], int[], text[], json[], timestamptz[],
  smallint[], bigint[], bigint[], int[], int[], smallint[], timestamptz[], text[], boolean[], text[], timestamptz[],
  smallint[], bigint[],
  smallint[], bigint[], int[], int[], timestamptz[], bigint[], text[], int[]);
drop table eng.budget;
drop table eng.journal;
drop table eng.run_done;
drop table eng.run_trigger;
drop table eng.run;
