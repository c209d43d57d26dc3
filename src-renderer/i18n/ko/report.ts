/** 보고서 만들기에 쓰는 말. */
export const report = {
  what: '이 실행의 점수, 학습 곡선, 가장 나쁜 시퀀스, 혼동과 원인을 HTML 파일 하나에 담습니다. 인터넷 없이도 어디서나 열립니다.',
  language: '보고서 언어',
  korean: '한국어',
  english: 'English',
  worst: '가장 나쁜 시퀀스',
  pictures: '가장 나쁜 시퀀스의 프레임 넣기',
  privacy: '프레임에는 사람이 나오고, 촬영자 이름은 데이터 폴더에 있는 그대로 들어갑니다. 널리 나눌 보고서에서는 프레임을 빼세요.',
  make: '보고서 만들기',
  making: '만드는 중…',
  progress: '{total}개 중 {done}개',
  done: '보고서를 만들었습니다 · {size}',
  size: '{n} MB',
  sizeSmall: '{n} kB',
  open: '열기',
  download: '내려받기',
  reveal: '폴더에서 보기',
}
