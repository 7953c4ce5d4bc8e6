// What every probe is: it asks others, changes nothing, and may be asked again.

export const probing = {
  toolset: 'probe',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
} as const;
