import postgres from 'postgres'

/** So that a change of one account touches a page of few. */
const PADDING = 900
/** With its accounts' padding and the index. */
const ACCOUNTS_PER_MB = 1060

/** Tables whose invariants a torn copy breaks: money is moved, never made, and each move is written down. */
export class Bank {
  readonly sql: postgres.Sql
  /** Transfers that the server has acknowledged. */
  readonly acknowledged = new Set<number>()
  #accounts = 0
  #stopped = false
  #clients: Promise<void>[] = []

  constructor(url: string) {
    this.sql = postgres(url, { max: 4, onnotice: () => {}, backoff: () => 0.02, connect_timeout: 2 })
  }

  async found(megabytes = 2): Promise<this> {
    this.#accounts = megabytes * ACCOUNTS_PER_MB
    await this.sql.unsafe(`
      create table accounts (id int primary key, balance bigint not null default 0, padding text not null);
      insert into accounts select n, 0, repeat('x', ${PADDING}) from generate_series(1, ${this.#accounts}) n;
      create table transfers (id bigserial primary key, payer int not null, payee int not null, amount int not null, note text not null);
      create index transfers_note on transfers (note);`)
    return this
  }

  /** Moves money until it is told to stop; what a lost connection took with it was not acknowledged. */
  open(clients = 3): void {
    this.#stopped = false
    this.#clients = Array.from({ length: clients }, async () => {
      while (!this.#stopped) await this.transfer().catch(() => new Promise((resolve) => setTimeout(resolve, 5)))
    })
  }

  async transfer(): Promise<number> {
    const [payer, payee, amount] = [upTo(this.#accounts), upTo(this.#accounts), upTo(100)]
    const [row] = await this.sql<{ id: string }[]>`
      with paid as (update accounts set balance = balance + case id when ${payer} then -${amount}::int else ${amount}::int end where id in (${payer}, ${payee}) and ${payer} <> ${payee})
      insert into transfers (payer, payee, amount, note) values (${payer}, ${payee}, ${payer === payee ? 0 : amount}, md5(random()::text)) returning id`
    const id = Number(row!.id)
    this.acknowledged.add(id)
    return id
  }

  /** Resolves once so many more were acknowledged. */
  async more(count: number): Promise<void> {
    const least = this.acknowledged.size + count
    while (this.acknowledged.size < least) await new Promise((resolve) => setImmediate(resolve))
  }

  async close(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#clients)
    this.#clients = []
  }

  async end(): Promise<void> {
    await this.close()
    await this.sql.end({ timeout: 1 })
  }
}

const upTo = (most: number) => 1 + Math.floor(Math.random() * most)

/** What is wrong with what lies there; empty: nothing. `own` is an account that may check indexes. */
export async function audit(own: postgres.Sql, acknowledged: Iterable<number> = []): Promise<string[]> {
  // Before anything is looked at: what is acknowledged meanwhile need not have been there yet.
  const kept = [...acknowledged]
  const wrong: string[] = []
  const ask = async <Row extends postgres.Row>(text: string) => (await own.unsafe<Row[]>(text))[0]!
  const { sum } = await ask<{ sum: string }>('select coalesce(sum(balance), 0) as sum from accounts')
  if (sum !== '0') wrong.push(`the balances sum to ${sum}`)
  const { off } = await ask<{ off: string }>(`
    select count(*) as off from accounts a left join (select account, sum(amount) as amount from
      (select payee as account, amount from transfers union all select payer, -amount from transfers) one group by account) moved on moved.account = a.id
    where a.balance <> coalesce(moved.amount, 0)`)
  if (off !== '0') wrong.push(`${off} balances are not what was transferred`)
  const { behind } = await ask<{ behind: boolean }>('select coalesce(max(id), 0) > (select last_value from transfers_id_seq) as behind from transfers')
  if (behind) wrong.push('the sequence is behind its rows')
  const there = new Set((await own<{ id: string }[]>`select id from transfers`).map(({ id }) => Number(id)))
  const lost = kept.filter((id) => !there.has(id))
  if (lost.length > 0) wrong.push(`${lost.length} acknowledged transfers are gone`)
  await own`create extension if not exists amcheck`
  await own`
    select bt_index_check(c.oid, true) from pg_class c join pg_index i on i.indexrelid = c.oid join pg_am a on a.oid = c.relam
    where a.amname = 'btree' and c.relpersistence = 'p' and i.indisvalid`.catch((error: Error) => wrong.push(`an index: ${error.message}`))
  return wrong
}
