/** A step of a test of a connector, as it is told. */

export type StepName =
  | 'Route'
  | 'Settings'
  | 'Credential'
  | 'Token'
  | 'Dns'
  | 'Connect'
  | 'Greeting'
  | 'Ehlo'
  | 'StartTls'
  | 'Certificate'
  | 'Authentication'
  | 'MailFrom'
  | 'RcptTo'
  | 'Send';

export interface TestStep {
  readonly connector: string;
  /** Server and port; null where it is about none. */
  readonly target: string | null;
  readonly step: StepName;
  readonly status: 'Passed' | 'Warning' | 'Failed' | 'Skipped';
  readonly detail: string;
  /** The words of the server. */
  readonly reply: string | null;
  readonly action: string | null;
  /** Milliseconds. */
  readonly elapsed: number;
}

export type Verdict = Pick<TestStep, 'status' | 'detail'> & {
  readonly reply?: string;
  readonly action?: string | null;
};
