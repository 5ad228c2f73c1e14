export const statuses = ['queued', 'running', 'rolling_back', 'succeeded', 'failed', 'cancelled'] as const
export const rollbacks = ['complete', 'incomplete'] as const
/** Where an operation or an event came from. */
export const sources = ['dashboard', 'first visit', 'schedule', 'davit'] as const
/** Not their own: found through the partial index on types that are not these. */
export const commonTypes = ['deploy', 'restart', 'scale', 'configure'] as const
