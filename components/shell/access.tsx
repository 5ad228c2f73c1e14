import { HeldScopesProvider } from '#components/ui/needs.tsx'
import { scopesIn } from '#lib/auth/allow.ts'
import { lookUpActor } from '#lib/auth/session.ts'

type Props = { environment: number | null; children: React.ReactNode }

/** What is inside belongs to that environment: its buttons that need a scope know whether it is held. */
export async function Access({ environment, children }: Props) {
  const actor = await lookUpActor()
  return <HeldScopesProvider held={actor ? scopesIn(actor, environment) : []}>{children}</HeldScopesProvider>
}
