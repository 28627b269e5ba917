/** A check of the relay's health, as it is told. */

export type CheckName =
  | 'Service'
  | 'Listener'
  | 'OpenRelay'
  | 'Dns'
  | 'ReverseDns'
  | 'OutboundPort'
  | 'Connector'
  | 'Certificate'
  | 'Queue'
  | 'Disk'
  | 'Clock'
  | 'Logs'
  | 'ControlToken'
  | 'Spf'
  | 'Dkim'
  | 'Dmarc'
  | 'MtaSts';

export interface Finding {
  readonly status: 'Passed' | 'Warning' | 'Failed' | 'Skipped';
  readonly detail: string;
  /** What to do; null when there is nothing to do. */
  readonly action: string | null;
}

export interface Check extends Finding {
  readonly name: CheckName;
  /** What was looked at: a listener, a connector, an address; null for the relay as a whole. */
  readonly target: string | null;
}

export const passed = (detail: string): Finding => ({ status: 'Passed', detail, action: null });
export const skipped = (detail: string, action: string | null = null): Finding => ({
  status: 'Skipped',
  detail,
  action,
});
export const warning = (detail: string, action: string): Finding => ({ status: 'Warning', detail, action });
export const failed = (detail: string, action: string): Finding => ({ status: 'Failed', detail, action });

/** A finding with what it is about. */
export const check = (name: CheckName, target: string | null, { status, detail, action }: Finding): Check => ({
  name,
  target,
  status,
  detail,
  action,
});

/** The worst of several findings; null when all is well. */
export function worstOf<Step extends { readonly status: Finding['status'] }>(steps: readonly Step[]): Step | null {
  return steps.find(({ status }) => status === 'Failed') ?? steps.find(({ status }) => status === 'Warning') ?? null;
}
