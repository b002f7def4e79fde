-- Where events went is forgotten; the events themselves stay.

drop table eng.onward_feed;
drop table eng.onward_delivery;
drop table eng.destination;
drop sequence eng.onward_place;
