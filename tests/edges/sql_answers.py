"""What each ready query of docs/sql.md must answer, in plain Python.

Each is written from its query's sentence, not from its SQL.
"""

from . import sql_answers_account, sql_answers_play, sql_answers_polls, sql_answers_unlocks
from .sql_answer_tools import ANSWERS as ANSWERS

# Importing them fills ANSWERS.
MODULES = sql_answers_account, sql_answers_play, sql_answers_polls, sql_answers_unlocks
