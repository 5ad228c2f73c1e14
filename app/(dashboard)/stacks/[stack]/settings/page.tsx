import { readStack } from '#components/stack/read-stack.ts'
import { StackSettings } from '#components/stack/stack-forms.tsx'

type Props = { params: Promise<{ stack: string }> }

export default async function StackSettingsPage({ params }: Props) {
  const { id, handle, strategy } = await readStack((await params).stack)
  return <StackSettings stack={{ id, handle, strategy }} />
}
