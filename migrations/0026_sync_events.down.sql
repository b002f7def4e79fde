drop index eng.sync_running;

alter table eng.sync
  drop column heard_event,
  drop column heard_commit;
