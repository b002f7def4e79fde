drop table eng.oauth_application;

alter table eng.connect_session
  drop column offers_oauth,
  drop column offers_key,
  drop column reconnects,
  drop column opener_origin,
  drop column from_provider,
  drop column branding;
