/**
 * A mail server for the tour in the README: takes any mail on 127.0.0.1 and says so in one line each.
 *   node scripts/demo-server.mjs [port]
 */
import { SMTPServer } from 'smtp-server';

const port = Number(process.argv[2] ?? 2626);

new SMTPServer({
  name: 'demo.example',
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onData(stream, session, done) {
    stream.resume();
    stream.on('end', () => {
      process.stdout.write(`taken: ${session.envelope.rcptTo.map(({ address }) => address).join(', ')}\n`);
      done();
    });
  },
}).listen(port, '127.0.0.1', () => process.stdout.write(`demo mail server on 127.0.0.1:${port}\n`));
