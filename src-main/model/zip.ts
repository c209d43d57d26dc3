import { viewOf } from './byteSource.ts'
import type { ByteSource, Refuse } from './byteSource.ts'

/**
 * Zip archives whose files are stored uncompressed, as torch.save writes them (PKWARE, APPNOTE.TXT 6.3, with the Zip64 records).
 * Two readers of a zip can see two different archives in one crafted file, so whatever can be read in two ways is refused: files under one
 * name or names that differ in case only, files that overlap, a comment, a directory that disagrees with the files' own headers, a wrong
 * checksum, compression, encryption. What is read can never be more than the file itself holds.
 */

const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator: 0x07064b50 }
const lengths = { local: 30, central: 46, end: 22, end64: 56, locator: 20 }
const largestDirectory = 2 ** 23
const all16 = 0xffff
const all32 = 0xffffffff

interface Directory {
  count: number
  begin: number
  end: number
}

interface CentralEntry {
  name: string
  nameBytes: Uint8Array
  flags: number
  checksum: number
  size: number
  /** Place of its local header. */
  begin: number
}

/**
 * The files of an archive by name, each a source of its own bytes; its checksum is proved before its first bytes are given.
 * @throws what `refuse` makes, for anything but a plain archive of stored files
 */
export function openZip(source: ByteSource, refuse: Refuse): Map<string, ByteSource> {
  const directory = findDirectory(source, refuse)
  const entries = readDirectory(source, directory, refuse)
  const files = new Map<string, ByteSource>()
  const seen = new Set<string>()
  let free = 0
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin)) {
    const { name, size } = entry
    if (seen.has(name.toLowerCase())) throw refuse(name, `two of its files have the name ${name}`)
    seen.add(name.toLowerCase())
    if (entry.begin < free) throw refuse(name, `its file ${name} overlaps another`)
    const begin = dataBegin(source, entry, directory.begin, refuse)
    if (begin + size > directory.begin) throw refuse(name, `its file ${name} reaches past the end of the files`)
    free = begin + size
    files.set(name, proved(source, begin, entry, refuse))
  }
  return files
}

/** Finds the directory by the record at the very end. */
function findDirectory(source: ByteSource, refuse: Refuse): Directory {
  const at = source.length - lengths.end
  const place = 'end of the archive'
  if (at < 0) throw refuse(place, `it has only ${source.length} bytes`)
  const end = viewOf(source.read(at, source.length))
  if (end.getUint32(0, true) !== signatures.end || end.getUint16(20, true) !== 0) throw refuse(place, 'it does not end as a zip archive does; it may be cut short')
  const short = { disks: end.getUint32(4, true), here: end.getUint16(8, true), count: end.getUint16(10, true), size: end.getUint32(12, true), begin: end.getUint32(16, true) }
  const large = findLargeDirectory(source, at, refuse)
  const { count, size, begin } = large ?? short
  const agrees = (value: number, all: number, full: number): boolean => value === full || (large !== undefined && value === all)
  const consistent = short.disks === 0 && agrees(short.here, all16, count) && agrees(short.count, all16, count) && agrees(short.size, all32, size) && agrees(short.begin, all32, begin)
  if (!consistent) throw refuse(place, 'the records at its end contradict each other')
  const directoryEnd = large ? at - lengths.locator - lengths.end64 : at
  if (size > largestDirectory || begin + size !== directoryEnd || count * lengths.central > size) throw refuse(place, 'its directory is not where its last record says')
  return { count, begin, end: directoryEnd }
}

/** The Zip64 record before the end record at `at`, if there is one. */
function findLargeDirectory(source: ByteSource, at: number, refuse: Refuse): { count: number; size: number; begin: number } | undefined {
  const begin = at - lengths.locator - lengths.end64
  if (begin < 0) return undefined
  const view = viewOf(source.read(begin, at))
  const locator = lengths.end64
  if (view.getUint32(locator, true) !== signatures.locator) return undefined
  const [count, size, directory] = [32, 40, 48].map((offset) => Number(view.getBigUint64(offset, true))) as [number, number, number]
  const wellFormed =
    view.getUint32(0, true) === signatures.end64 &&
    Number(view.getBigUint64(4, true)) === lengths.end64 - 12 &&
    view.getBigUint64(16, true) === 0n &&
    Number(view.getBigUint64(24, true)) === count &&
    view.getUint32(locator + 4, true) === 0 &&
    Number(view.getBigUint64(locator + 8, true)) === begin
  if (!wellFormed) throw refuse('end of the archive', 'its Zip64 records are damaged')
  return { count, size, begin: directory }
}

function readDirectory(source: ByteSource, { count, begin, end }: Directory, refuse: Refuse): CentralEntry[] {
  const bytes = source.read(begin, end)
  const view = viewOf(bytes)
  const entries: CentralEntry[] = []
  let at = 0
  for (let index = 0; index < count; index++) {
    const place = `file ${index} of the archive`
    if (at + lengths.central > bytes.length || view.getUint32(at, true) !== signatures.central) throw refuse(place, 'its directory is damaged')
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [number, number, number]
    const nameEnd = at + lengths.central + nameLength
    const next = nameEnd + extraLength + commentLength
    if (next > bytes.length) throw refuse(place, 'its directory is damaged')
    const nameBytes = bytes.subarray(at + lengths.central, nameEnd)
    const name = decodeName(nameBytes)
    if (!name) throw refuse(place, 'one of its files has no readable name')
    const flags = view.getUint16(at + 8, true)
    // Bit 3: sizes follow the data; bit 11: the name is UTF-8.
    if (flags & ~0x0808) throw refuse(name, `its file ${name} is encrypted or of an unusual kind`)
    if (view.getUint16(at + 10, true) !== 0) throw refuse(name, `its file ${name} is compressed, as TorchScript programs are: save model.state_dict() with torch.save`)
    const wide = wideFields(view, at, nameEnd, extraLength)
    if (!wide || wide.size !== wide.packed || commentLength || view.getUint16(at + 34, true) !== 0) throw refuse(name, `the directory's entry of ${name} is damaged`)
    entries.push({ name, nameBytes, flags, checksum: view.getUint32(at + 16, true), size: wide.size, begin: wide.begin })
    at = next
  }
  if (at !== bytes.length) throw refuse('directory', 'its directory holds more than it says')
  return entries
}

/** Sizes and place of an entry, from its extra field where they do not fit in 32 bits; undefined when that is damaged. */
function wideFields(view: DataView, at: number, extra: number, extraLength: number): { size: number; packed: number; begin: number } | undefined {
  const wide: number[] = []
  let offset = extra
  while (offset + 4 <= extra + extraLength) {
    const length = view.getUint16(offset + 2, true)
    const end = offset + 4 + length
    if (end > extra + extraLength) return undefined
    if (view.getUint16(offset, true) === 1) {
      if (wide.length) return undefined
      for (let field = offset + 4; field + 8 <= end; field += 8) wide.push(Number(view.getBigUint64(field, true)))
    }
    offset = end
  }
  const field = (place: number): number | undefined => {
    const value = view.getUint32(at + place, true)
    return value === all32 ? wide.shift() : value
  }
  // In this order in the extra field.
  const [size, packed, begin] = [field(24), field(20), field(42)]
  return size === undefined || packed === undefined || begin === undefined ? undefined : { size, packed, begin }
}

/** Where the bytes of a file begin: after its local header, which must say what the directory says. */
function dataBegin(source: ByteSource, { name, nameBytes, flags, checksum, size, begin }: CentralEntry, limit: number, refuse: Refuse): number {
  const nameEnd = begin + lengths.local + nameBytes.length
  if (nameEnd > limit) throw refuse(name, `its file ${name} lies outside the archive`)
  const bytes = source.read(begin, nameEnd)
  const view = viewOf(bytes)
  const later = (flags & 8) !== 0
  const agrees = (offset: number, wanted: number): boolean => {
    const value = view.getUint32(offset, true)
    return value === wanted || (later && value === 0)
  }
  const sized = (offset: number): boolean => agrees(offset, size) || view.getUint32(offset, true) === all32
  const same =
    view.getUint32(0, true) === signatures.local &&
    view.getUint16(6, true) === flags &&
    view.getUint16(8, true) === 0 &&
    agrees(14, checksum) &&
    sized(18) &&
    sized(22) &&
    view.getUint16(26, true) === nameBytes.length &&
    nameBytes.every((byte, index) => byte === bytes[lengths.local + index])
  if (!same) throw refuse(name, `the directory and the header of its file ${name} contradict each other`)
  return nameEnd + view.getUint16(28, true)
}

function decodeName(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) || undefined
  } catch {
    return undefined
  }
}

function proved(source: ByteSource, begin: number, { name, size, checksum }: CentralEntry, refuse: Refuse): ByteSource {
  let sound = false
  return {
    length: size,
    read(from, to) {
      sound ||= crc32(source, begin, begin + size) === checksum
      if (!sound) throw refuse(name, `the checksum of its file ${name} is wrong: it is damaged`)
      return source.read(begin + from, begin + to)
    },
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

function crc32(source: ByteSource, begin: number, end: number): number {
  let crc = all32
  for (let at = begin; at < end; at += 2 ** 20) {
    for (const byte of source.read(at, Math.min(end, at + 2 ** 20))) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 255] as number)
  }
  return (crc ^ all32) >>> 0
}
