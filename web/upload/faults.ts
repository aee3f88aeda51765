// Why a request did not do its work, for the queue: three reasons that are waited for. Everything else is a refusal.

/** The connection broke: nothing is wrong with the file. */
export class Broken extends Error {}
/** The session ended. */
export class SignedOut extends Error {}
/** The server asks to wait, in seconds. */
export class Busy extends Error {
  readonly seconds: number;
  constructor(seconds: number) {
    super("busy");
    this.seconds = seconds;
  }
}
