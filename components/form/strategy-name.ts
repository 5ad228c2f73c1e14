export const strategyNames: Record<string, string> = { bluegreen: 'Blue-green', immediate: 'Immediate' }

export const strategyName = (strategy: string) => strategyNames[strategy] ?? strategy
