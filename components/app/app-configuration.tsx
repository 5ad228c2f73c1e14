import { LinkPanel } from '#components/database/link-panel.tsx'
import { shown } from '#components/shell/shown.ts'
import { type AppView, lookUpConfiguration } from '#lib/app/queries.ts'
import { nameDatabases } from '#lib/database/queries.ts'
import { findType } from '#lib/database/types/index.ts'
import { ConfigurationEditor } from './configuration-editor.tsx'

/** What an app gets as variables: those that somebody set, and those that are links to databases. */
export async function AppConfiguration({ app }: { app: AppView }) {
  const { id, strategy, strategyFrom, environment } = app
  const [configuration, databases] = await shown((actor) => Promise.all([lookUpConfiguration(actor, id), nameDatabases(actor, environment.id)]))
  const { names, plain, links } = configuration ?? { names: [], plain: [], links: [] }
  const deployed = app.release !== null
  return (
    <div className="flex flex-col gap-5">
      <ConfigurationEditor key={configuration?.id} appId={id} strategy={strategy} strategyFrom={strategyFrom} deployed={deployed} names={names.filter((name) => links.every(({ variable }) => variable !== name))} plain={plain} />
      <LinkPanel app={{ id, deployed, strategy, strategyFrom }} links={links} databases={databases.map(({ id: database, handle, type }) => ({ id: database, handle, variable: findType(type).variable }))} />
    </div>
  )
}
