drop function eng.put_schedules(
  smallint[], bigint[], text[], text[], bigint[], text[], timestamptz[], timestamptz[], bigint[], boolean[]);
drop table eng.schedule;
