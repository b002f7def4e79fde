-- Which records have settled is forgotten: those that end from now on begin anew.

drop table eng.settling;
