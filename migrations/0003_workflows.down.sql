drop table eng.workflow_enabled;
drop table eng.workflow;
