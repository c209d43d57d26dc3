import { describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, shallowRef } from 'vue'
import type { FrameRecord, SequenceDetail } from '../../src-main/contract/dataset.ts'
import { labelHeight, placeLabels, type LabelWish } from '../../src-renderer/editor/labelPlacement.ts'
import { onionAlpha, onionFrames } from '../../src-renderer/editor/onionSkin.ts'
import { cursorOf, draggedBox, drawnBox, gripAt } from '../../src-renderer/editor/regionDragging.ts'
import { nextSpan } from '../../src-renderer/editor/stageOptions.ts'
import { useStageFrame } from '../../src-renderer/editor/useDrawnFrame.ts'
import type { FramePicture } from '../../src-renderer/editor/useFramePicture.ts'

const frame = { width: 1920, height: 1080 }

describe('names beside points', () => {
  const stage = { width: 600, height: 400 }
  const wish = (row: number, at: readonly [number, number], more: Partial<LabelWish> = {}): LabelWish => ({ row, at, width: 60, away: [1, 0], forced: false, ...more })

  it('stand on the side they had better stand on, and on the stage', () => {
    const labels = placeLabels([wish(0, [100, 100]), wish(1, [300, 100], { away: [0, -1] }), wish(2, [560, 300])], [], stage)
    expect(labels).toEqual([{ row: 0, width: 60, x: 109, y: 92 }, { row: 1, width: 60, x: 270, y: 75 }, { row: 2, width: 60, x: 530, y: 275 }])
  })

  it('never cover each other; where there is no room one is left out, but not the one that is asked for', () => {
    const crowd = Array.from({ length: 30 }, (_, row) => wish(row, [200 + (row % 6) * 14, 200 + Math.floor(row / 6) * 14], { forced: row === 29 }))
    const labels = placeLabels(crowd, crowd.map(({ at }) => at), stage)
    const overlaps = labels.flatMap((a, index) => labels.slice(index + 1).filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + labelHeight && b.y < a.y + labelHeight))
    expect({ overlaps, asked: labels.some(({ row }) => row === 29), all: labels.length === crowd.length, some: labels.length > 6 }).toEqual({ overlaps: [], asked: true, all: false, some: true })
  })
})

describe('onion skin', () => {
  const frames = Array.from({ length: 8 }, (_, number) => ({ number }) as FrameRecord)

  it('is of the frames around, the nearest over the farther ones and stronger', () => {
    expect(onionFrames(frames, 1, 2).map(({ record, step }) => [record.number, step])).toEqual([[3, 2], [0, -1], [2, 1]])
    expect(onionFrames(frames, 4, 0)).toEqual([])
    const alphas = [1, 2, 10, 50].map((step) => onionAlpha(-step, 50))
    expect([alphas.toSorted((a, b) => b - a), alphas.every((alpha) => alpha > 0.05 && alpha < 1)]).toEqual([alphas, true])
  })

  it('is widened and narrowed between no frame and fifty', () => {
    const wider = Array.from({ length: 14 }).reduce<number[]>((spans) => [...spans, nextSpan(spans.at(-1) ?? 0, 1)], [0])
    expect([wider, nextSpan(12, -1), nextSpan(0, -1)]).toEqual([[0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 50, 50], 10, 0])
  })
})

describe('drawing a region', () => {
  const box = { x0: 100, y0: 200, x1: 400, y1: 500 }

  it('takes corners and sides before the inside, and says so by the cursor', () => {
    const grips = ([[102, 198], [398, 350], [250, 495], [250, 350], [250, 480], [600, 350]] as const).map((at) => gripAt([box], at, 7))
    expect(grips.map((grip) => (grip === null ? null : `${grip.x} ${grip.y} ${cursorOf(grip)}`))).toEqual(['x0 y0 nwse-resize', 'x1 null ew-resize', 'null y1 ns-resize', 'both both move', 'both both move', null])
  })

  it('takes the side of a box below before the inside of the one above it', () => {
    expect(gripAt([{ x0: 0, y0: 0, x1: 300, y1: 300 }, box], [300, 250], 7)).toEqual({ at: 0, x: 'x1', y: null })
  })

  it('drags sides, corners and the whole box in whole pixels, inside the frame', () => {
    const drag = (x: Parameters<typeof draggedBox>[1]['x'], y: Parameters<typeof draggedBox>[1]['y'], by: readonly [number, number]): number[] => Object.values(draggedBox(box, { x, y }, by, frame))
    expect([drag('x1', null, [20.4, 99]), drag('x0', 'y0', [-500, -10.6]), drag('x0', null, [900, 0]), drag('both', 'both', [-150, 700.2])]).toEqual([[100, 200, 420, 500], [0, 189, 400, 500], [396, 200, 400, 500], [0, 780, 300, 1080]])
  })

  it('makes a new box of a drag, unless it is too small to be meant', () => {
    expect([drawnBox([300.4, 500], [99.6, -40], frame), drawnBox([10, 10], [13, 400], frame)]).toEqual([{ x0: 100, y0: 0, x1: 300, y1: 500 }, null])
  })
})

describe('the frame on the stage', () => {
  const sequence = { folder: 'train/1', frameRecords: [{ number: 0 }, { number: 1 }] } as SequenceDetail
  const picture = (frame: number): FramePicture => ({ folder: 'train/1', frame, image: {} as HTMLImageElement })

  it('changes with its picture, and without it when that does not come', async () => {
    vi.useFakeTimers()
    const scope = effectScope()
    const [at, shown, broken] = [shallowRef(0), shallowRef<FramePicture | null>(picture(0)), shallowRef<string | null>(null)]
    const front = scope.run(() => useStageFrame(() => sequence, () => sequence.frameRecords[at.value] ?? null, shown, broken))
    const seen: (number | undefined)[] = []
    const look = async (): Promise<void> => {
      await nextTick()
      seen.push(front?.value?.record.number)
    }
    await look()
    at.value = 1
    await look()
    shown.value = picture(1)
    await look()
    at.value = 0
    await look()
    vi.advanceTimersByTime(300)
    await look()
    scope.stop()
    vi.useRealTimers()
    expect(seen).toEqual([0, 0, 1, 1, 0])
  })
})
