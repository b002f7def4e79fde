drop function eng.append_inbox(smallint[], bigint[], bigint[], bytea[], smallint[], text[], text[], text[],
                               timestamptz[], timestamptz[], bytea[]);
drop table eng.dead_letter;
drop table eng.inbox_pending;
drop table eng.inbox;
drop table eng.inbox_key;
