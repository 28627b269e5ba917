/**
 * JSON-RPC 2.0 without the transport: a text in, a text out, or nothing for notifications. Checks
 * parameters against the contract, calls the handler, and turns failures into error objects with a
 * stable id, what to do, and the path of each bad field.
 */
import { PROBLEMS, type ProblemDetail, type ProblemId, RelayProblem } from '../contract/problems.ts';
import { controlSchema, suggest, type Validator, validatorFor } from '../contract/schemas.ts';
import { isDiskFailure } from '../platform/files.ts';
import type { Handlers, Method } from './handlers.ts';

type Id = string | number | null;

interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly id: ProblemId; readonly action: string; readonly problems: readonly ProblemDetail[] };
}

type Response = { readonly jsonrpc: '2.0'; readonly id: Id } & (
  | { readonly result: unknown }
  | { readonly error: ErrorObject }
);

const MOST_IN_A_BATCH = 100;

export class Rpc {
  readonly #handlers: Handlers;
  readonly #onBug: (method: string, error: Error) => void;
  readonly #validators = new Map<string, Validator>();

  constructor(handlers: Handlers, onBug: (method: string, error: Error) => void) {
    this.#handlers = handlers;
    this.#onBug = onBug;
  }

  /** Answers a request body; null when there is nothing to answer. Never rejects. */
  async answer(body: string): Promise<string | null> {
    let request: unknown;
    try {
      request = JSON.parse(body);
    } catch (error) {
      return JSON.stringify(
        failure(null, new RelayProblem('ParseError', `The request is not JSON: ${(error as Error).message}.`)),
      );
    }
    if (!Array.isArray(request)) {
      const response = await this.#one(request);
      return response === null ? null : JSON.stringify(response);
    }
    if (request.length === 0 || request.length > MOST_IN_A_BATCH) {
      return JSON.stringify(
        failure(
          null,
          new RelayProblem(
            'InvalidRequest',
            `A batch holds 1 to ${MOST_IN_A_BATCH} requests; this one has ${request.length}.`,
          ),
        ),
      );
    }
    const responses: Response[] = [];
    // One after the other: a batch often changes something and then reads it.
    for (const item of request) {
      const response = await this.#one(item);
      if (response !== null) responses.push(response);
    }
    return responses.length === 0 ? null : JSON.stringify(responses);
  }

  async #one(request: unknown): Promise<Response | null> {
    if (!isRequest(request))
      return failure(null, new RelayProblem('InvalidRequest', 'This is not a JSON-RPC 2.0 request.'));
    const id = request.id ?? null;
    const answer = await this.#call(request.method, request.params ?? {}).then(
      (result): Response => ({ jsonrpc: '2.0', id, result: result ?? null }),
      (error): Response => failure(id, this.#toProblem(request.method, error)),
    );
    return request.id === undefined ? null : answer;
  }

  async #call(method: string, params: unknown): Promise<unknown> {
    if (!Object.hasOwn(this.#handlers, method)) {
      throw new RelayProblem(
        'MethodNotFound',
        `There is no method "${method}"${suggest(method, Object.keys(this.#handlers))}.`,
      );
    }
    const problems = this.#validatorOf(method)(params);
    if (problems.length > 0) {
      const list = problems.map(problem => `${problem.path === '' ? 'params' : problem.path} ${problem.message}`);
      throw new RelayProblem('InvalidParameter', `${method}: ${list.join('; ')}.`, problems);
    }
    return this.#handlers[method as Method](params as never);
  }

  #validatorOf(method: string): Validator {
    let validator = this.#validators.get(method);
    if (!validator) {
      validator = validatorFor(`control.schema.json#/properties/${method}/properties/params`);
      this.#validators.set(method, validator);
    }
    return validator;
  }

  #toProblem(method: string, error: unknown): RelayProblem {
    if (error instanceof RelayProblem) return error;
    if (isDiskFailure(error))
      return new RelayProblem('StorageFailed', `${method} could not be stored: ${(error as Error).message}.`, [], {
        cause: error,
      });
    this.#onBug(method, error as Error);
    return new RelayProblem('InternalError', `${method} failed: ${(error as Error).message}.`);
  }
}

/** The contract, as `rpc.discover` gives it. */
export const contract = controlSchema as object;

function isRequest(value: unknown): value is { readonly method: string; readonly params?: unknown; readonly id?: Id } {
  if (typeof value !== 'object' || value === null) return false;
  const { jsonrpc, method, params, id } = value as Record<string, unknown>;
  const idIsFine = id === undefined || id === null || typeof id === 'string' || typeof id === 'number';
  // Parameters by position are legal JSON-RPC, but our contract names them.
  const paramsAreFine =
    params === undefined || (typeof params === 'object' && params !== null && !Array.isArray(params));
  return jsonrpc === '2.0' && typeof method === 'string' && idIsFine && paramsAreFine;
}

function failure(id: Id, problem: RelayProblem): Response {
  const { action } = PROBLEMS[problem.id];
  return {
    jsonrpc: '2.0',
    id,
    error: {
      code: problem.code,
      message: problem.message,
      data: { id: problem.id, action, problems: problem.details },
    },
  };
}
