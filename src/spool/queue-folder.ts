/**
 * What lies in the Queue folder, as a start finds it. Names of a million files are told apart while
 * they are read and kept as numbers; as texts they would take twenty times the memory.
 */
import { opendirSync } from 'node:fs';
import { numberOfQueueId, queueIdOf } from '../message/queue-id.ts';

export interface QueueFolderContent {
  /** Of the files that are named as we name them, `<queue id>.eml`; ascending. */
  readonly numbers: Float64Array;
  /** Other files that may be messages. */
  readonly others: readonly string[];
  /** Receptions that never ended. */
  readonly temporary: readonly string[];
}

const EXTENSION = '.eml';
const READ_AHEAD = 4096;

export function listQueueFolder(folder: string): QueueFolderContent {
  let numbers = new Float64Array(READ_AHEAD);
  let count = 0;
  const others: string[] = [];
  const temporary: string[] = [];
  const directory = opendirSync(folder, { bufferSize: READ_AHEAD });
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      const { name } = entry;
      if (name.endsWith('.tmp')) temporary.push(name);
      else if (/\.eml$/i.test(name)) {
        const number = numberOfQueueId(name.slice(0, -EXTENSION.length));
        if (number === null || name !== `${queueIdOf(number)}${EXTENSION}`) others.push(name);
        else {
          if (count === numbers.length) numbers = grown(numbers);
          numbers[count++] = number;
        }
      }
    }
  } finally {
    directory.closeSync();
  }
  return { numbers: numbers.subarray(0, count).slice().sort(), others, temporary };
}

function grown(numbers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
