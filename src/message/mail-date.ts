/** A time as mail writes it (RFC 5322 3.3), in UTC. Pure. @param time milliseconds since 1970 */
export function mailDate(time: number): string {
  return new Date(time).toUTCString().replace('GMT', '+0000');
}
