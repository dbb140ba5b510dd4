-- The queries of contrib/grafana/dashboards/*.json for SQLite. docs/grafana.py writes contrib/grafana/sqlite/dashboards/ from both.
--
-- A header names the dashboard, and the panel, variable or annotation. Written short:
--   {player} {game}      what is chosen, as a number
--   {from} {to}          the ends of the chosen time, in the form of the columns
--   {time:COLUMN, …}     a moment for Grafana (… modifiers of strftime), {flag:COLUMN} a boolean
--   {day:MOMENT}         its day in the zone of Grafana's process, {monday:MOMENT} the Monday of its week
--   {begin:DAY}          when such a day begins, in the form of the columns
--   {hours:TO, FROM}     the hours between two moments
--   {step:MOMENT}        equal within one step of a chart
--   {earned}             what was unlocked: at, points, achievements, game_id

-- overview: player
-- game: player
-- recorder: player
SELECT id AS __value, username || ' (' || id || ')' AS __text FROM players ORDER BY username, id;

-- game: game
SELECT game_id AS __value, coalesce(title, 'Game') || ' (' || game_id || ')' AS __text
FROM latest_progress WHERE player_id = {player}
ORDER BY title NULLS LAST, game_id;

-- overview: annotation Gaps
-- recorder: annotation Gaps
SELECT {time:started_at} AS time, {time:ended_at} AS "timeEnd", 'Not polled' AS text
FROM coverage_gaps
WHERE player_id = {player} AND scope = 'account' AND ended_at >= {from} AND started_at <= {to}
ORDER BY 1;

-- overview: Account
SELECT hardcore_points + softcore_points AS points, hardcore_points, softcore_points, retro_points, rank
FROM account_history WHERE player_id = {player}
ORDER BY changed_at DESC LIMIT 1;

-- overview: Now
SELECT games AS followed_games, num_achieved AS achieved, num_possible_achievements AS possible,
       score_achieved AS points_in_followed_games, score_achieved_hardcore AS in_hardcore
FROM player_totals WHERE player_id = {player};

-- overview: Last poll
SELECT round((julianday(last_seen_at) - 2440587.5) * 86400000) AS last_poll
FROM player_totals WHERE player_id = {player};

-- overview: Points
WITH steps AS (
  SELECT max(first_seen_at, {from}) AS at, coalesce(score_achieved_delta, score_achieved) AS points,
         coalesce(score_achieved_hardcore_delta, score_achieved_hardcore) AS hardcore
  FROM progress_changes
  WHERE player_id = {player} AND game_id NOT IN (SELECT id FROM games WHERE is_event) AND first_seen_at <= {to}
  UNION ALL
  SELECT min(last_seen_at, {to}), 0, 0
  FROM player_totals WHERE player_id = {player} AND last_seen_at >= {from}
)
SELECT {time:max(at)} AS time, sum(sum(points)) OVER (ORDER BY max(at)) AS points,
       sum(sum(hardcore)) OVER (ORDER BY max(at)) AS hardcore
FROM steps GROUP BY {step:at} ORDER BY 1;

-- overview: Best days
WITH {earned}
SELECT {day:at} AS day, sum(points) AS points, sum(achievements) AS achievements, count(DISTINCT game_id) AS games
FROM earned WHERE at >= {begin:{day:{from}}} AND at <= {to}
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10;

-- overview: Points per day
WITH RECURSIVE {earned},
weeks (week) AS (
  SELECT {monday:{from}}
  UNION ALL
  SELECT date(week, '+7 days') FROM weeks WHERE date(week, '+7 days') <= datetime({to}, 'localtime')
),
days AS (
  SELECT {day:at} AS day, {monday:at} AS monday, sum(points) AS points
  FROM earned WHERE at >= {begin:{monday:{from}}} AND at <= {to} GROUP BY 1
)
SELECT {time:week, 'utc'} AS time,
       sum(points) FILTER (WHERE strftime('%w', day) = '1') AS "Mon",
       sum(points) FILTER (WHERE strftime('%w', day) = '2') AS "Tue",
       sum(points) FILTER (WHERE strftime('%w', day) = '3') AS "Wed",
       sum(points) FILTER (WHERE strftime('%w', day) = '4') AS "Thu",
       sum(points) FILTER (WHERE strftime('%w', day) = '5') AS "Fri",
       sum(points) FILTER (WHERE strftime('%w', day) = '6') AS "Sat",
       sum(points) FILTER (WHERE strftime('%w', day) = '0') AS "Sun"
FROM weeks LEFT JOIN days ON monday = week
GROUP BY week ORDER BY week;

-- overview: Years
WITH {earned}
SELECT strftime('%Y', at, 'localtime') AS year, sum(points) AS points, sum(achievements) AS achievements,
       count(DISTINCT game_id) AS games, count(DISTINCT {day:at}) AS days
FROM earned GROUP BY 1 ORDER BY 1 DESC;

-- overview: Points per week
WITH {earned}
SELECT {time:{monday:at}, 'utc'} AS time, sum(points) AS points
FROM earned WHERE at >= {begin:{monday:{from}}} AND at <= {to}
GROUP BY 1 ORDER BY 1;

-- overview: Almost finished
SELECT game_id AS id, title AS game, percent, points_left
FROM latest_progress
WHERE player_id = {player} AND removed_at IS NULL AND percent >= 80 AND num_achieved < num_possible_achievements
ORDER BY points_left, game_id LIMIT 20;

-- overview: What changed
SELECT {time:first_seen_at} AS time, game_id AS id, title AS game, replace(kind, '_', ' ') AS kind,
       num_achieved_delta AS achievements, score_achieved_delta AS points, num_achieved AS achieved,
       num_possible_achievements AS possible, {flag:after_gap} AS after_gap
FROM progress_changes
WHERE player_id = {player} AND first_seen_at BETWEEN {from} AND {to} AND kind NOT IN ('baseline', 'resumed')
ORDER BY first_seen_at DESC, progress_changes.id DESC LIMIT 200;

-- overview: Account over time
SELECT {time:changed_at} AS time, hardcore_points, softcore_points, retro_points
FROM account_history WHERE player_id = {player} AND changed_at BETWEEN {from} AND {to}
ORDER BY 1;

-- overview: Rank
SELECT {time:changed_at} AS time, rank
FROM account_history WHERE player_id = {player} AND changed_at BETWEEN {from} AND {to} AND rank IS NOT NULL
ORDER BY 1;

-- overview: Reached
SELECT {time:awarded_at} AS time, a.game_id AS id, title AS game, replace(kind, '-', ' ') AS reached
FROM awards a JOIN games g ON g.id = a.game_id
WHERE player_id = {player} AND gone_at IS NULL AND NOT is_event AND awarded_at BETWEEN {from} AND {to}
ORDER BY awarded_at DESC, a.game_id, kind LIMIT 200;

-- overview: Hours played per week
WITH played AS (
  SELECT {monday:ended_at} AS week, {hours:ended_at, started_before} AS least,
         {hours:ended_at, started_after} + 0.05 AS most
  FROM play_sessions
  WHERE player_id = {player} AND ended_at >= {begin:{monday:{from}}} AND ended_at <= {to}
)
SELECT {time:week, 'utc'} AS time, round((sum(most) + sum(least)) / 2, 2) AS hours,
       round((sum(most) - sum(least)) / 2, 2) AS margin
FROM played GROUP BY week ORDER BY week;

-- game: annotation Gaps
SELECT {time:started_at} AS time, {time:ended_at} AS "timeEnd", 'Not polled' AS text
FROM coverage_gaps
WHERE player_id = {player} AND scope = 'target' AND game_id = {game} AND ended_at >= {from} AND started_at <= {to}
ORDER BY 1;

-- game: annotation Marks
SELECT {time:first_seen_at} AS time,
       replace(kind, '_', ' ') || ': ' || num_achieved || ' of ' || num_possible_achievements AS text, kind AS tags
FROM progress_changes
WHERE player_id = {player} AND game_id = {game} AND first_seen_at BETWEEN {from} AND {to}
  AND kind NOT IN ('baseline', 'resumed', 'unlock', 'hardcore_upgrade')
ORDER BY 1;

-- game: annotation Awards
SELECT {time:awarded_at} AS time, replace(kind, '-', ' ') AS text, 'award' AS tags
FROM awards
WHERE player_id = {player} AND game_id = {game} AND gone_at IS NULL AND awarded_at BETWEEN {from} AND {to};

-- game: annotation Unlocks
SELECT {time:unlocked_at} AS time, title || ' (' || points || ')' AS text,
       CASE WHEN gone_at IS NOT NULL THEN 'gone' WHEN hardcore THEN 'hardcore' ELSE 'softcore' END AS tags
FROM unlocks
WHERE player_id = {player} AND game_id = {game} AND unlocked_at BETWEEN {from} AND {to}
ORDER BY 1;

-- game: Now
SELECT num_achieved AS achieved, num_achieved_hardcore AS in_hardcore, num_possible_achievements AS possible,
       score_achieved AS points, score_achieved_hardcore AS hardcore_points, points_left, percent
FROM latest_progress WHERE player_id = {player} AND game_id = {game};

-- game: Last poll
SELECT round((julianday(last_seen_at) - 2440587.5) * 86400000) AS last_poll
FROM latest_progress WHERE player_id = {player} AND game_id = {game};

-- game: Achievements
WITH mine AS (
  SELECT * FROM snapshots
  WHERE player_id = {player} AND game_id = {game} AND last_seen_at >= {from} AND first_seen_at <= {to}
),
polls AS (
  SELECT first_seen_at AS at, num_possible_achievements AS possible, num_achieved AS achieved,
         num_achieved_hardcore AS hardcore FROM mine
  UNION
  SELECT last_seen_at, num_possible_achievements, num_achieved, num_achieved_hardcore FROM mine
  UNION
  SELECT strftime('%Y-%m-%d %H:%M:%f', started_at, '+0.001 seconds'), NULL, NULL, NULL
  FROM coverage_gaps
  WHERE player_id = {player} AND scope = 'target' AND game_id = {game} AND started_at BETWEEN {from} AND {to}
)
SELECT {time:at} AS time, possible, achieved, hardcore FROM polls ORDER BY 1;

-- game: Points
WITH mine AS (
  SELECT * FROM snapshots
  WHERE player_id = {player} AND game_id = {game} AND last_seen_at >= {from} AND first_seen_at <= {to}
),
polls AS (
  SELECT first_seen_at AS at, possible_score AS possible, score_achieved AS points,
         score_achieved_hardcore AS hardcore FROM mine
  UNION
  SELECT last_seen_at, possible_score, score_achieved, score_achieved_hardcore FROM mine
  UNION
  SELECT strftime('%Y-%m-%d %H:%M:%f', started_at, '+0.001 seconds'), NULL, NULL, NULL
  FROM coverage_gaps
  WHERE player_id = {player} AND scope = 'target' AND game_id = {game} AND started_at BETWEEN {from} AND {to}
)
SELECT {time:at} AS time, possible, points, hardcore FROM polls ORDER BY 1;

-- game: Snapshots
SELECT {time:first_seen_at} AS first_poll, {time:last_seen_at} AS last_poll, poll_count AS polls,
       replace(kind, '_', ' ') AS kind, num_achieved AS achieved, num_possible_achievements AS possible,
       score_achieved AS points, score_achieved_hardcore AS hardcore_points, {flag:after_gap} AS after_gap
FROM progress_changes
WHERE player_id = {player} AND game_id = {game} AND last_seen_at >= {from} AND first_seen_at <= {to}
ORDER BY first_seen_at DESC LIMIT 500;

-- game: Unlocks
SELECT {time:unlocked_at} AS unlocked_at, title AS achievement, points, {flag:hardcore} AS hardcore,
       {time:gone_at} AS gone_at
FROM unlocks WHERE player_id = {player} AND game_id = {game}
ORDER BY unlocks.unlocked_at DESC, achievement_id, unlocks.hardcore LIMIT 500;

-- game: Sessions
SELECT {time:started_before} AS began, {time:ended_at} AS ended,
       round(({hours:ended_at, started_before} + {hours:ended_at, started_after}) / 2 + 0.025, 2) AS hours,
       round({hours:started_before, started_after} / 2 + 0.025, 2) AS margin,
       {flag:is_open} AS goes_on, {flag:after_gap} AS after_gap
FROM play_sessions
WHERE player_id = {player} AND game_id = {game} AND ended_at >= {from} AND started_after <= {to}
ORDER BY started_after DESC LIMIT 500;

-- game: Played
SELECT {time:first_seen_at} AS since, {time:last_seen_at} AS until, seconds AS played
FROM playtime WHERE player_id = {player} AND game_id = {game}
ORDER BY first_seen_at DESC LIMIT 500;

-- recorder: Since the last accepted poll
SELECT username AS player, (julianday('now') - julianday(max(last_seen_at))) * 86400 AS seconds
FROM latest_progress WHERE removed_at IS NULL
GROUP BY player_id, username ORDER BY username;

-- recorder: Database
SELECT page_count * page_size AS size FROM pragma_page_count(), pragma_page_size();

-- recorder: Late games
SELECT count(*) AS late FROM latest_progress
WHERE removed_at IS NULL
  AND (expected_at IS NULL OR expected_at < strftime('%Y-%m-%d %H:%M:%f', 'now', '-30 minutes'));

-- recorder: Runs per day, by outcome
SELECT {time:{day:started_at}, 'utc'} AS time, count(*) FILTER (WHERE outcome = 'ok') AS ok,
       count(*) FILTER (WHERE outcome = 'partial') AS partial, count(*) FILTER (WHERE outcome = 'deferred') AS deferred,
       count(*) FILTER (WHERE outcome = 'failed') AS failed,
       count(*) FILTER (WHERE outcome = 'interrupted') AS interrupted
FROM runs WHERE player_id = {player} AND started_at >= {begin:{day:{from}}} AND started_at <= {to}
GROUP BY 1 ORDER BY 1;

-- recorder: Requests per hour
SELECT strftime('%Y-%m-%dT%H:00:00Z', started_at) AS time, sum(requests) AS requests
FROM runs
WHERE player_id = {player} AND started_at >= strftime('%Y-%m-%d %H:00:00.000', {from}) AND started_at <= {to}
GROUP BY 1 ORDER BY 1;

-- recorder: How long a run took
SELECT {time:max(started_at)} AS time, max({hours:finished_at, started_at}) * 3600 AS longest,
       avg({hours:finished_at, started_at}) * 3600 AS mean
FROM runs
WHERE player_id = {player} AND started_at BETWEEN {from} AND {to} AND finished_at IS NOT NULL
GROUP BY {step:started_at} ORDER BY 1;

-- recorder: Rows stored per day
SELECT {time:{day:started_at}, 'utc'} AS time, sum(snapshots_added) AS snapshots
FROM runs WHERE player_id = {player} AND started_at >= {begin:{day:{from}}} AND started_at <= {to}
GROUP BY 1 ORDER BY 1;

-- recorder: Failures
SELECT {time:started_at} AS time, outcome, requests, targets_seen AS seen, targets_asked AS asked, error
FROM runs
WHERE (player_id = {player} OR player_id IS NULL) AND started_at BETWEEN {from} AND {to}
  AND outcome NOT IN ('ok', 'running')
ORDER BY runs.id DESC LIMIT 100;

-- recorder: Rejected
SELECT {time:first_seen_at} AS since, {time:last_seen_at} AS until, poll_count AS polls, reason,
       coalesce(title, 'game ' || r.game_id, r.subject,
                CASE reason WHEN 'mass_drop' THEN 'the mass drop' ELSE 'the whole answer' END) AS what,
       {time:confirmed_at} AS confirmed_at, {time:ended_at} AS ended_at, substr(raw, 1, 200) AS received
FROM rejections r LEFT JOIN games ON games.id = r.game_id
WHERE (r.player_id = {player} OR r.player_id IS NULL) AND last_seen_at >= {from} AND first_seen_at <= {to}
ORDER BY r.id DESC LIMIT 100;

-- recorder: Gaps
SELECT {time:started_at} AS since, {time:ended_at} AS until, {hours:ended_at, started_at} * 3600 AS lasted
FROM coverage_gaps
WHERE player_id = {player} AND scope = 'account' AND ended_at >= {from} AND started_at <= {to}
ORDER BY 1 DESC LIMIT 100;

-- recorder: Size by table
SELECT 'snapshots' AS name, max(id) AS rows_so_far FROM snapshots
UNION ALL SELECT 'account_polls', max(id) FROM account_polls
UNION ALL SELECT 'account_snapshots', max(id) FROM account_snapshots
UNION ALL SELECT 'consistency_checks', max(id) FROM consistency_checks
UNION ALL SELECT 'runs', max(id) FROM runs
UNION ALL SELECT 'rejections', max(id) FROM rejections
UNION ALL SELECT 'messages', max(id) FROM messages
ORDER BY 2 DESC;

-- recorder: Checks
SELECT {time:last_checked_at} AS time, subject, check_count AS checks, {flag:matches} AS matches,
       site_hardcore - ours_hardcore AS hardcore_difference, site_softcore - ours_softcore AS softcore_difference,
       residual_hardcore, residual_softcore
FROM consistency_checks
WHERE player_id = {player} AND last_checked_at >= {from} AND first_checked_at <= {to}
ORDER BY id DESC LIMIT 100;
