import { ButtonLink } from '#components/ui/button.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHead } from '#components/ui/page-head.tsx'

export default function Forbidden() {
  return (
    <>
      <PageHead title="Your roles do not open this page" />
      <Empty title="What is in an environment needs read on it; stacks and members are for owners.">
        An owner can give you a role that holds the scope, and sees who has which under Members.
        <ButtonLink href="/environments">To your environments</ButtonLink>
      </Empty>
    </>
  )
}
