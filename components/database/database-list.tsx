import type { After } from '#components/environment/after-of.ts'
import { ListPages } from '#components/environment/list-pages.tsx'
import { shown } from '#components/shell/shown.ts'
import { formatMegabytes } from '#components/ui/bytes.ts'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { Section } from '#components/ui/section.tsx'
import { listDatabases } from '#lib/database/queries.ts'
import { DatabaseState } from './database-state.tsx'
import { typeName } from './type-name.ts'

export async function DatabaseList({ environmentId, after }: { environmentId: number; after: After }) {
  const { rows, more } = await shown((actor) => listDatabases(actor, environmentId, after.databases))
  if (rows.length === 0 && after.databases === null) return null
  return (
    <Section id="databases" title="Databases">
      <List label="Databases">
        {rows.map(({ id, handle, type, version, place, memoryMb, volumeMb, container, blocked }) => (
          <ListRow key={id} href={`/databases/${id}`} name={handle} blocked={blocked} aside={<DatabaseState container={container} />}>
            {typeName(type)} {version}, {formatMegabytes(volumeMb)} at {place}, {formatMegabytes(memoryMb)} of memory
          </ListRow>
        ))}
      </List>
      <ListPages environmentId={environmentId} list="databases" after={after} rows={rows} more={more} />
    </Section>
  )
}
