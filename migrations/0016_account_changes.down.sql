drop table eng.account_change;
alter table eng.account drop column state_by, drop column state_code;
