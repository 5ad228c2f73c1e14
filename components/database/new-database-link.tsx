import { shown } from '#components/shell/shown.ts'
import { ButtonLink } from '#components/ui/button.tsx'
import { offersDatabases } from '#lib/database/offer.ts'

/** Nothing where the stack keeps no volumes. */
export async function NewDatabaseLink({ environmentId }: { environmentId: number }) {
  const offered = await shown((actor) => offersDatabases(actor, environmentId))
  return offered && <ButtonLink needs="deploy" href={`/environments/${environmentId}/databases/new`}>New database</ButtonLink>
}
