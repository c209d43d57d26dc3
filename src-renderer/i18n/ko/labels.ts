/** 라벨 수정에 쓰는 말. */
export const labels = {
  correct: '라벨 고치기',
  choose: '클래스 고르기…',
  suggested: '제안',
  all: '모든 클래스',
  was: '수정함 · 원래 {name}',
  back: '파일의 라벨로 되돌리기',
  done: '{folder} 라벨: {name}',
  doneBack: '{folder} 라벨을 파일대로 되돌렸습니다',
  ofFile: '파일의 라벨',
  history: { given: '{where} 라벨: {name}', back: '파일의 라벨로 되돌림, {where}', several: '라벨 고침, {where}' },
}
