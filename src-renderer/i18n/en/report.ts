/** Words of making a report. */
export const report = {
  what: 'Scores, curves, worst sequences, confusion and causes of this run in one HTML file that opens anywhere, offline too.',
  language: 'Language of the report',
  korean: '한국어',
  english: 'English',
  worst: 'Worst sequences',
  pictures: 'With frames of the worst sequences',
  privacy: 'Frames show people, and names of actors are as in the data folder. Leave the frames out of what you share widely.',
  make: 'Make report',
  making: 'Putting it together…',
  progress: '{done} of {total}',
  done: 'Report made · {size}',
  size: '{n} MB',
  sizeSmall: '{n} kB',
  open: 'Open',
  download: 'Download',
  reveal: 'Show in its folder',
}
