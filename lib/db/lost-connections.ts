import { Socket, type SocketConnectOpts } from 'node:net'
import type postgres from 'postgres'

/** What postgres.js 3.4.9 knows of a connection and of a statement, as far as it is touched here. */
interface Connection {
  /** Set while a transaction has it for itself; another function for each transaction. */
  reserved?: (() => void) | null
  execute(statement: Statement): unknown
}
interface Statement {
  /** One for all statements of the pool, and one for those of each transaction. */
  handler: object
  reject(error: Error): void
}
type Unsafe = (text: string, args?: unknown[], options?: { onexecute?: (connection: Connection) => unknown }) => unknown

/**
 * Makes a pool safe against connections that break. By itself postgres.js then ends the process, or leaves the
 * connection unusable for minutes (porsager/postgres#1208), and carries out what a dead transaction still sends
 * on the connection that took its place, outside of any transaction or within somebody else's (#1216).
 */
export function outliveLostConnections(client: postgres.Sql): postgres.Sql {
  refuseStatementsOfTheDead(client)
  const options = client.options as unknown as { ssl: unknown; path?: string; host: string[]; port: number[]; socket?: () => Socket }
  // TLS is begun on a socket of the library's own making; and of several hosts it tries one after the other.
  if (!options.ssl && options.host.length === 1) options.socket = () => openPatiently(options.path ? { path: options.path } : { host: options.host[0]!, port: options.port[0]! })
  return client
}

/** A transaction may only speak on the connection that it began on, for as long as that is its own. */
function refuseStatementsOfTheDead(client: postgres.Sql) {
  const pool = (client`` as unknown as Statement).handler
  const known = new WeakSet<Connection>()
  const begunOn = new WeakMap<object, () => void>()
  function guard(connection: Connection) {
    if (known.has(connection)) return
    known.add(connection)
    const { execute } = connection
    connection.execute = (statement) => {
      if (statement.handler === pool) return execute(statement)
      const { reserved } = connection
      const own = begunOn.get(statement.handler) ?? reserved
      if (reserved && own === reserved) {
        begunOn.set(statement.handler, reserved)
        return execute(statement)
      }
      statement.reject(Object.assign(new Error('the connection of this transaction was lost'), { code: 'CONNECTION_CLOSED' }))
      // "There is room for more": anything else would move the connection to another queue.
      return true
    }
  }
  const changed = client as unknown as { unsafe: Unsafe }
  const { unsafe } = changed
  // How the library begins a transaction is the only place where it shows the connection.
  changed.unsafe = (text, args, options) => {
    const tell = options?.onexecute
    if (!tell) return options ? unsafe(text, args, options) : args ? unsafe(text, args) : unsafe(text)
    return unsafe(text, args, { ...options, onexecute: (connection) => (guard(connection), tell(connection)) })
  }
}

/**
 * A socket that tells of its end two turns of the event loop late. The library writes a turn after it was asked
 * to, and what it is about to write when it hears of the end stands at the head of the next connection.
 */
class PatientSocket extends Socket {
  override emit(event: string | symbol, ...rest: unknown[]): boolean {
    if (event !== 'close') return super.emit(event as 'data', ...(rest as [Buffer]))
    // False, "without an error": only then whatever was sent after the error is rejected, too.
    setImmediate(() => setImmediate(() => super.emit('close', false)))
    return true
  }
}

function openPatiently(where: SocketConnectOpts): Socket {
  return new PatientSocket().connect(where)
}
