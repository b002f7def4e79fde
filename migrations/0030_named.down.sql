-- What is still to be read is forgotten until events name it again.

drop table eng.sync_named;
