import { readApp } from '#components/app/read-app.ts'
import { ReleaseList } from '#components/release/release-list.tsx'

type Props = { params: Promise<{ app: string }>; searchParams: Promise<{ before?: string | string[] }> }

export default async function ReleasesPage({ params, searchParams }: Props) {
  const app = await readApp((await params).app)
  const before = Number((await searchParams).before) || null
  return <ReleaseList appId={app.id} current={app.release?.id ?? null} before={before} />
}
