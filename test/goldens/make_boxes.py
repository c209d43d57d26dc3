#!/usr/bin/env python3
"""Boxes around keypoints as the reference cuts them: image[ymin - m : ymax + m, xmin - m : xmax + m] with m drawn on or off for each side, more below for
the wrist, clamped to the frame; and by numpy's own slices, how many pixels that is. Two-hand frames, empty frames, points outside of the frame.
Usage: make_boxes.py OUT.json    Needs: pip install numpy
"""
import json, sys
import numpy as np

rng = np.random.default_rng(17)
margins = lambda left, top, right, bottom: dict(left=left, top=top, right=right, bottom=bottom)
usual = dict(margin=margins(0, 0, 0, 0), randomMargin=0, randomProbability=0, wristExtra=0, clamp=True, minimumSize=1, shape='stretch', fewestKeypoints=1, empty='nearest', hands='together')
recipes = {
    'test': {**usual, 'margin': margins(100, 100, 100, 100), 'wristExtra': 100},
    'train': {**usual, 'randomMargin': 50, 'randomProbability': 0.5, 'wristExtra': 100, 'empty': 'previous'},
    'sides': {**usual, 'margin': margins(10, 20, 30, 40), 'randomMargin': 30, 'randomProbability': 0.5, 'empty': 'whole'},
    'free': {**usual, 'margin': margins(60, 60, 60, 60), 'wristExtra': 100, 'clamp': False, 'empty': 'skip'},
    'apart': {**usual, 'margin': margins(25, 25, 25, 25), 'hands': 'apart'},
}


def hand(width, height):
    """21 points in whole pixels; now and then some over the frame's border, never all."""
    centre = rng.uniform([0, 0], [width, height])
    points = np.rint(rng.normal(centre, rng.uniform(20, 90), (21, 2))).astype(int)
    points[0] = np.clip(np.rint(centre), 1, [width - 2, height - 2])
    points[1] = points[0] + 1
    return points


def groups_of(points, hands):
    """The point sets that a frame is cut around, with the hand's number where it has several."""
    if len(points) == 0: return []
    if hands == 'together' or len(points) == 21: return [(None, points)]
    return [(0, points[:21]), (1, points[21:])]


def place(sequence, index, recipe):
    """(hand, points, source) for each crop of a frame; points None: the whole frame."""
    own = groups_of(sequence[index], recipe['hands'])
    if own: return [(hand, points, 'keypoints') for hand, points in own]
    if recipe['empty'] == 'skip': return []
    others = np.array([i for i, points in enumerate(sequence) if len(points)])
    if recipe['empty'] == 'whole' or len(others) == 0: return [(None, None, 'whole')]
    before = others[others < index]
    if recipe['empty'] == 'previous' and len(before): return [(None, sequence[before[-1]], 'previous')]
    return [(None, sequence[others[np.argmin(np.abs(others - index))]], 'nearest')]  # argmin: the first of equals


def cut(points, recipe, drawn, width, height):
    scale = width / 1920
    m = {side: (recipe['margin'][side] + recipe['randomMargin'] * on) * scale for side, on in zip(('left', 'top', 'right', 'bottom'), drawn)}
    xmin, ymin = points.min(axis=0)
    xmax, ymax = points.max(axis=0)
    free = [xmin - m['left'], ymin - m['top'], xmax + m['right'], ymax + m['bottom'] + recipe['wristExtra'] * scale]
    inside = [max(free[0], 0), max(free[1], 0), min(free[2], width), min(free[3], height)]
    return ([float(v) for v in inside], inside != free) if recipe['clamp'] else ([float(v) for v in free], False)


sequences = []
for number in range(12):
    width, height = [(1920, 1080), (1920, 1080), (960, 540), (1280, 720)][number % 4]
    empty = [0.0, 0.4, 0.7, 1.0][number % 3 if number < 11 else 3]
    frames = [np.zeros((0, 2), int) if rng.random() < empty else np.concatenate([hand(width, height) for _ in range(rng.integers(1, 3))]) for _ in range(rng.integers(3, 9))]
    image = np.zeros((height, width), np.uint8)
    boxes = {}
    for name, recipe in recipes.items():
        rows = []
        for index in range(len(frames)):
            for which, points, source in place(frames, index, recipe):
                drawn = [bool(v) for v in rng.random(4) < recipe['randomProbability']]
                box, clamped = ([0.0, 0.0, float(width), float(height)], False) if points is None else cut(points, recipe, drawn, width, height)
                whole = recipe['clamp'] and all(v == int(v) for v in box)
                x0, y0, x1, y1 = (int(v) for v in box)
                rows.append(dict(frame=index, hand=which, source=source, drawn=drawn, box=box, clamped=clamped, slice=list(image[y0:y1, x0:x1].shape) if whole else None))
        boxes[name] = rows
    sequences.append(dict(width=width, height=height, frames=[points.tolist() for points in frames], boxes=boxes))

with open(sys.argv[1], 'w') as file: json.dump(dict(versions=dict(numpy=np.__version__), recipes=recipes, sequences=sequences), file, separators=(',', ':'))
rows = [row for sequence in sequences for part in sequence['boxes'].values() for row in part]
print(len(rows), 'boxes,', sum(row['clamped'] for row in rows), 'clamped,', {source: sum(row['source'] == source for row in rows) for source in ('keypoints', 'previous', 'nearest', 'whole')})
