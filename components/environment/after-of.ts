import { Handle } from '#lib/stack/schema.ts'

/** Where the pages of the lists of an environment begin: each after a handle, or, null, at the first one. */
export interface After {
  apps: string | null
  databases: string | null
}

type Query = Partial<Record<keyof After, string | string[]>>

/** What is no handle begins at the first one. */
export function afterOf({ apps, databases }: Query): After {
  const handle = (value: unknown) => Handle.safeParse(value).data ?? null
  return { apps: handle(apps), databases: handle(databases) }
}
