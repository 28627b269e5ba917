/**
 * How long to wait for a server (RFC 5321 4.5.3.2): five minutes for most commands, two for the reply to
 * DATA, three for a block of data to go out, ten for the reply to the final dot. One setting stretches
 * them all; at its default of 300 seconds they are those of the RFC.
 */

/** Milliseconds of silence. */
export interface CommandTimes {
  readonly command: number;
  readonly data: number;
  readonly block: number;
  readonly final: number;
}

/** @param command milliseconds for MAIL and RCPT */
export const commandTimes = (command: number): CommandTimes => ({
  command,
  data: (command * 2) / 5,
  block: (command * 3) / 5,
  final: command * 2,
});
