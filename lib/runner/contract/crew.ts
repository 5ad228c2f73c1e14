import { connect } from '../../db/client.ts'
import type { Driver } from '../../drivers/driver.ts'
import type { Definition } from '../define.ts'
import { ended, expire, startTestRunner, tester } from '../rehearsal.ts'
import type { Direction } from '../journal.ts'
import type { Runner } from '../runner.ts'
import { start } from '../start.ts'

/** A driver that can be cut off from its world as the death of its process would. */
export interface MortalDriver extends Driver {
  die(): void
}

/** Where a runner stands. */
export interface Moment {
  member: Member
  point: string
  operationId: number
  step: number
  direction: Direction
}

export type Hook = (moment: Moment) => Promise<void> | void

/** One runner with its own way to the world. */
export interface Member {
  runner: Runner
  /** Nothing it had begun does anything more, and its lease is over. */
  kill(): Promise<void>
}

/** Longer than any test, so that only the db's fence tells a runner that it was replaced. */
const LEASE_SECONDS = 60

/** Runners over one queue and one world; whoever works for it is asked at each point where it could be stopped. */
export class Crew {
  hook: Hook = () => {}
  readonly members: Member[] = []
  readonly #definitions: Definition[]
  readonly #openDriver: () => MortalDriver
  readonly #sql = connect({ max: 12 })

  constructor(definitions: Definition[], openDriver: () => MortalDriver) {
    this.#definitions = definitions
    this.#openDriver = openDriver
  }

  async hire(): Promise<Member> {
    const driver = this.#openDriver()
    const hired = Promise.withResolvers<Member>()
    const runner = await startTestRunner({
      definitions: this.#definitions,
      sql: this.#sql,
      leaseSeconds: LEASE_SECONDS,
      openDriver: () => Promise.resolve(driver),
      at: async (point, detail) => this.hook({ member: await hired.promise, point, ...detail }),
    })
    const member = {
      runner,
      kill: async () => {
        runner.leaveForDead()
        driver.die()
        this.members.splice(this.members.indexOf(member), 1)
        await expire(runner)
      },
    }
    this.members.push(member)
    hired.resolve(member)
    return member
  }

  /** The next runner finds the lease of this one expired and takes its work; this one does not know yet. */
  async replace(member: Member): Promise<Member> {
    await expire(member.runner)
    this.members.splice(this.members.indexOf(member), 1)
    return this.hire()
  }

  /** It hands over what it does, and stops. */
  async leave(member: Member): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1)
    await member.runner.drain(1000)
  }

  start(definition: Definition, input: unknown): Promise<{ id: number }> {
    return start(definition as never, input as never, tester)
  }

  /** From beginning to end with nothing in its way. */
  async carryOut(definition: Definition, input: unknown): Promise<number> {
    const { id } = await this.start(definition, input)
    const row = await ended(id)
    if (row.status !== 'succeeded') throw new Error(`${row.title} ended ${row.status}: ${row.error}`)
    return id
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.members.map(({ runner }) => runner.drain(1000)))
    await this.#sql.end({ timeout: 1 })
  }
}
