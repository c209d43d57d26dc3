"""Features of keypoint sequences, written down again with numpy from the table in src-main/keypoints/features.ts.

    python test/goldens/make_keypoints.py > test/goldens/keypoints.json
"""
import json
import numpy as np

FINGERS = [[0, 4 * f + 1, 4 * f + 2, 4 * f + 3, 4 * f + 4] for f in range(5)]
TIPS = [4, 8, 12, 16, 20]
KNUCKLES = [5, 9, 13, 17]


def measure(hand, mirror, upright):
    """hand [21, 3] with NaN rows where missing -> normalised points, anchor, size, mean."""
    there = ~np.isnan(hand[:, 0])
    if there[0]:
        anchor = hand[0]
    else:
        base = [k for k in KNUCKLES if there[k]]
        anchor = hand[base if base else there].mean(axis=0)
    squares = ((hand[there, :2] - anchor[:2]) ** 2).sum(axis=1)
    size = np.sqrt(squares.sum() / (there.sum() - there[0]))
    points = np.clip((hand - anchor) / size * [-1 if mirror else 1, 1, 1], -5, 5)
    if upright:
        up = points[9, :2] if there[9] else points[[k for k in KNUCKLES if there[k]], :2].sum(axis=0)
        angle = np.arctan2(up[0], -up[1])
        turn = np.array([[np.cos(-angle), -np.sin(-angle)], [np.sin(-angle), np.cos(-angle)]])
        points[:, :2] = points[:, :2] @ turn.T
    return points, anchor, size, np.nanmean(hand, axis=0)


def shape(points):
    bones = {}
    for finger in FINGERS:
        for a, b in zip(finger, finger[1:]):
            way = points[b] - points[a]
            bones[b] = way / np.linalg.norm(way)
    joints = [bones[a] @ bones[b] for finger in FINGERS for a, b in zip(finger[1:], finger[2:])]
    spans = [np.linalg.norm(points[a] - points[b]) for i, a in enumerate(TIPS) for b in TIPS[i + 1:]] + [np.linalg.norm(points[t]) for t in TIPS]
    return np.concatenate([points[1:].ravel(), np.concatenate([bones[k] for k in range(1, 21)]), joints, spans])


def motion(track, numbers, mirror):
    rows = [row for row, hand in enumerate(track) if hand is not None]
    out = np.zeros((len(track), 24))
    if len(rows) < 2:
        return out
    size = np.mean([track[row][2] for row in rows])
    places = {}
    for row in rows:
        points, anchor, _, _ = track[row]
        places[row] = np.concatenate([[anchor[0] * (-1 if mirror else 1) / size, anchor[1] / size], points[TIPS, :2].ravel()])
    stacked = np.array([places[row] for row in rows])
    counts = (~np.isnan(stacked)).sum(axis=0)
    deviation = np.where(counts < 2, 0, np.clip(np.nan_to_num(np.nanstd(stacked, axis=0)), -5, 5))
    for index, row in enumerate(rows):
        before, after = rows[max(0, index - 1)], rows[min(len(rows) - 1, index + 1)]
        velocity = (places[after] - places[before]) / max(1, numbers[after] - numbers[before])
        out[row, :12] = np.nan_to_num(np.clip(velocity, -3, 3))
        out[row, 12:] = deviation
    return out


def features(frames, width, height, upright):
    """frames: [(number, seat 0 hand or None, seat 1 hand or None)] with seats as they should be found."""
    tracks = [[None if frame[1 + seat] is None else measure(frame[1 + seat], seat == 1, upright) for frame in frames] for seat in (0, 1)]
    moved = [motion(track, [frame[0] for frame in frames], seat == 1) for seat, track in enumerate(tracks)]
    hands = np.zeros((len(frames), 2, 174))
    scene = np.zeros((len(frames), 10))
    for row in range(len(frames)):
        for seat in (0, 1):
            hand = tracks[seat][row]
            if hand is None:
                continue
            hands[row, seat] = np.nan_to_num(np.concatenate([shape(hand[0]), moved[seat][row]]))
            scene[row, 4 + 3 * seat: 7 + 3 * seat] = [hand[3][0] / width - 0.5, hand[3][1] / height - 0.5, np.log(hand[2] / width)]
        first, second = tracks[0][row], tracks[1][row]
        if first is not None and second is not None:
            size = (first[2] + second[2]) / 2
            scene[row, :4] = [1, *np.clip((second[1] - first[1])[:2] / size, -10, 10), np.clip(np.log(second[2] / first[2]), -3, 3)]
    return hands, scene


random = np.random.default_rng(8)


def hand(x, y, size):
    points = np.empty((21, 3))
    points[0] = [x, y, 0]
    for index, finger in enumerate(FINGERS):
        direction = np.array([index - 2, -3.0, 0]) / 4 + random.normal(0, 0.15, 3)
        for joint, keypoint in enumerate(finger[1:], 1):
            points[keypoint] = points[0] + size * (direction * joint / 3 + random.normal(0, 0.05, 3))
    return points


def rows(*hands):
    return [None if np.isnan(point[0]) else [float(value) for value in point] for one in hands for point in one]


def without(one, *keypoints):
    changed = one.copy()
    changed[list(keypoints)] = np.nan
    return changed


one = [hand(200 + 7 * t, 300 - 4 * t, 90) for t in range(4)]
left, right = [hand(180 + t, 260, 70) for t in range(3)], [hand(420 - 2 * t, 250 + t, 80) for t in range(3)]
cases = {
    # frame numbers with a gap; a wrist and a tip are missing
    "one": ([(0, one[0], None), (1, without(one[1], 8), None), (4, without(one[2], 0), None), (5, one[3], None)], [[one[0]], [without(one[1], 8)], [without(one[2], 0)], [one[3]]]),
    # the tracker has its two hands the other way round in the second frame, and lost one in the third
    "two": ([(2, left[0], right[0]), (3, left[1], right[1]), (4, None, right[2])], [[right[0], left[0]], [left[1], right[1]], [right[2]]]),
}
result = {}
for name, (frames, given) in cases.items():
    result[name] = {"width": 640, "height": 480, "frames": [{"frame": frame[0], "points": rows(*hands)} for frame, hands in zip(frames, given)]}
    for upright in (False, True):
        hands, scene = features(frames, 640, 480, upright)
        result[name]["upright" if upright else "plain"] = {"hands": hands.round(9).ravel().tolist(), "scene": scene.round(9).ravel().tolist()}
print(json.dumps(result))
