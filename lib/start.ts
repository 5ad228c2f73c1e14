import { Refusal } from './refusal.ts'

/** Imported late, so that what is wrong with the config is said in words and not as a stack trace. */
try {
  const { startDavit } = await import('./start/davit.ts')
  await startDavit()
  process.exit(0)
} catch (error) {
  console.error(error instanceof Refusal || (error as Error).message?.startsWith('Davit cannot start') ? (error as Error).message : error)
  process.exit(1)
}
