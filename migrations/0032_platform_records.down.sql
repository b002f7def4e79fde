-- What the platform pushed and was given is forgotten; it pushes its records again. Two-way syncs with it stand still until
-- a newer version runs.

drop table eng.platform_push;
drop table eng.platform_change;
drop table eng.platform_record;
drop table eng.platform_book;
drop function eng.erase_platform_change();
drop function eng.erase_platform_record();
