"""The commands: one file each, named here with its help."""

# The help of each command stands here, so that `syncer --help` imports none of them.
COMMANDS = {
    "init": "Write a configuration, after testing it on the site.",
    "run": "Run the daemon: poll at once if due, then on schedule.",
    "worker": "Execute queued runs beside other workers; PostgreSQL only.",
    "sync": "Poll all games once and store what changed.",
    "plan": "Show the next run's requests and a year's storage.",
    "fetch": "Fetch a player's progress in some games; store nothing.",
    "status": "Show what is polled, what is due and the last run.",
    "history": "Show the snapshots of one game, oldest first.",
    "at": "Show all followed games as they were at a moment.",
    "diff": "Show what differs between two moments.",
    "changes": "Show what changed, newest first.",
    "games": "Show the followed games, with their states.",
    "unlocks": "Show the unlocked achievements by day.",
    "account": "Show the account's points over time.",
    "review": "Show a year or a month: points, sets, streak, hours.",
    "gaps": "Show periods without polling.",
    "export": "Write tables and views as CSV, JSON Lines or Parquet.",
    "doctor": "Find problems, each with what to type.",
    "health": "Exit 0 if every player was polled recently, else 69.",
    "notify": "Test notifications and list those that were sent.",
    "config": "Check or show the configuration.",
    "db": "Upgrade, check, back up, move or clear the database.",
    "completions": "Print a completion script for your shell.",
    "serve": "Serve the pages for your browser; read-only.",
    "demo": "Run the real daemon against a simulated site; needs no key.",
}

COMPLETION_VARIABLE = "_SYNCER_COMPLETE"  # set by the scripts that `syncer completions` prints
