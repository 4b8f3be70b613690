"""What a person sees: progress while a run goes on, and tables of what was found."""

from pipeline.terminal.maintenance import cleaning_table, findings_table
from pipeline.terminal.runs import leaderboard, models_table, summary
from pipeline.terminal.schedule import day, decisions_table, forecasts_table
from pipeline.terminal.screen import Screen, open_watch
from pipeline.terminal.similarity import explained_table, history_table, peers_table
from pipeline.terminal.study import studied_table

__all__ = [
    "Screen",
    "cleaning_table",
    "day",
    "decisions_table",
    "explained_table",
    "findings_table",
    "forecasts_table",
    "history_table",
    "leaderboard",
    "models_table",
    "open_watch",
    "peers_table",
    "studied_table",
    "summary",
]
