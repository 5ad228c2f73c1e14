import { Refusal } from './refusal.ts'

/** Imported late, so that what is wrong with the config is said in words and not as a stack trace. */
try {
  const { stopDavit } = await import('./start/stop-davit.ts')
  await stopDavit({ confirmed: process.argv.includes('--yes') })
  process.exit(0)
} catch (error) {
  console.error(error instanceof Refusal || (error as Error).message?.startsWith('Davit cannot start') ? (error as Error).message : error)
  process.exit(1)
}
