import { ButtonLink } from '#components/ui/button.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHead } from '#components/ui/page-head.tsx'

export default function NotFound() {
  return (
    <>
      <PageHead title="There is nothing at this address" />
      <Empty title="It may never have been there, or you may not see it.">
        What was deprovisioned is found in the activity.
        <ButtonLink href="/activity">To the activity</ButtonLink>
      </Empty>
    </>
  )
}
