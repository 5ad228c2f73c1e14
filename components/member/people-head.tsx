import { PageHead } from '#components/ui/page-head.tsx'
import { Tabs } from '#components/ui/tabs.tsx'

const tabs = [{ href: '/members', name: 'Members' }, { href: '/roles', name: 'Roles' }]

/** Members and roles, side by side for owners; an admin of an environment sees the roles only. */
export function PeopleHead({ title, owner, actions }: { title: string; owner: boolean; actions?: React.ReactNode }) {
  return (
    <>
      <PageHead title={title} actions={actions}><p className="text-soft">Who may get in, and what they may do there.</p></PageHead>
      {owner && <Tabs label="Of the people" tabs={tabs} />}
      <div className="pt-5" />
    </>
  )
}
