/**
 * Address of a picture of a predicted sequence.
 * @param version when it was predicted: tells states of the picture apart, so that answers can be cached
 * @param width pixels; absent = the frame as it is
 */
export function predictedUrl(session: number, name: string, frame: number, version: string, width?: number): string {
  const query = new URLSearchParams({ name, v: version })
  if (width !== undefined) query.set('width', String(width))
  return `./predicted/${session}/${frame}?${query.toString()}`
}
