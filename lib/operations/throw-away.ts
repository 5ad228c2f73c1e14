import { and, eq, inArray, isNotNull } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { releases } from '#drizzle/schema/release.ts'
import { db } from '../db/client.ts'
import { type ContainerSpec, type ExitCode, HandOver } from '../drivers/driver.ts'
import { readVariables, secretValues } from '../release/configuration.ts'
import type { AfterCrash, Hands } from '../runner/define.ts'

interface ThrowAway {
  name: string
  command: string
  /** What it is for: `before_release`, `session`. It stands where a container of the app has its service. */
  purpose: string
}

/**
 * Runs one command in a container of a release. That it was begun is written before it begins: what is gone
 * later may have done anything, and must not run twice.
 */
export async function runThrowAway(hands: Hands, releaseId: number, { name, command, purpose }: ThrowAway): Promise<ExitCode> {
  const driver = await hands.driver()
  const spec = await specFor(hands, releaseId, name, command)
  hands.signal.throwIfAborted()
  await hands.transaction((tx) =>
    tx
      .insert(containers)
      .values({ name, service: purpose, ownerId: spec.owner.id, releaseId, operationId: hands.operation.id, place: spec.place, phase: 'unwanted', startedAt: new Date() })
      .onConflictDoNothing(),
  )
  try {
    return await driver.runOnce(spec, hands.io)
  } catch (error) {
    if (error instanceof HandOver && !(await driver.inspect({ name }))) await forget(hands, name)
    throw error
  }
}

/** Handed over before it could begin. */
async function forget(hands: Hands, name: string): Promise<void> {
  await hands.transaction((tx) => tx.delete(containers).where(eq(containers.name, name)))
}

async function specFor(hands: Hands, releaseId: number, name: string, command: string): Promise<ContainerSpec> {
  const [row] = await db
    .select({ release: releases, app: { id: apps.id, handle: apps.handle }, environment: apps.environmentId })
    .from(releases)
    .innerJoin(apps, eq(apps.id, releases.appId))
    .where(eq(releases.id, releaseId))
  const { release, app, environment } = row!
  hands.hide(await secretValues(release.configurationId))
  const driver = await hands.driver()
  const [placed] = await driver.place({ containers: [{ name, memoryMb: 0, beside: true }], elders: [] })
  return {
    name,
    owner: app,
    environment,
    image: release.image.id,
    place: placed!.place,
    command,
    variables: await readVariables(release.configurationId),
    port: false,
    fence: hands.operation.fence,
  }
}

/** Those of the names that were ever begun. */
export async function begunOf(names: string[]): Promise<string[]> {
  if (names.length === 0) return []
  const rows = await db.select({ name: containers.name }).from(containers).where(and(inArray(containers.name, names), isNotNull(containers.startedAt)))
  return names.filter((name) => rows.some((row) => row.name === name))
}

/** A command that still runs when the runner died is adopted, or its exit code is; one that is gone is not run again. */
export async function adoptable(hands: Hands): Promise<AfterCrash> {
  const driver = await hands.driver()
  const states = await Promise.all((await begunOf(hands.names)).map((name) => driver.inspect({ name })))
  return states.every((state) => state !== null && (state.running || state.exitCode !== null)) ? 'run again' : 'roll back'
}
