import { checkEngine } from '../../engine/runtime/doctor.ts'
import { describeProof, proveEngine } from '../bench/proofs.ts'
import type { Command } from '../command.ts'
import { version } from '../version.ts'

export const doctor: Command = {
  name: 'doctor',
  usage: 'doctor [--measure]',
  summary: { ko: '컴퓨터, GPU, 엔진을 검사하고, --measure면 학습 속도도 잽니다', en: 'Checks machine, GPU and engine; with --measure, the speed of training too' },
  options: { measure: { type: 'boolean' } },
  async run(context) {
    const report = await checkEngine()
    context.progress(context.words('학습해 보는 중', 'Trying to train'))
    const proof = report.selfTest?.passed ? await proveEngine(report, { measure: context.values.measure === true, signal: context.signal }) : null
    const lines = [...report.lines, ...(proof ? describeProof(proof) : [])]
    const ok = report.ok && proof?.problems.length === 0
    return {
      json: { handloom: version, node: process.version, ...report, ok, problems: [...report.problems, ...(proof?.problems ?? [])], training: proof?.training ?? [], lines },
      text: [`handloom ${version}, Node ${process.version}`, ...lines].join('\n'),
      exitCode: ok ? 0 : 1,
    }
  },
}
