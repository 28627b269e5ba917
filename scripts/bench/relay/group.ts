/** A control group of the kernel (Linux, root): what all processes of one system used together. */
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';

const ROOT = existsSync('/sys/fs/cgroup/cpuacct') ? '/sys/fs/cgroup/cpuacct' : '/sys/fs/cgroup';

export class Group {
  readonly folder: string;

  constructor(name: string) {
    this.folder = `${ROOT}/smtp-relay-bench-${process.pid}-${name}`;
    mkdirSync(this.folder);
  }

  /** Puts a program and all that it starts into this group. */
  wrap(program: string, args: readonly string[]): [program: string, args: string[]] {
    return ['sh', ['-c', `echo $$ > ${this.folder}/cgroup.procs && exec "$@"`, 'sh', program, ...args]];
  }

  /** Processor time so far, in milliseconds. */
  get processorTime(): number {
    const old = `${this.folder}/cpuacct.usage`;
    if (existsSync(old)) return Number(readFileSync(old, 'utf8')) / 1e6;
    return Number(/usage_usec (\d+)/.exec(readFileSync(`${this.folder}/cpu.stat`, 'utf8'))![1]) / 1e3;
  }

  /** Memory of all processes, shared pages counted once, in MiB. */
  get memory(): number {
    return this.#processes().reduce((sum, id) => sum + pssOf(id), 0) / 1024;
  }

  killAll(): void {
    for (const id of this.#processes()) {
      try {
        process.kill(Number(id), 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  remove(): void {
    try {
      rmdirSync(this.folder);
    } catch {
      // Somebody is still in it; an empty group that stays costs nothing.
    }
  }

  #processes(): string[] {
    return readFileSync(`${this.folder}/cgroup.procs`, 'utf8').split('\n').filter(Boolean);
  }
}

function pssOf(id: string): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
