/** Recipes, augmentation, flip map, derived samples and splits are named and versioned; perceptual hashes of frames are kept. */
export const sql = `
-- crop: a version is never changed; crop_use says which name is in use where (a role, or the kind itself)
CREATE TABLE crop_object (
  kind TEXT NOT NULL CHECK (kind IN ('recipe', 'augment', 'flip-map', 'derived-set')),
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  created TEXT NOT NULL,
  author TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (kind, name, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE crop_use (slot TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO crop_object
  SELECT 'recipe', substr(key, 8), 1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), '', value FROM crop_setting WHERE key LIKE 'recipe %';
INSERT INTO crop_object
  SELECT 'augment', 'augmentation', 1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), '', value FROM crop_setting WHERE key = 'augment';
INSERT INTO crop_object
  SELECT 'flip-map', 'flip map', 1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), '', json_object('horizontal', json_group_object(CAST(pose_id AS TEXT), partner), 'vertical', json_object())
  FROM flip_override HAVING count(*) > 0;
DROP TABLE crop_setting;
DROP TABLE flip_override;

-- split
ALTER TABLE split ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE split ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE TABLE frame_hash (
  folder TEXT NOT NULL,
  number INTEGER NOT NULL,
  stamp TEXT NOT NULL,
  hash BLOB,
  unreadable TEXT,
  PRIMARY KEY (folder, number)
) STRICT, WITHOUT ROWID;
`
