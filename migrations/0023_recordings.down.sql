-- Files in the media store stay: whoever goes back erases them by hand.
drop table eng.recording_waste;
drop table eng.recording_feed;
drop table eng.recording_policy;
drop table eng.recording;
drop function eng.waste_recording();
