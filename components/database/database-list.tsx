import { shown } from '#components/shell/shown.ts'
import { formatMegabytes } from '#components/ui/bytes.ts'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { Section } from '#components/ui/section.tsx'
import { listDatabases } from '#lib/database/queries.ts'
import { DatabaseState } from './database-state.tsx'
import { typeName } from './type-name.ts'

export async function DatabaseList({ environmentId }: { environmentId: number }) {
  const databases = await shown((actor) => listDatabases(actor, environmentId))
  if (databases.length === 0) return null
  return (
    <Section title="Databases">
      <List label="Databases">
        {databases.map(({ id, handle, type, version, place, memoryMb, volumeMb, container, blocked }) => (
          <ListRow key={id} href={`/databases/${id}`} name={handle} blocked={blocked} aside={<DatabaseState container={container} />}>
            {typeName(type)} {version}, {formatMegabytes(volumeMb)} at {place}, {formatMegabytes(memoryMb)} of memory
          </ListRow>
        ))}
      </List>
    </Section>
  )
}
