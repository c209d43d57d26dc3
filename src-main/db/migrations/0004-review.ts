/** The queue outlives the process; labels are corrected by edits; predictions lie in one block per fold; embeddings, activation maps, causes and views are kept. */
export const sql = `
-- annotation
CREATE TABLE label_correction (folder TEXT PRIMARY KEY, pose_id INTEGER NOT NULL) STRICT;
CREATE TABLE edit_label (
  edit_id INTEGER NOT NULL REFERENCES edit (id) ON DELETE CASCADE,
  folder TEXT NOT NULL,
  before_pose INTEGER,
  after_pose INTEGER,
  PRIMARY KEY (edit_id, folder)
) STRICT, WITHOUT ROWID;

-- train
CREATE TABLE queue_entry (run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, fold INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (run_id, fold)) STRICT, WITHOUT ROWID;
CREATE TABLE train_value (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- evaluate: frames is [[folder, frame], …] in order; probabilities holds as many rows of float32, one number per pose id
CREATE TABLE prediction_block (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  fold INTEGER NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('validation', 'test')),
  pose_ids TEXT NOT NULL,
  frames TEXT NOT NULL,
  probabilities BLOB NOT NULL,
  UNIQUE (run_id, fold, part)
) STRICT;
INSERT INTO prediction_block (run_id, fold, part, pose_ids, frames, probabilities)
  SELECT s.run_id, s.fold, s.part, s.pose_ids,
    coalesce((SELECT json_group_array(json_array(p.folder, p.frame) ORDER BY p.folder, p.frame) FROM prediction p WHERE p.run_id = s.run_id AND p.fold = s.fold AND p.part = s.part), '[]'),
    coalesce((SELECT unhex(group_concat(hex(p.probabilities), '' ORDER BY p.folder, p.frame)) FROM prediction p WHERE p.run_id = s.run_id AND p.fold = s.fold AND p.part = s.part), x'')
  FROM prediction_set s;
DROP TABLE prediction;
DROP TABLE prediction_set;
CREATE TABLE embedding_block (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  fold INTEGER NOT NULL,
  folders TEXT NOT NULL,
  embeddings BLOB NOT NULL,
  UNIQUE (run_id, fold)
) STRICT;
CREATE TABLE activation_map (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  fold INTEGER NOT NULL,
  folder TEXT NOT NULL,
  maps TEXT NOT NULL,
  "values" BLOB NOT NULL,
  UNIQUE (run_id, folder, fold)
) STRICT;
CREATE TABLE embedding_map (key TEXT PRIMARY KEY, run_id INTEGER NOT NULL, fold INTEGER NOT NULL, value TEXT NOT NULL) STRICT;
CREATE TABLE triage (folder TEXT PRIMARY KEY, cause TEXT NOT NULL, note TEXT NOT NULL, created TEXT NOT NULL, author TEXT NOT NULL) STRICT;
CREATE TABLE review_view (name TEXT PRIMARY KEY, view TEXT NOT NULL) STRICT;
`
