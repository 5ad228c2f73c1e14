export const statuses = ['queued', 'running', 'rolling_back', 'succeeded', 'failed', 'cancelled'] as const
