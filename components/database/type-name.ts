import { databaseTypes } from '#lib/database/types/index.ts'

/** On screen; one that is no longer offered goes by the name it is recorded with. */
export const typeName = (type: string) => databaseTypes().find(({ name }) => name === type)?.title ?? type
