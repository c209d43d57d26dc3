/**
 * Dot products of many rows with many rows, four by two at a time in 128-bit vectors of float32: a WebAssembly function of a hundred instructions,
 * put together here, which does in seconds what JavaScript's scalar arithmetic does in minutes.
 */

/** As much of it as is used; the types of Node leave it to the DOM's. */
declare const WebAssembly: {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer }
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: { rows: { memory: object } }) => { exports: Record<string, unknown> }
}

const rowsAtOnce = 4
const columnsAtOnce = 2
/** Bytes of a vector. */
const vector = 16

const i32 = 0x7f
const v128 = 0x7b

/** Parameters: first of four rows, first of two columns, bytes of a row, where the eight sums go (row by row). */
const [rowStart, columnStart, stride, out] = [0, 1, 2, 3] as const
/** Locals: the other pointers, the end of the first row, the vectors read, the sums. */
const rowPointers = [rowStart, 4, 5, 6] as const
const columnPointers = [columnStart, 7] as const
const end = 8
const rowVectors = [9, 10, 11, 12] as const
const columnVectors = [13, 14] as const
const sums = [15, 16, 17, 18, 19, 20, 21, 22] as const

const unsigned = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)])
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes]
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const constant = (value: number): number[] => [0x41, value]
const add = [0x6a]
const lessUnsigned = [0x49]
const simd = (operation: number, ...immediate: number[]): number[] => [0xfd, ...unsigned(operation), ...immediate]
const loadVector = simd(0x00, 0, 0)
const extractLane = (lane: number): number[] => simd(0x1f, lane)
const addVectors = simd(0xe4)
const multiplyVectors = simd(0xe6)
const addFloats = [0x92]
const storeFloat = (offset: number): number[] => [0x38, 2, offset]
const loop = (body: readonly number[]): number[] => [0x03, 0x40, ...body, 0x0b]
const branchIf = [0x0d, 0]

function program(): number[] {
  const following = (pointers: readonly number[]): number[] => pointers.slice(1).flatMap((pointer, index) => [...get(pointers[index] as number), ...get(stride), ...add, ...set(pointer)])
  const read = (pointers: readonly number[], vectors: readonly number[]): number[] => vectors.flatMap((into, index) => [...get(pointers[index] as number), ...loadVector, ...set(into)])
  const multiplyAll = sums.flatMap((sum, index) => [
    ...get(sum),
    ...get(rowVectors[Math.floor(index / columnsAtOnce)] as number),
    ...get(columnVectors[index % columnsAtOnce] as number),
    ...multiplyVectors,
    ...addVectors,
    ...set(sum),
  ])
  const step = [...rowPointers, ...columnPointers].flatMap((pointer) => [...get(pointer), ...constant(vector), ...add, ...set(pointer)])
  const lanes = (sum: number): number[] => [0, 1, 2, 3].flatMap((lane) => [...get(sum), ...extractLane(lane), ...(lane > 0 ? addFloats : [])])
  return [
    ...following(rowPointers),
    ...following(columnPointers),
    ...get(rowStart), ...get(stride), ...add, ...set(end),
    ...loop([...read(rowPointers, rowVectors), ...read(columnPointers, columnVectors), ...multiplyAll, ...step, ...get(rowStart), ...get(end), ...lessUnsigned, ...branchIf]),
    ...sums.flatMap((sum, index) => [...get(out), ...lanes(sum), ...storeFloat(index * 4)]),
    0x0b,
  ]
}

/** The binary format of the WebAssembly core specification 2.0: one function `multiply` over an imported memory. */
function moduleBytes(): Uint8Array<ArrayBuffer> {
  const text = (name: string): number[] => sized([...new TextEncoder().encode(name)])
  const section = (id: number, entry: readonly number[]): number[] => [id, ...sized([1, ...entry])]
  const body = [2, end - out, i32, rowVectors.length + columnVectors.length + sums.length, v128, ...program()]
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [0x60, ...sized([i32, i32, i32, i32]), 0]),
    ...section(2, [...text('rows'), ...text('memory'), 0x02, 0x00, 1]),
    ...section(3, [0]),
    ...section(7, [...text('multiply'), 0x00, 0]),
    ...section(10, sized(body)),
  ])
}

/** Dot products of rows `row` … and columns `column` … (rows of the same matrix): [tile × tile], row by row. Good until the next tile is made. */
export interface Tile {
  row: number
  column: number
  products: Float32Array
}

/** Rows and columns of a tile: two of them of a thousand numbers each fit a processor's second cache. */
export const tileSize = 64

/**
 * All dot products of a matrix's rows with each other, tile by tile, the upper triangle of tiles with its diagonal. What lies past the last row is 0.
 * @param rows [count × width], row by row
 */
export function* dotProducts(rows: Float32Array, width: number): Generator<Tile> {
  const count = width === 0 ? 0 : rows.length / width
  const tiles = Math.ceil(count / tileSize)
  const bytes = Math.ceil((width * 4) / vector) * vector
  const first = tileSize * tileSize * 4
  const memory = new WebAssembly.Memory({ initial: Math.ceil((first + tiles * tileSize * bytes) / 65_536) })
  const padded = new Float32Array(memory.buffer, first)
  for (let row = 0; row < count; row++) padded.set(rows.subarray(row * width, (row + 1) * width), (row * bytes) / 4)
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { rows: { memory } })
  const multiply = exports['multiply'] as (row: number, column: number, stride: number, out: number) => void
  const eight = new Float32Array(memory.buffer, 0, rowsAtOnce * columnsAtOnce)
  const products = new Float32Array(tileSize * tileSize)
  for (let row = 0; row < count; row += tileSize)
    for (let column = row; column < count; column += tileSize) {
      for (let i = 0; i < tileSize; i += rowsAtOnce)
        for (let j = 0; j < tileSize; j += columnsAtOnce) {
          multiply(first + (row + i) * bytes, first + (column + j) * bytes, bytes, 0)
          for (let at = 0; at < rowsAtOnce; at++) {
            products[(i + at) * tileSize + j] = eight[at * 2] as number
            products[(i + at) * tileSize + j + 1] = eight[at * 2 + 1] as number
          }
        }
      yield { row, column, products }
    }
}
