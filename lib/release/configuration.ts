import { and, desc, eq } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { configurations, releases } from '#drizzle/schema/release.ts'
import { db, type Transaction } from '../db/client.ts'
import { seal, unseal } from '../secret/seal.ts'

export type Variables = Record<string, string>

/** The variables of a configuration in the clear: for containers, and for whoever may see values. */
export async function readVariables(configurationId: number, from: Transaction | typeof db = db): Promise<Variables> {
  const [row] = await from.select({ sealed: configurations.sealed }).from(configurations).where(eq(configurations.id, configurationId))
  return row ? (JSON.parse(unseal(row.sealed)) as Variables) : {}
}

export interface ConfigurationChange {
  set: Record<string, { value: string; secret: boolean }>
  unset: string[]
  /** Of those that are set, the ones that are connection URLs, and the databases they lead to. */
  links?: Record<string, number>
}

/** A new configuration: the former one with a change. The same operation gets the same one however often it asks. */
export async function changeConfiguration(
  tx: Transaction,
  appId: number,
  operationId: number,
  formerId: number | null,
  change: ConfigurationChange,
): Promise<number> {
  const [made] = await tx
    .select({ id: configurations.id })
    .from(configurations)
    .where(and(eq(configurations.appId, appId), eq(configurations.operationId, operationId)))
  if (made) return made.id
  const [former] = formerId === null ? [] : await tx.select().from(configurations).where(eq(configurations.id, formerId))
  const variables = formerId === null ? {} : await readVariables(formerId, tx)
  const plain = new Set(former?.plain)
  // Whatever sets or unsets a variable otherwise, its link is gone with it.
  const changed = new Set([...change.unset, ...Object.keys(change.set)])
  const links = { ...Object.fromEntries(Object.entries(former?.links ?? {}).filter(([name]) => !changed.has(name))), ...change.links }
  for (const name of change.unset) {
    delete variables[name]
    plain.delete(name)
  }
  for (const [name, { value, secret }] of Object.entries(change.set)) {
    variables[name] = value
    if (secret) plain.delete(name)
    else plain.add(name)
  }
  const [row] = await tx
    .insert(configurations)
    .values({ appId, operationId, names: Object.keys(variables).toSorted(), plain: [...plain].toSorted(), links, sealed: seal(JSON.stringify(variables)) })
    .returning({ id: configurations.id })
  return row!.id
}

/** Values that a log must not show: those not marked plain. */
export async function secretValues(configurationId: number, from: Transaction | typeof db = db): Promise<string[]> {
  const [row] = await from.select({ plain: configurations.plain }).from(configurations).where(eq(configurations.id, configurationId))
  const variables = await readVariables(configurationId, from)
  return Object.entries(variables).filter(([name]) => !row?.plain.includes(name)).map(([, value]) => value)
}

/** Of the current release; of an app without one, the newest, which waits for the first release. */
export async function currentConfigurationId(tx: Transaction, appId: number): Promise<number | null> {
  const [app] = await tx
    .select({ id: releases.configurationId })
    .from(apps)
    .innerJoin(releases, eq(releases.id, apps.currentReleaseId))
    .where(eq(apps.id, appId))
  if (app) return app.id
  const [newest] = await tx
    .select({ id: configurations.id })
    .from(configurations)
    .where(eq(configurations.appId, appId))
    .orderBy(desc(configurations.id))
    .limit(1)
  return newest?.id ?? null
}
