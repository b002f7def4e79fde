drop table eng.erasure_key;
drop table eng.erasure;
