/** Whether a path is one of these, or lies below one. */
export function isBelow(path: string, folders: string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
}

/** Of a file below some folder: it leads nowhere else. */
export function isFilePath(path: string): boolean {
  return path.split('/').every((part) => !['', '.', '..'].includes(part))
}
