export const rules = {
  commands: {
    up: 'Rule above', down: 'Rule below', earlier: 'Apply the rule earlier', later: 'Apply the rule later', less: 'Lower the threshold', more: 'Raise the threshold', muchLess: 'Lower the threshold much',
    muchMore: 'Raise the threshold much', method: 'Next way to set the threshold', action: 'Clamp or one-hot', search: 'Find the best feature', lanes: 'Points together or by fold', leaveOut: 'Leave the sequence out of the fit, or take it back',
    nextSequence: 'Next sequence', previousSequence: 'Previous sequence', play: 'Play the frames', enable: 'Switch the rule on or off', new: 'New rule', fit: 'Fit the preset pairs', versions: 'Proposals or versions', apply: 'Add the rule, or apply its change', remove: 'Remove the rule',
  },
  title: 'run “{name}”',
  name: { label: 'Name', empty: 'Name of the rule', none: 'New rule' },
  note: { label: 'Note', empty: 'Note: why this rule' },
  removed: 'Removed “{name}”',
  fitted: { done: 'Fitted: {n} rule | Fitted: {n} rules', nothing: 'No rule changed: the known pairs are not among the classes, or their rules are fitted already.' },
  imported: '{n} rule from {file} | {n} rules from {file}',
  list: {
    title: 'Rules', order: 'in the order they are applied', before: 'Without rules', after: 'With rules', beforeNote: 'out of fold', inFold: 'Log loss {value} in fold, with what was fitted on all sequences: that flatters', new: 'New rule', import: 'Import rules from a file', export: 'Export the rules as a file',
    enabled: 'Use this rule', unsaved: 'not applied', draft: 'draft', none: 'No rule yet. Open a proposal below, or make a new rule.', move: 'Drag to another place in the order', change: 'Change of the run’s log loss', noChange: 'no change',
  },
  tabs: { label: 'Proposals and versions', proposals: 'Proposals', versions: 'Versions' },
  proposals: {
    preset: 'preset', confused: '{n} confused', of: 'of {n}', toWin: '{value} to win', toWinHelp: 'Mean log loss of the sequences of both sides: what a perfect rule would win.', used: 'has a rule',
    none: 'No proposals: the run confuses no two classes, and the data have none of the known pairs.', fit: 'Fit presets', fitHelp: 'Fits a rule on each known pair of the contest’s winner and replaces the rules on those pairs.',
    method: 'How presets are fitted', methods: { 'log-loss': 'lowest log loss', 'maximum-plus-5': 'largest still value + 5' },
  },
  versions: { version: 'Version {version}', now: 'now', restore: 'Restore', none: 'No version yet. Every change of the rules makes one.', rules: '{n} rule | {n} rules', zero: 'No rules' },
  sides: { still: 'Still: below the threshold', moving: 'Moving: at or above it', choose: 'Choose classes', swap: 'Swap the sides', overlap: 'A class can be on one side only.', pick: 'Choose the classes of both sides: then their sequences are measured.', without: 'No training sequence: {classes}' },
  feature: {
    title: 'Measured', point: 'Keypoint', measure: 'Measure', axis: 'Axis', unit: 'Unit', line: '{point} · {measure} in {axis}', plain: '{point} · {measure}', search: 'Find the best feature', hand: 'Choose a keypoint on the hand',
    points: { topmost: 'topmost keypoint', bottommost: 'bottommost keypoint', leftmost: 'leftmost keypoint', rightmost: 'rightmost keypoint', tips: 'finger tips' }, ofHand: 'Of the hand', ofFrame: 'Of the frame',
    measures: { range: 'range', spread: 'spread', path: 'path', speed: 'speed', turns: 'turns' },
    measureHelp: { range: 'Largest less smallest place.', spread: '90th percentile less the 10th: single stray frames do not count.', path: 'All the way it goes.', speed: 'Way per frame.', turns: 'How often it changes its direction.' },
    axes: { x: 'x', y: 'y', both: 'the plane' }, units: { pixels: 'pixels', 'hand-sizes': 'hand sizes' }, unitHelp: { pixels: 'Pixels of a 1920-wide frame.', 'hand-sizes': 'Of the size of the hand: near and far cameras alike.' },
    value: { pixels: '{value} px', 'hand-sizes': '{value} hands', turns: '{value} turns' },
  },
  search: {
    title: 'Best feature', busy: 'Trying features: {done} of {total}', starting: 'Trying features…', words: 'Chosen from {n} features. Honest score, chosen anew without each fold: {before} → {after}.', lucky: 'The honest score is no better than without a rule: the first ranks are likely luck.',
    intro: 'Tries every keypoint, measure, axis and unit, and ranks them by the log loss that each leaves out of fold.', wrong: '{n} wrong of {decisions}', from: 'from {value}', here: 'Used now', noClasses: 'Choose the classes of both sides first.', none: 'No feature could be measured on these sequences.',
  },
  plot: {
    title: 'Sequences', lanes: 'Points', together: 'together', byFold: 'by fold', still: 'still', moving: 'moving', lane: '{side} · fold {fold}', noFold: '{side} · not predicted', drag: 'Threshold of {name}', foldThreshold: 'Fold {fold}: {value}',
    point: '{group} · {name}: {value}, fold {fold}', pointNoFold: '{group} · {name}: {value}, no prediction yet', leftOut: 'left out of the fit', leaveOut: 'Leave out', takeBack: 'Take back', leftOutCount: '{n} left out', unmeasured: '{n} not measured', none: 'No sequence of these classes has a keypoint in two frames or more: there is nothing to measure.', interval: '95 %: {low} – {high}',
  },
  threshold: {
    title: 'Threshold', methods: { 'log-loss': 'Lowest log loss', 'maximum-plus-5': 'Largest still + {margin}', 'by-hand': 'By hand' },
    help: { 'log-loss': 'The threshold with the lowest out-of-fold log loss; each sequence is judged by one fitted without its fold.', 'maximum-plus-5': 'The contest winner’s way: a margin above the largest value of the still classes.', 'by-hand': 'As you set it: drag the line, or use the arrow keys.' },
  },
  action: {
    title: 'Action', clamp: 'Clamp', 'one-hot': 'One-hot', from: 'Share that is left', error: 'by its errors', 'by-hand': 'by hand', epsilon: 'Share left to the side decided against', clampHelp: 'The side decided against keeps at most this share of what both sides have together; all other classes keep their own.',
    warning: 'One wrong answer costs {cost} in log loss: that sequence alone adds {mean} to the mean of {n}.',
  },
  numbers: {
    pair: 'Log loss of the classes', inFold: 'in fold {value}', gain: 'Gain', interval: '{low} … {high}', wrong: 'Wrong', of: 'of {n}', wrongHelp: 'Wrong decisions out of fold. A rule decides only where the run thinks of its classes.', run: 'Log loss of the run', pairHelp: 'Out of fold: each sequence is judged by what was fitted without its fold. In fold flatters.', gainHelp: 'Mean of before − after, with its 95 % interval.',
    verdict: { better: 'clearly better', dear: 'better here, worse for the run', worse: 'clearly worse', unclear: 'no clear gain', none: 'no predictions to judge by' },
  },
  apply: {
    add: 'Add rule', change: 'Apply change', discard: 'Discard', remove: 'Remove rule', changes: 'Changes {n} sequence | Changes {n} sequences', better: '{n} better', worse: '{n} worse', test: '{n} test', nothing: 'Changes no sequence', unsaved: 'Not applied: {parts}', draft: 'A draft: nothing is applied yet',
    parts: { name: 'name', classes: 'classes', feature: 'feature', threshold: 'threshold', action: 'action', leftOut: 'sequences left out', note: 'note' }, off: 'Switched off: it is judged, but not applied.',
  },
  facts: {
    label: 'Sequences behind the rule', changed: 'Changed', pair: 'Sequences', features: 'Features', better: 'Better', worse: 'Worse', same: 'Another order only', unknown: 'Without a label', test: 'Test sequences', none: 'This rule changes no sequence’s probabilities.', pick: 'Choose a rule or a proposal to see its sequences.',
    noPair: 'No sequence is measured.', unmeasured: 'Not measured', unmeasuredNote: 'fewer than two frames with the keypoint', leaveOut: 'Leave out of the fit', takeBack: 'Take back into the fit', toReview: 'Review', answer: 'label {before} → {after}', path: 'Way of the keypoint',
  },
  why: 'This sequence measures {value} ({feature}); the rule “{name}” draws the line at {threshold}.',
  empty: { title: 'No rules yet', text: 'Some gestures look the same in one frame. A rule tells them apart by how a keypoint moves over the sequence, and is judged on out-of-fold predictions before it is applied.' },
  noPredictions: { title: 'Rules need out-of-fold predictions', text: 'Train at least one fold to the end; then rules are fitted on what it predicts.' },
}
