"""Runs the SQL files of fmcg on Spark: start reading at job.py. Made by fmcg spark bundle."""
