/** Address of a validated frame as a run's network saw it. `hand` only where hands are cut apart. */
export const fedUrl = (runId: number, folder: string, frame: number, hand: number | null): string => `./fed/${runId}/${folder}/${frame}${hand === null ? '' : `?hand=${hand}`}`
