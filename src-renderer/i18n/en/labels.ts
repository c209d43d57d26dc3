/** Words of corrected labels. */
export const labels = {
  correct: 'Correct the label',
  choose: 'Choose a class…',
  suggested: 'Suggested',
  all: 'All classes',
  was: 'corrected · was {name}',
  back: 'Take the label of the file again',
  done: '{folder} is {name} now',
  doneBack: '{folder} has the label of its file again',
  ofFile: 'label of the file',
  history: { given: '{where} labelled {name}', back: 'Label of the file again, {where}', several: 'Labels corrected, {where}' },
}
