/** The sessions with next hops that are open, for an administrator to see and to end. */
import type { Remote } from '../message/outcome.ts';
import type { Session } from './session.ts';

export interface SessionAbout {
  readonly identity: string;
  readonly connector: string;
  readonly hop: string;
  /** What it carries now. */
  readonly current: { id: string | null };
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface OutboundSession {
  readonly identity: string;
  readonly connector: string;
  readonly hop: string;
  readonly remote: Remote;
  readonly secure: boolean;
  /** Queue id of the message it carries; null when it waits for one. */
  readonly messageId: string | null;
  /** Messages handed over. */
  readonly messages: number;
  readonly since: number;
}

export class OpenSessions {
  readonly #sessions = new Map<Session, SessionAbout>();

  add(session: Session, about: SessionAbout): void {
    this.#forgetEnded();
    this.#sessions.set(session, about);
  }

  list(): OutboundSession[] {
    this.#forgetEnded();
    return [...this.#sessions].map(([session, { identity, connector, hop, current, since }]) => ({
      identity,
      connector,
      hop,
      remote: session.remote,
      secure: session.secure,
      messageId: current.id,
      messages: session.sent,
      since,
    }));
  }

  /**
   * Says QUIT where nothing is on its way, else cuts the connection: the message is tried again. One whose
   * end was sent already may then arrive twice. @returns false when there is none of this identity.
   */
  end(identity: string): boolean {
    for (const [session, about] of this.#sessions) {
      if (about.identity !== identity) continue;
      if (about.current.id === null) session.quit();
      else session.break('The session was ended by an administrator');
      this.#sessions.delete(session);
      return true;
    }
    return false;
  }

  #forgetEnded(): void {
    for (const session of this.#sessions.keys()) if (!session.usable) this.#sessions.delete(session);
  }
}
