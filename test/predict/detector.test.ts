import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { detect } from '../../src-main/predict/detector/detect.ts'
import { words } from '../../src-main/predict/detector/words.ts'

const script = join(import.meta.dirname, 'keypointWriter.ts')
const ask = (how: string, files = ['/p/0.png', '/p/1 "x".png'], seconds = 20, signal = new AbortController().signal) => detect(`"${process.execPath}" '${script}' "${how}"`, files, seconds, signal)
const hand = (rows: number) => Array.from({ length: rows }, (_, point) => [30 + point, 20 + (point % 7), 0])

describe('a detector’s command', () => {
  it('is split at blanks, quotes keep together, and nothing is substituted', () => {
    expect(words(`  python "C:\\my hands\\find.py"  --say='it''s' "" $HOME;rm *`)).toEqual(['python', 'C:\\my hands\\find.py', '--say=its', '', '$HOME;rm', '*'])
    expect(() => words('python "find.py')).toThrow('not closed')
    expect(() => words('   ')).toThrow('names no program')
  })
})

describe('a detector', () => {
  it('answers for one hand, two, and none', async () => {
    const answers = async (how: string) => [...(await ask(how)).points.values()]
    expect([await answers('works'), await answers('two hands'), await answers('sees none')]).toEqual([[hand(21), hand(21)], [hand(42), hand(42)], [[], []]])
    expect(await ask('works')).toMatchObject({ failure: null, faults: new Map() })
  })

  it.each([
    ['wrong count', 'it gave 20 keypoints'],
    ['a text', 'its keypoint 0 is not two or three finite numbers'],
  ])('whose answer is off (%s) gives nothing for that picture', async (how, fault) => {
    const { points, faults, failure } = await ask(how)
    expect({ points: points.size, faults: [...faults.values()], failure }).toEqual({ points: 0, faults: [expect.stringContaining(fault), expect.stringContaining(fault)], failure: null })
  })

  it.each([
    ['not a number', 'what is no answer to a question'],
    ['chatter', 'what is no answer to a question: INFO: loading the model'],
    ['another file', 'what is no answer to a question'],
    ['exits at once', 'it ended (exit code 3) with 2 of 2 pictures unanswered'],
    ['exits in between', 'it ended (exit code 0) with 1 of 2 pictures unanswered'],
  ])('that goes wrong (%s) is said to, with what it wrote on stderr', async (how, failure) => {
    const found = await ask(how)
    expect(found.failure).toContain(failure)
    expect(found.failure).toContain(`detector: ${how}`)
    expect(found.points.size).toBe(how === 'exits in between' ? 1 : 0)
  })

  it('that hangs is ended', async () => {
    expect((await ask('hangs', ['/p/0.png'], 1)).failure).toContain('it gave no answer for 1 seconds')
  })

  it('that is not there, or that no one can start, is no crash', async () => {
    const at = (command: string) => detect(command, ['/p/0.png'], 5, new AbortController().signal)
    expect([(await at('no-such-program-anywhere --x')).failure, (await at('"unclosed')).failure, (await at(import.meta.dirname)).failure]).toEqual([
      'there is no program no-such-program-anywhere', expect.stringContaining('not closed'), expect.stringContaining('cannot be started'),
    ])
  })

  it('ends with whoever waits for it', async () => {
    const stop = new AbortController()
    const asked = ask('hangs', ['/p/0.png'], 60, stop.signal)
    setTimeout(() => stop.abort(), 300)
    await expect(asked).rejects.toMatchObject({ kind: 'interrupted' })
  })
})
