/** Rules are an ordered, versioned list; predictions by other views, whole submissions and predicted folders are kept. */
export const sql = `
-- rules: a version is never changed; rules is [{ id, …definition, fits }, …] in the order in which they are applied
CREATE TABLE rule_set (
  run_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created TEXT NOT NULL,
  author TEXT NOT NULL,
  label TEXT NOT NULL,
  rules TEXT NOT NULL,
  PRIMARY KEY (run_id, version)
) STRICT, WITHOUT ROWID;
INSERT INTO rule_set
  SELECT run_id, 1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), '', '', json_group_array(json_object(
    'id', id, 'name', rule ->> 'name', 'stillPoseIds', json_array(rule ->> 'stillPoseId'), 'movingPoseIds', json_array(rule ->> 'movingPoseId'),
    'feature', json_object('point', replace(rule ->> 'feature', '-x-range', ''), 'measure', 'range', 'axis', 'x', 'unit', 'pixels'),
    'threshold', rule ->> 'threshold', 'method', rule ->> 'method', 'action', 'clamp', 'clamp', rule ->> 'clamp', 'clampFrom', 'by-hand',
    'leftOut', json_array(), 'enabled', json(iif(rule ->> 'enabled', 'true', 'false')), 'note', '',
    'fits', json(coalesce((SELECT json_group_array(json_object('fold', fit.value ->> 0, 'threshold', fit.value ->> 1, 'clamp', rule ->> 'clamp')) FROM json_each(rule -> 'foldThresholds') fit WHERE fit.type = 'array'), '[]'))
  ) ORDER BY id)
  FROM sequence_rule GROUP BY run_id;
DROP TABLE sequence_rule;

-- evaluate: as prediction_block, of other views than the run's config has
CREATE TABLE view_block (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  fold INTEGER NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('validation', 'test')),
  views TEXT NOT NULL,
  pose_ids TEXT NOT NULL,
  frames TEXT NOT NULL,
  probabilities BLOB NOT NULL,
  UNIQUE (run_id, fold, part, views)
) STRICT;

-- ensemble: every probability of a submission, float64 row by row; columns is the pose ids (null: a heading that is none), folders the rows
CREATE TABLE submission_matrix (
  submission_id INTEGER PRIMARY KEY REFERENCES submission (id) ON DELETE CASCADE,
  columns TEXT NOT NULL,
  folders TEXT NOT NULL,
  probabilities BLOB NOT NULL
) STRICT;

-- predict: probabilities is [frames + 1, classes] float32, the sequence first
CREATE TABLE prediction_session (id INTEGER PRIMARY KEY AUTOINCREMENT, created TEXT NOT NULL, record TEXT NOT NULL) STRICT;
CREATE TABLE predicted_sequence (
  id INTEGER PRIMARY KEY,
  session_id INTEGER NOT NULL REFERENCES prediction_session (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  stamp TEXT NOT NULL,
  record TEXT NOT NULL,
  frames TEXT NOT NULL,
  pose_ids TEXT NOT NULL,
  probabilities BLOB NOT NULL,
  UNIQUE (session_id, name)
) STRICT;
`
