import { readStack } from '#components/stack/read-stack.ts'
import { StackSettings } from '#components/stack/stack-forms.tsx'

type Props = { params: Promise<{ stack: string }> }

export default async function StackSettingsPage({ params }: Props) {
  const { id, handle, strategy, driver, shown } = await readStack((await params).stack)
  return <StackSettings key={JSON.stringify(shown)} stack={{ id, handle, strategy, driver, shown }} />
}
