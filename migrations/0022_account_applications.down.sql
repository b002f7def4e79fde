drop table eng.former_application;

drop index eng.credential_application;
alter table eng.credential
  drop column client_id,
  drop column application_tenant;
