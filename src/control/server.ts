/**
 * The door for administration: HTTP on 127.0.0.1. `POST /rpc` with the bearer token speaks JSON-RPC;
 * `GET /healthz` says only whether the relay lives; `GET /metrics` (token) has the counters for
 * Prometheus; `GET /events` (token) tells what happens as it happens. A web page in a browser can't use it: the Host must be a loopback name, anything with
 * an Origin is refused, and no CORS header is ever sent.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { RelayProblem } from '../contract/problems.ts';
import type { EventStreams } from './event-stream.ts';
import type { Rpc } from './rpc.ts';
import { sameToken } from './token.ts';

export interface ControlServerOptions {
  readonly port: number;
  readonly token: string;
  readonly rpc: Rpc;
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>;
  readonly events: EventStreams;
  readonly healthy: () => Promise<boolean>;
}

/** A message of 64 MiB in base64 (message.import), and what stands around it. */
const LARGEST_BODY = 87 * 1024 * 1024;
const HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #server: Server;

  private constructor(options: ControlServerOptions) {
    this.#options = options;
    this.#server = createServer({ keepAliveTimeout: 5000, requestTimeout: 60_000 }, (request, response) => {
      this.#serve(request, response).catch(error => send(response, 500, `${(error as Error).message}\n`));
    });
  }

  get port(): number {
    return this.#options.port;
  }

  /** @throws RelayProblem AddressInUse or ListenFailed. */
  static open(options: ControlServerOptions): Promise<ControlServer> {
    const control = new ControlServer(options);
    return new Promise((resolve, reject) => {
      control.#server.once('error', (error: NodeJS.ErrnoException) => {
        const busy = error.code === 'EADDRINUSE';
        const why = busy
          ? 'another program listens there already (perhaps another relay; choose another --control-port)'
          : error.message;
        reject(
          new RelayProblem(
            busy ? 'AddressInUse' : 'ListenFailed',
            `Cannot open the control port 127.0.0.1:${options.port}: ${why}.`,
            [],
            { cause: error },
          ),
        );
      });
      control.#server.listen({ host: '127.0.0.1', port: options.port, exclusive: true }, () => resolve(control));
    });
  }

  async close(): Promise<void> {
    this.#options.events.close();
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const force = setTimeout(() => this.#server.closeAllConnections(), 1000);
    await closed;
    clearTimeout(force);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    if (!HOSTS.has(host) || request.headers.origin !== undefined)
      return send(response, 403, 'Only local programs may use this port.\n');
    const [pathname, query = ''] = (request.url ?? '/').split('?', 2);
    if (pathname === '/healthz')
      return (await this.#options.healthy()) ? send(response, 200, 'ok\n') : send(response, 503, 'not ok\n');
    if (!this.#isAllowed(request)) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      return send(
        response,
        401,
        'The control token is missing or wrong. It stands in the file control.token of the data folder.\n',
      );
    }
    if (pathname === '/metrics' && request.method === 'GET') {
      const { text, contentType } = await this.#options.metrics();
      response.setHeader('Content-Type', contentType);
      return send(response, 200, text);
    }
    if (pathname === '/events' && request.method === 'GET') {
      if (this.#options.events.open(response, new URLSearchParams(query))) return;
      return send(response, 503, 'Too many programs listen already.\n');
    }
    if (pathname !== '/rpc')
      return send(response, 404, 'There is POST /rpc, GET /metrics, GET /events and GET /healthz.\n');
    if (request.method !== 'POST') return send(response, 405, 'Use POST.\n');
    const body = await readBody(request);
    if (body === null) return send(response, 413, `A request may have ${LARGEST_BODY} bytes.\n`);
    const answer = await this.#options.rpc.answer(body);
    if (answer === null) return send(response, 204, '');
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    return send(response, 200, answer);
  }

  #isAllowed(request: IncomingMessage): boolean {
    const given = /^Bearer ([A-Za-z0-9_-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return given !== undefined && sameToken(this.#options.token, given);
  }
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > LARGEST_BODY) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: string): void {
  if (response.headersSent) return;
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.writeHead(status);
  response.end(body);
}
