export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true">
      <path d="M6 28V12a8 8 0 0 1 16 0v4" fill="none" stroke="currentColor" strokeWidth="3" strokeLinecap="round" />
      <path d="M15 19h14l-2.500 7h-9z" fill="currentColor" />
    </svg>
  )
}
