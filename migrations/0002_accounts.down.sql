drop table eng.api_key;
drop table eng.connect_session;
drop table eng.credential;
drop table eng.account;
