import type { rules as english } from '../en/rules.ts'

export const rules: typeof english = {
  commands: {
    up: '위 규칙', down: '아래 규칙', earlier: '규칙을 더 먼저 적용', later: '규칙을 더 나중에 적용', less: '기준값 낮추기', more: '기준값 높이기', muchLess: '기준값 크게 낮추기',
    muchMore: '기준값 크게 높이기', method: '기준값을 정하는 다음 방법', action: '확률 제한 또는 원-핫', search: '가장 좋은 특징 찾기', lanes: '점을 함께 또는 폴드별로', leaveOut: '시퀀스를 맞춤에서 빼거나 되돌리기',
    nextSequence: '다음 시퀀스', previousSequence: '이전 시퀀스', play: '프레임 재생', enable: '규칙 켜기/끄기', new: '새 규칙', fit: '알려진 쌍 맞추기', versions: '제안 또는 버전', apply: '규칙 추가 또는 변경 적용', remove: '규칙 삭제',
  },
  title: '실행 “{name}”',
  name: { label: '이름', empty: '규칙 이름', none: '새 규칙' },
  note: { label: '메모', empty: '메모: 이 규칙을 만든 까닭' },
  removed: '“{name}” 규칙을 삭제했습니다',
  fitted: { done: '규칙 {n}개를 맞췄습니다', nothing: '바뀐 규칙이 없습니다. 알려진 쌍이 이 클래스에 없거나 이미 맞춰져 있습니다.' },
  imported: '{file}에서 규칙 {n}개를 가져왔습니다',
  list: {
    title: '규칙', order: '적용 순서대로', before: '규칙 없이', after: '규칙 적용', beforeNote: '폴드 밖', inFold: '폴드 안 로그 손실 {value}: 모든 시퀀스로 맞춘 값이라 실제보다 좋아 보입니다', new: '새 규칙', import: '파일에서 규칙 가져오기', export: '규칙을 파일로 내보내기',
    enabled: '이 규칙 쓰기', unsaved: '적용 전', draft: '초안', none: '아직 규칙이 없습니다. 아래 제안을 열거나 새 규칙을 만드세요.', move: '끌어서 순서 바꾸기', change: '실행 전체 로그 손실의 변화', noChange: '변화 없음',
  },
  tabs: { label: '제안과 버전', proposals: '제안', versions: '버전' },
  proposals: {
    preset: '알려진 쌍', confused: '{n}개 혼동', of: '{n}개 중', toWin: '최대 이득 {value}', toWinHelp: '두 쪽 시퀀스의 평균 로그 손실: 완벽한 규칙이 줄일 수 있는 만큼입니다.', used: '규칙 있음',
    none: '제안이 없습니다. 이 실행은 서로 혼동한 클래스가 없고, 데이터에 알려진 쌍도 없습니다.', fit: '알려진 쌍 맞추기', fitHelp: '대회 1위가 쓴 쌍마다 규칙을 맞추고, 그 쌍에 있던 규칙을 바꿉니다.',
    method: '알려진 쌍을 맞추는 방법', methods: { 'log-loss': '로그 손실 최소', 'maximum-plus-5': '정지 최댓값 + 5' },
  },
  versions: { version: '버전 {version}', now: '지금', restore: '되돌리기', none: '아직 버전이 없습니다. 규칙을 바꿀 때마다 하나씩 생깁니다.', rules: '규칙 {n}개', zero: '규칙 없음' },
  sides: { still: '정지: 기준값 미만', moving: '움직임: 기준값 이상', choose: '클래스 고르기', swap: '양쪽 바꾸기', overlap: '한 클래스는 한쪽에만 둘 수 있습니다.', pick: '양쪽 클래스를 고르면 그 시퀀스를 잽니다.', without: '학습 시퀀스 없음: {classes}' },
  feature: {
    title: '재는 것', point: '키포인트', measure: '잣대', axis: '축', unit: '단위', line: '{point} · {axis} {measure}', plain: '{point} · {measure}', search: '가장 좋은 특징 찾기', hand: '손에서 키포인트 고르기',
    points: { topmost: '가장 위 키포인트', bottommost: '가장 아래 키포인트', leftmost: '가장 왼쪽 키포인트', rightmost: '가장 오른쪽 키포인트', tips: '손가락 끝' }, ofHand: '손의 키포인트', ofFrame: '프레임에서',
    measures: { range: '범위', spread: '퍼짐', path: '이동 거리', speed: '속도', turns: '방향 전환' },
    measureHelp: { range: '가장 큰 위치와 가장 작은 위치의 차이.', spread: '90백분위수와 10백분위수의 차이: 한두 프레임의 이상값은 세지 않습니다.', path: '움직인 거리 전체.', speed: '프레임당 이동 거리.', turns: '방향을 바꾼 횟수.' },
    axes: { x: 'x', y: 'y', both: '평면' }, units: { pixels: '픽셀', 'hand-sizes': '손 크기' }, unitHelp: { pixels: '너비 1920 프레임의 픽셀.', 'hand-sizes': '손 크기에 대한 비율: 카메라가 가깝든 멀든 같습니다.' },
    value: { pixels: '{value} px', 'hand-sizes': '손 ×{value}', turns: '{value}회' },
  },
  search: {
    title: '가장 좋은 특징', busy: '특징을 시험하는 중: {total}개 중 {done}개', starting: '특징을 시험하는 중…', words: '특징 {n}개 가운데 골랐습니다. 폴드마다 그 폴드를 빼고 다시 고른 정직한 점수: {before} → {after}.', lucky: '정직한 점수가 규칙이 없을 때보다 낫지 않습니다. 상위 순위는 우연일 가능성이 큽니다.',
    intro: '키포인트, 잣대, 축, 단위를 모두 시험해 폴드 밖 로그 손실이 낮은 순서로 보여 줍니다.', wrong: '{decisions}개 중 {n}개 틀림', from: '{value}부터', here: '지금 쓰는 특징', noClasses: '먼저 양쪽 클래스를 고르세요.', none: '이 시퀀스에서 잴 수 있는 특징이 없습니다.',
  },
  plot: {
    title: '시퀀스', lanes: '점', together: '함께', byFold: '폴드별', still: '정지', moving: '움직임', lane: '{side} · 폴드 {fold}', noFold: '{side} · 예측 없음', drag: '{name} 기준값', foldThreshold: '폴드 {fold}: {value}',
    point: '{group} · {name}: {value}, 폴드 {fold}', pointNoFold: '{group} · {name}: {value}, 아직 예측 없음', leftOut: '맞춤에서 뺌', leaveOut: '빼기', takeBack: '되돌리기', leftOutCount: '{n}개 뺌', unmeasured: '{n}개 못 잼', none: '이 클래스에는 두 프레임 이상에서 키포인트가 보이는 시퀀스가 없어 잴 수 없습니다.', interval: '95 %: {low} – {high}',
  },
  threshold: {
    title: '기준값', methods: { 'log-loss': '로그 손실 최소', 'maximum-plus-5': '정지 최댓값 + {margin}', 'by-hand': '직접' },
    help: { 'log-loss': '폴드 밖 로그 손실이 가장 낮은 기준값. 시퀀스마다 자기 폴드를 빼고 맞춘 기준값으로 판단합니다.', 'maximum-plus-5': '대회 1위 방식: 정지 클래스의 최댓값보다 조금 위.', 'by-hand': '직접 정한 값: 선을 끌거나 화살표 키로 옮기세요.' },
  },
  action: {
    title: '동작', clamp: '확률 제한', 'one-hot': '원-핫', from: '남기는 비율', error: '오류율에서', 'by-hand': '직접', epsilon: '고르지 않은 쪽에 남기는 비율', clampHelp: '고르지 않은 쪽은 두 쪽이 함께 가진 확률 가운데 많아야 이 비율만 갖습니다. 다른 클래스는 그대로입니다.',
    warning: '한 번 틀리면 로그 손실이 {cost}입니다. 그 시퀀스 하나로 {n}개 평균이 {mean} 올라갑니다.',
  },
  numbers: {
    pair: '두 쪽의 로그 손실', inFold: '폴드 안 {value}', gain: '이득', interval: '{low} … {high}', wrong: '틀림', of: '{n}개 중', wrongHelp: '폴드 밖에서 틀린 판단. 규칙은 실행이 이 클래스라고 본 시퀀스만 판단합니다.', run: '실행 전체의 로그 손실', pairHelp: '폴드 밖: 시퀀스마다 자기 폴드를 빼고 맞춘 값으로 판단합니다. 폴드 안 값은 실제보다 좋아 보입니다.', gainHelp: '이전 − 이후의 평균과 95 % 구간.',
    verdict: { better: '확실히 나음', dear: '여기서는 낫지만 전체는 나쁨', worse: '확실히 나쁨', unclear: '뚜렷한 이득 없음', none: '판단할 예측 없음' },
  },
  apply: {
    add: '규칙 추가', change: '변경 적용', discard: '버리기', remove: '규칙 삭제', changes: '시퀀스 {n}개가 바뀜', better: '{n}개 나아짐', worse: '{n}개 나빠짐', test: '테스트 {n}개', nothing: '바뀌는 시퀀스 없음', unsaved: '적용 전: {parts}', draft: '초안이며 아직 적용하지 않았습니다',
    parts: { name: '이름', classes: '클래스', feature: '특징', threshold: '기준값', action: '동작', leftOut: '뺀 시퀀스', note: '메모' }, off: '꺼져 있어 평가만 하고 적용하지 않습니다.',
  },
  facts: {
    label: '규칙에 딸린 시퀀스', changed: '바뀜', pair: '시퀀스', features: '특징', better: '나아짐', worse: '나빠짐', same: '정답 확률은 그대로', unknown: '라벨 없음', test: '테스트 시퀀스', none: '이 규칙으로 확률이 바뀌는 시퀀스가 없습니다.', pick: '규칙이나 제안을 고르면 시퀀스가 보입니다.',
    noPair: '잰 시퀀스가 없습니다.', unmeasured: '못 잰 시퀀스', unmeasuredNote: '키포인트가 있는 프레임이 두 장 미만', leaveOut: '맞춤에서 빼기', takeBack: '맞춤에 되돌리기', toReview: '검토', answer: '라벨 {before} → {after}', path: '키포인트가 움직인 길',
  },
  why: '이 시퀀스의 값은 {value}({feature})이고, “{name}” 규칙의 기준값은 {threshold}입니다.',
  empty: { title: '아직 규칙이 없습니다', text: '어떤 제스처는 프레임 한 장으로는 같아 보입니다. 규칙은 시퀀스에서 키포인트가 움직인 모습으로 둘을 가르고, 적용하기 전에 폴드 밖 예측으로 확인합니다.' },
  noPredictions: { title: '규칙에는 폴드 밖 예측이 필요합니다', text: '폴드를 하나 이상 끝까지 학습하면 그 예측으로 규칙을 맞춥니다.' },
}
