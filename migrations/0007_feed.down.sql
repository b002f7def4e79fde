drop index eng.dead_letter_by_event;
drop index eng.journal_by_commit;
alter table eng.journal drop column commit_id;
drop index eng.inbox_by_commit;
alter table eng.inbox drop column commit_id;
drop function eng.commit_id();
