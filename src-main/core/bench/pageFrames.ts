/** Milliseconds, one value a frame. */
export interface FrameTimes {
  /** Between the beginnings of frames. */
  intervals: number[]
  /** From a frame's beginning until the page's thread is free again: script, style, layout and paint. */
  work: number[]
}

/**
 * Script for the page, run before its own: `frameTimes.start()`, `frameTimes.stop()` gives the FrameTimes between; `frameTimes.watch('frame' | 'folder')`
 * makes `frameTimes.opened` a promise of the milliseconds from the next key press until the stage shows another frame or folder and that is painted.
 */
export const recordInPage = `
window.frameTimes = (() => {
  let times = null
  let before = 0
  const painted = (done) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = done
    port2.postMessage(null)
  }
  const tick = (now) => {
    if (times === null) return
    if (before > 0) times.intervals.push(now - before)
    before = now
    const began = performance.now()
    const { work } = times
    painted(() => work.push(performance.now() - began))
    requestAnimationFrame(tick)
  }
  return {
    opened: null,
    start() {
      times = { intervals: [], work: [] }
      before = 0
      requestAnimationFrame(tick)
    },
    stop() {
      const measured = times
      times = null
      return measured
    },
    watch(changes) {
      let pressed = 0
      window.addEventListener('keydown', (event) => { pressed = event.timeStamp }, { capture: true, once: true })
      this.opened = new Promise((resolve, reject) => {
        const observer = new MutationObserver(() => {
          observer.disconnect()
          requestAnimationFrame(() => painted(() => resolve(performance.now() - pressed)))
        })
        observer.observe(document.querySelector('[data-testid=editor-stage]'), { attributeFilter: ['data-' + changes] })
        setTimeout(() => reject(new Error('The stage showed nothing new for ten seconds.')), 10000)
      })
      this.opened.catch(() => undefined)
    },
  }
})()`
