import { LiveRefresh } from '#components/live/live-refresh.tsx'
import { BlockNotice } from '#components/operation/block-notice.tsx'
import { readStack } from '#components/stack/read-stack.ts'
import { PageHead } from '#components/ui/page-head.tsx'
import { Tabs } from '#components/ui/tabs.tsx'

type Props = { params: Promise<{ stack: string }>; children: React.ReactNode }

export default async function StackLayout({ params, children }: Props) {
  const stack = await readStack((await params).stack)
  const base = `/stacks/${stack.id}`
  const tabs = [{ href: base, name: 'Environments' }, { href: `${base}/activity`, name: 'Activity' }, { href: `${base}/settings`, name: 'Settings' }]
  return (
    <>
      <LiveRefresh />
      <PageHead trail={[{ href: '/stacks', name: 'Stacks' }]} kind="Stack" title={stack.handle}>
        <BlockNotice blocks={stack.blocks} />
      </PageHead>
      <Tabs label="Of the stack" tabs={tabs} />
      <div className="pt-5">{children}</div>
    </>
  )
}
