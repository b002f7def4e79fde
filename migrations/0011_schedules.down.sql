drop index eng.inbox_key_by_day;
drop index eng.run_trigger_by_day;
drop function eng.expired_partitions(date);
drop function eng.put_turns(
  smallint[], bigint[], bigint[], bytea[], smallint[], smallint[], boolean[], boolean[]);
drop table eng.turn;
drop function eng.put_schedules(
  smallint[], bigint[], text[], text[], bigint[], text[], timestamptz[], timestamptz[], bigint[], smallint[],
  boolean[]);
drop table eng.schedule;
