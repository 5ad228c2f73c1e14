export type ClientHint = { kind: 'operations' | 'activity' | 'logs' | 'containers' | 'everything' | 'offline'; about: number }
type Reader = (hint: ClientHint) => void

const readers = new Set<Reader>()
let close: (() => void) | null = null
let last: ClientHint['kind'] | null = null

/** Every reader of this tab shares one source, and every tab of this browser one stream. */
export function openHints(reader: Reader): () => void {
  readers.add(reader)
  close ??= connect((hint) => {
    last = hint.kind
    for (const each of readers) each(hint)
  })
  if (last === 'offline') reader({ kind: 'offline', about: 0 })
  return () => {
    readers.delete(reader)
    if (readers.size > 0 || !close) return
    close()
    close = null
  }
}

function connect(tell: Reader): () => void {
  return typeof SharedWorker === 'undefined' ? connectAlone(tell) : connectShared(tell)
}

function connectShared(tell: Reader) {
  const { port } = new SharedWorker('/events-worker.js', 'davit-events')
  port.onmessage = ({ data }: MessageEvent<ClientHint>) => tell(data)
  const leave = () => port.postMessage('leave')
  const join = () => port.postMessage('join')
  // A tab that is closed or put aside says so; a port tells its worker nothing by itself.
  window.addEventListener('pagehide', leave)
  window.addEventListener('pageshow', join)
  return () => {
    window.removeEventListener('pagehide', leave)
    window.removeEventListener('pageshow', join)
    leave()
    port.close()
  }
}

function connectAlone(tell: Reader) {
  const source = new EventSource('/api/events')
  source.addEventListener('open', () => tell({ kind: 'everything', about: 0 }))
  source.addEventListener('hint', (event) => tell(JSON.parse(event.data) as ClientHint))
  source.addEventListener('error', () => tell({ kind: 'offline', about: 0 }))
  return () => source.close()
}
