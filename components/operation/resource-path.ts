const folders: Record<string, string> = { stack: 'stacks', environment: 'environments', app: 'apps', endpoint: 'endpoints', database: 'databases' }

export function resourcePath(kind: string, id: number): string {
  return `/${folders[kind] ?? kind}/${id}`
}
