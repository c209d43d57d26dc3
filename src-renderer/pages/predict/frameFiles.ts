/** Position of the frame whose picture a path ends in; -1: the path is none of theirs. */
export const frameOfFile = (frames: readonly { file: string }[], path: string): number => frames.findIndex(({ file }) => file !== '' && (path === file || path.endsWith(`/${file}`)))
