/**
 * The relay as main.ts runs it, on a prepared data folder, with small segments so that the log turns
 * over many times between two kills.
 *
 *   node scripts/crash/relay.ts <data folder> <bytes of a segment>
 */
import { Relay } from '../../src/relay.ts';

process.umask(0o077);
const [dataFolder, segmentSize] = process.argv.slice(2);
const wishes = { port: null, submissionPort: null, controlPort: null, smartHost: null, relayNetworks: [] };
const relay = await Relay.start({ dataFolder: dataFolder!, wishes, console: false, segmentSize: Number(segmentSize) });
process.on('SIGTERM', () => void relay.stop(20_000));
await relay.stopped;
process.exit();
