drop table eng.secret;
