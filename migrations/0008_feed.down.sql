delete from eng.command where kind = 5;
alter table eng.command drop constraint command_kind_check;
alter table eng.command add constraint command_kind_check check (kind between 1 and 4);
drop index eng.dead_letter_by_event;
drop index eng.journal_by_commit;
alter table eng.journal drop column commit_id;
drop index eng.inbox_by_commit;
alter table eng.inbox drop column commit_id;
drop function eng.commit_id();
