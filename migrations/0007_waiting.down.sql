drop index eng.run_waking;
