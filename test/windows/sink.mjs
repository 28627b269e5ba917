// A next hop for the tests on Windows: node.exe sink.mjs MODULE PORT FILE writes the subject of each message it takes.
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [, , module, port, file] = process.argv;
const { SMTPServer } = createRequire(`${module}/package.json`)('smtp-server');
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, _session, done) {
    let text = '';
    stream.on('data', chunk => (text += chunk));
    stream.on('end', () => {
      appendFileSync(file, `${/^Subject: (.*)$/m.exec(text)?.[1]?.trim()}\n`);
      done();
    });
  },
});
server.listen(Number(port), '127.0.0.1');
