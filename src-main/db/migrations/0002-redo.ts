/** The next edit to redo, among any number of edits. */
export const sql = `
CREATE INDEX edit_redoable ON edit (id) WHERE undone = 1;
`
