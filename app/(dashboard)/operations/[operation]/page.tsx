import type { Metadata } from 'next'
import { OperationPage } from '#components/operation/operation-page.tsx'
import { readOperation } from '#components/operation/read-operation.ts'
import { shown } from '#components/shell/shown.ts'
import { idFrom } from '#lib/auth/route.ts'

type Props = { params: Promise<{ operation: string }> }

const read = async (params: Props['params']) => {
  const { operation } = await params
  return await shown(async (actor) => await readOperation(actor, idFrom(operation)))
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id, title } = await read(params)
  return { title: `${title} (${id})` }
}

export default async function Page({ params }: Props) {
  return <OperationPage first={await read(params)} />
}
