"""From the data folder to a bundle: one script a stage, run in order by `training/run.sh`."""
