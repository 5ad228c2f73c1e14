// One event stream for all tabs of this browser: HTTP/1.1 allows six connections to a host.
const ports = new Set()
let source = null

function tell(message) {
  for (const port of ports) port.postMessage(message)
}

function open() {
  if (source && source.readyState !== EventSource.CLOSED) return
  source = new EventSource('/api/events')
  source.addEventListener('open', () => tell({ kind: 'everything', about: 0 }))
  source.addEventListener('hint', (event) => tell(JSON.parse(event.data)))
  source.addEventListener('error', () => {
    tell({ kind: 'offline', about: 0 })
    // The browser tries again by itself, except after an answer that is no stream (signed out, starting up).
    if (source.readyState === EventSource.CLOSED) setTimeout(() => ports.size > 0 && open(), 3000)
  })
}

function join(port) {
  ports.add(port)
  open()
  if (source.readyState === EventSource.OPEN) port.postMessage({ kind: 'everything', about: 0 })
}

function leave(port) {
  ports.delete(port)
  if (ports.size === 0 && source) source.close()
}

onconnect = (event) => {
  const port = event.ports[0]
  port.onmessage = ({ data }) => (data === 'leave' ? leave(port) : ports.has(port) || join(port))
  join(port)
}
