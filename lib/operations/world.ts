import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { and, asc, desc, eq, isNotNull, isNull, ne, or } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { backups, databases } from '#drizzle/schema/database.ts'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { holds } from '#drizzle/schema/hold.ts'
import { steps } from '#drizzle/schema/journal.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { releases } from '#drizzle/schema/release.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { config } from '../config.ts'
import { createSweep } from '../container/sweep.ts'
import { offerType } from '../database/types/index.ts'
import { db } from '../db/client.ts'
import { offerDriver } from '../drivers/index.ts'
import { createMemoryDriver } from '../drivers/memory/driver.ts'
import { createMemoryWorld, type MemoryWorld, type SourceFiles } from '../drivers/memory/world.ts'
import { currentConfigurationId, readVariables } from '../release/configuration.ts'
import { openControl } from '../router/control.ts'
import { controlSocket, readTable } from '../router/keep.ts'
import { Router } from '../router/router.ts'
import type { RouterTable } from '../router/table.ts'
import { freePort } from '../router/free-port.ts'
import type { Stage, Scene } from '../runner/contract/rehearsal.ts'
import { Crew } from '../runner/contract/crew.ts'
import { definitions } from './index.ts'
import { deploy } from './deploy.ts'
import { ledgerOn, rowsOf } from './ledger-world.ts'
import { provisionApp } from './provision-app.ts'
import { provisionDatabase } from './provision-database.ts'
import { provisionEndpoint } from './provision-endpoint.ts'
import { provisionEnvironment } from './provision-environment.ts'
import { provisionStack } from './provision-stack.ts'

export const repository = 'https://git.example.org/storefront'

/** Two services, one of them with an endpoint, and commands around the release. */
export const storefront: SourceFiles = {
  procfile: 'web: serve\nworker: serve',
  davitYml: 'before_release: [say quiet]\nafter_rollback: [say loud]',
}

/** What operations work on in tests: an engine in memory, a router, and runners over one db. */
export class World {
  readonly engine: MemoryWorld
  readonly crew: Crew
  router: Router
  /** Where it takes requests. */
  routerPort: number
  #control: Server
  readonly notes: string[] = []
  readonly #sweep = createSweep((line) => this.notes.push(line), { everyMs: 0, graceMs: 0, keptEveryMs: 0, keptGraceMs: 0 })
  readonly stack: number
  readonly environment: number
  readonly #withdraw: () => void
  #made = 0

  private constructor(parts: Pick<World, 'engine' | 'crew' | 'router' | 'routerPort' | 'stack' | 'environment'>, control: Server, withdraw: () => void) {
    this.engine = parts.engine
    this.crew = parts.crew
    this.router = parts.router
    this.routerPort = parts.routerPort
    this.stack = parts.stack
    this.environment = parts.environment
    this.#control = control
    this.#withdraw = withdraw
  }

  static async open(): Promise<World> {
    const engine = createMemoryWorld()
    const { router, routerPort, control } = await openRouter()
    const withdrawals = [offerDriver('memory', () => createMemoryDriver(engine)), offerType(ledgerOn(engine))]
    const withdraw = () => withdrawals.forEach((one) => one())
    const crew = new Crew(definitions, () => createMemoryDriver(engine))
    await crew.hire()
    engine.push(repository, storefront)
    // A file may open one world after another, over the same db, and handles of stacks are kept apart there.
    const suffix = randomBytes(3).toString('hex')
    const stack = await resourceOf(await crew.carryOut(provisionStack, { handle: `here-${suffix}`, driver: 'memory' }))
    const environment = await resourceOf(await crew.carryOut(provisionEnvironment, { stack, handle: `staging-${suffix}` }))
    return new World({ engine, crew, router, routerPort, stack, environment }, control, withdraw)
  }

  /** From now on nobody answers where the router was. */
  async loseRouter(): Promise<void> {
    await new Promise((resolve) => this.#control.close(resolve))
    await this.router.close(0)
  }

  /** It starts from the table it kept. */
  async bringRouter(): Promise<void> {
    const { router, routerPort, control } = await openRouter()
    this.router = router
    this.routerPort = routerPort
    this.#control = control
  }

  /** Nothing is left of what was made in it. */
  async clear(): Promise<void> {
    for (const table of [endpoints, apps, databases]) await db.update(table).set({ deprovisionedAt: new Date() }).where(isNull(table.deprovisionedAt))
    await db.update(backups).set({ purgedAt: new Date() }).where(isNull(backups.purgedAt))
    await db.update(containers).set({ phase: 'unwanted' })
    for (const things of [this.engine.containers, this.engine.volumes]) things.clear()
  }

  /** The next world of the same file finds nothing of this one. */
  async close(): Promise<void> {
    this.#withdraw()
    await this.#sweep.end()
    await this.loseRouter()
    await this.clear()
    for (const table of [environments, stacks]) await db.update(table).set({ deprovisionedAt: new Date() }).where(isNull(table.deprovisionedAt))
    await rm(join(config.dataPath, 'router'), { recursive: true, force: true })
  }

  /** Another commit on main. */
  push(files: SourceFiles = storefront): string {
    return this.engine.push(repository, files)
  }

  /** An app as it is after `provision`. */
  async makeApp(handle = `app-${++this.#made}`): Promise<number> {
    return resourceOf(await this.crew.carryOut(provisionApp, { environment: this.environment, handle, sources: [{ url: repository }], ref: 'main' }))
  }

  /** A database that serves. */
  async makeDatabase(handle = `books-${++this.#made}`): Promise<number> {
    return resourceOf(await this.crew.carryOut(provisionDatabase, { environment: this.environment, handle, type: 'ledger', version: '1', memoryMb: 64, volumeMb: 100 }))
  }

  async database(id: number): Promise<typeof databases.$inferSelect> {
    const [row] = await db.select().from(databases).where(eq(databases.id, id))
    return row!
  }

  /** What a client does, who finds it by its address alone. */
  async write(database: number, text: string): Promise<void> {
    const [row] = await db.select({ port: containers.port }).from(containers).where(and(eq(containers.ownerId, database), eq(containers.phase, 'wanted')))
    rowsOf(this.engine, row?.port ?? null).push(text)
  }

  async rows(database: number): Promise<string[]> {
    const [row] = await db.select({ port: containers.port }).from(containers).where(and(eq(containers.ownerId, database), eq(containers.phase, 'wanted')))
    return rowsOf(this.engine, row?.port ?? null).all()
  }

  async giveEndpoint(app: number, service = 'web', host = `${service}-${app}.test`): Promise<number> {
    return resourceOf(await this.crew.carryOut(provisionEndpoint, { app, service, host }))
  }

  /** An app that was deployed once and is served by the router. */
  async makeServedApp(handle?: string): Promise<number> {
    const app = await this.makeApp(handle)
    await this.giveEndpoint(app)
    await this.crew.carryOut(deploy, { app })
    return app
  }

  async table(): Promise<RouterTable['endpoints']> {
    return (await readTable(config.dataPath))?.endpoints ?? []
  }

  async sweep(): Promise<void> {
    await this.#sweep(() => Promise.resolve())
  }

  /** What a rollback has to put back. */
  async look() {
    const live = await db.select({ id: apps.id }).from(apps).where(isNull(apps.deprovisionedAt)).orderBy(apps.id)
    return {
      stacks: await db.select().from(stacks).where(isNull(stacks.deprovisionedAt)).orderBy(stacks.id),
      environments: await db.select().from(environments).where(isNull(environments.deprovisionedAt)).orderBy(environments.id),
      apps: await db.select().from(apps).where(isNull(apps.deprovisionedAt)).orderBy(apps.id),
      handles: await db
        .select({ id: resources.id, handle: resources.handle })
        .from(resources)
        .leftJoin(apps, and(eq(apps.id, resources.id), isNull(apps.deprovisionedAt)))
        .leftJoin(databases, and(eq(databases.id, resources.id), isNull(databases.deprovisionedAt)))
        .where(or(isNotNull(apps.id), isNotNull(databases.id)))
        .orderBy(resources.id),
      databases: await db.select().from(databases).where(isNull(databases.deprovisionedAt)).orderBy(databases.id),
      backups: await db.select().from(backups).where(isNull(backups.purgedAt)).orderBy(backups.id),
      volumes: this.engine.snapshot().volumes,
      endpoints: await db.select().from(endpoints).where(isNull(endpoints.deprovisionedAt)).orderBy(endpoints.id),
      releases: await db.select({ id: releases.id }).from(releases).where(isNull(releases.discardedAt)).orderBy(releases.id),
      configurations: await db.transaction(async (tx) => {
        const found: unknown[] = []
        for (const { id } of live) {
          const configuration = await currentConfigurationId(tx, id)
          found.push([id, configuration === null ? {} : await readVariables(configuration, tx)])
        }
        return found
      }),
      containers: await this.wanted(),
      images: (await this.currentImages()).filter((image) => this.engine.images.has(image)),
      routed: await this.table(),
      running: this.running(),
    }
  }

  /** Of every app there is, what its containers are started from. */
  async currentImages(): Promise<string[]> {
    const rows = await db.select({ image: releases.image }).from(apps).innerJoin(releases, eq(releases.id, apps.currentReleaseId)).where(isNull(apps.deprovisionedAt)).orderBy(apps.id)
    return rows.map(({ image }) => image.id)
  }

  running() {
    return this.engine.snapshot().containers.filter(({ running }) => running)
  }

  /** Commands of an app's running containers, in order: `serve, serve`. */
  runningOf(app: number) {
    return this.running().filter(({ owner }) => owner === app)
  }

  wanted() {
    return db
      .select({ name: containers.name, appId: containers.ownerId, service: containers.service, releaseId: containers.releaseId, phase: containers.phase, host: containers.host, port: containers.port, stoppedAt: containers.stoppedAt })
      .from(containers)
      .where(ne(containers.phase, 'unwanted'))
      .orderBy(containers.name)
  }

  /** The db, the router and the engine agree, and no operation is under way. */
  async beSound(): Promise<void> {
    const wanted = await this.wanted()
    expect(wanted.filter(({ phase }) => phase !== 'wanted')).toEqual([])
    expect(this.engine.snapshot().containers.map(({ name, running }) => ({ name, running }))).toEqual(wanted.map(({ name }) => ({ name, running: true })))
    for (const app of await db.select().from(apps).where(isNull(apps.deprovisionedAt))) {
      const [release] = app.currentReleaseId === null ? [] : await db.select().from(releases).where(eq(releases.id, app.currentReleaseId))
      const counts = Object.fromEntries(Object.keys(release?.formation ?? {}).map((service) => [service, wanted.filter((row) => row.appId === app.id && row.service === service).length]))
      expect(counts).toEqual(release?.formation ?? {})
      expect(wanted.filter((row) => row.appId === app.id && row.releaseId !== release?.id)).toEqual([])
      expect(release?.discardedAt ?? null).toBeNull()
    }
    for (const { id, volume } of await db.select().from(databases).where(isNull(databases.deprovisionedAt))) {
      expect(wanted.filter((row) => row.appId === id)).toHaveLength(1)
      expect(this.engine.volumes.get(volume)).toMatchObject({ attached: true })
    }
    const kept = await db.select({ name: databases.volume }).from(databases).where(isNull(databases.deprovisionedAt)).union(db.select({ name: backups.volume }).from(backups).where(isNull(backups.purgedAt)))
    for (const { name } of kept) expect([...this.engine.volumes.keys()]).toContain(name)
    // What was left over is listed, and left.
    for (const name of this.engine.volumes.keys()) if (!kept.some((one) => one.name === name)) expect(this.notes.join('\n')).toContain(name)
    expect((await this.currentImages()).filter((image) => !this.engine.images.has(image))).toEqual([])
    const routed = await db.select().from(endpoints).where(isNull(endpoints.deprovisionedAt)).orderBy(endpoints.id)
    expect((await this.table()).map(({ id, host, containers: serving }) => ({ id, host, serving: serving.map(({ name }) => name) }))).toEqual(
      routed.map(({ id, host, appId, service }) => ({ id, host, serving: wanted.filter((row) => row.appId === appId && row.service === service).map(({ name }) => name) })),
    )
    expect(await db.select({ id: operations.id }).from(operations).where(isNull(operations.finishedAt))).toEqual([])
    expect(await db.select().from(steps).where(eq(steps.state, 'started'))).toEqual([])
    expect(await db.select().from(holds).where(ne(holds.state, 'released'))).toEqual([])
  }

  /** Whatever the router sends requests to is running. */
  beServing(): void {
    for (const [name, { reason }] of Object.entries(this.router.status().containers)) {
      if (reason !== 'drains') expect(this.engine.containers.get(name)?.running, `${name} is in the router's table and does not run`).toBe(true)
    }
  }
}

async function openRouter() {
  const routerPort = await freePort()
  const router = await Router.open({ dataPath: config.dataPath, host: '127.0.0.1', port: routerPort })
  return { router, routerPort, control: await openControl(router, controlSocket(config.dataPath)) }
}

/** Opens a world for the tests of a file or of a `describe`; nothing is left of what one of them did to its runners. */
export function inWorld(enter: (world: World) => void): void {
  let world: World
  beforeAll(async () => {
    world = await World.open()
    enter(world)
  })
  beforeEach(() => {
    world.crew.hook = () => {}
  })
  afterAll(async () => {
    await world.crew.dismiss()
    await world.close()
  })
}

/** The world of one operation type: what is made ready once, and then before each time. */
export async function openStage(
  setUp: (world: World) => Promise<(world: World) => Promise<Scene>>,
  options: { interrupts?: boolean; looksAfterSweep?: boolean } = {},
): Promise<Stage> {
  const world = await World.open()
  const prepare = await setUp(world)
  return {
    crew: world.crew,
    prepare: () => prepare(world),
    look: async () => {
      if (options.looksAfterSweep) await world.sweep()
      return world.look()
    },
    beSound: () => world.beSound(),
    sweep: () => world.sweep(),
    beServing: options.interrupts ? undefined : () => world.beServing(),
    close: () => world.close(),
  }
}

export async function resourceOf(operationId: number): Promise<number> {
  const [row] = await db.select({ id: operations.resourceId }).from(operations).where(eq(operations.id, operationId))
  return row!.id
}

export async function currentRelease(app: number): Promise<typeof releases.$inferSelect> {
  const [row] = await db.select({ release: releases }).from(apps).innerJoin(releases, eq(releases.id, apps.currentReleaseId)).where(eq(apps.id, app))
  return row!.release
}

/** Newest first. */
export async function releasesOf(app: number): Promise<(typeof releases.$inferSelect)[]> {
  return db.select().from(releases).where(eq(releases.appId, app)).orderBy(desc(releases.number))
}

export async function stepsOf(operationId: number) {
  return db.select().from(steps).where(eq(steps.operationId, operationId)).orderBy(asc(steps.startedAt))
}
