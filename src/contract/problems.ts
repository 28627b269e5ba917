/**
 * The catalogue of problems an administrator can meet: a stable id, the JSON-RPC error code, and
 * what to do. PowerShell shows the same id as FullyQualifiedErrorId (`SmtpRelay.<id>`), so an id,
 * once published, is never changed or reused. Sentences are made where the facts are known.
 */

interface Entry {
  readonly code: number;
  readonly action: string;
}

const INVALID_PARAMS = -32602;

export const PROBLEMS = {
  // --- the request itself (JSON-RPC 2.0 section 5.1) ---
  ParseError: { code: -32700, action: 'Send a JSON-RPC 2.0 request as UTF-8 JSON.' },
  InvalidRequest: { code: -32600, action: 'Send an object with jsonrpc "2.0", a method and an id.' },
  MethodNotFound: { code: -32601, action: 'Call rpc.discover for the list of methods.' },
  InternalError: { code: -32603, action: 'Look into the activity log; the relay goes on working.' },
  // --- what was asked for ---
  InvalidParameter: { code: INVALID_PARAMS, action: 'Correct the named values; nothing was changed.' },
  InvalidSettings: { code: INVALID_PARAMS, action: 'Correct the named settings; nothing was changed.' },
  OpenRelay: { code: -32001, action: 'Name the networks that may relay, or confirm that strangers may.' },
  NotFound: { code: -32002, action: 'List what there is with the Get- command of the same noun.' },
  AlreadyExists: { code: -32003, action: 'Choose another name, or change the existing one with Set-.' },
  StorageFailed: {
    code: -32004,
    action: 'Free space on the disk of the data folder or mend its rights, then try again.',
  },
  NotAccepted: { code: -32005, action: 'Correct the message or the addresses and send it again.' },
  Busy: { code: -32006, action: 'Try again in a moment, when the delivery has ended; everything else was done.' },
  CertificateRefused: { code: -32007, action: 'Get a certificate that has what is named here; nothing was changed.' },
  SourceUnreadable: {
    code: -32016,
    action:
      'Take a file of Export-IisSmtpConfiguration.ps1, or MetaBase.xml as the old server has it; nothing was changed.',
  },
  ImportRefused: {
    code: -32017,
    action: 'Settle what is named, or leave out -Strict and settle it afterwards; nothing was changed.',
  },
  InUse: { code: -32008, action: 'Change what uses it first, or say -Force; nothing was changed.' },
  // --- start-up ---
  SettingsUnreadable: {
    code: -32010,
    action: 'Mend settings.json, or put back the newest file of the history folder as settings.json.',
  },
  DataFolderUnusable: {
    code: -32011,
    action: 'Give this account full rights to the data folder, or name another one with --data.',
  },
  DataFolderInUse: {
    code: -32012,
    action: 'Stop the other relay first (Stop-SmtpRelay), or name another data folder with --data.',
  },
  AddressInUse: {
    code: -32013,
    action:
      'Stop the program that holds the port (on Windows: Get-NetTCPConnection -LocalPort; on Linux: ss -ltnp), or choose another port.',
  },
  ListenFailed: {
    code: -32014,
    action: 'Check the address and the rights of this account (ports below 1024 need administrator rights on Linux).',
  },
  UsageError: { code: -32015, action: 'Run with --help for the list of options.' },
} as const satisfies Record<string, Entry>;

export type ProblemId = keyof typeof PROBLEMS;

/** One thing that is wrong, with the place it stands at. */
export interface ProblemDetail {
  /** Dotted path from the root of what was given: `listeners[1].bindings[0].port`. */
  readonly path: string;
  readonly value?: unknown;
  /** What is wrong and what is allowed. */
  readonly message: string;
}

/** An expected failure on its way to an administrator. */
export class RelayProblem extends Error {
  readonly id: ProblemId;
  readonly details: readonly ProblemDetail[];

  constructor(id: ProblemId, message: string, details: readonly ProblemDetail[] = [], options?: ErrorOptions) {
    super(message, options);
    this.name = 'RelayProblem';
    this.id = id;
    this.details = details;
  }

  get action(): string {
    return PROBLEMS[this.id].action;
  }

  get code(): number {
    return PROBLEMS[this.id].code;
  }
}
