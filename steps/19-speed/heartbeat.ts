/** Somebody who can be asked for a sign of life. */
export type Pulse = {
  /** Asks for a sign of life, or ends it all if none has come since it was asked for. */
  beat(): void;
};

/** Asks everybody in a set for a sign of life, again and again, with one timer for all. */
export class Heartbeat {
  #members: ReadonlySet<Pulse>;
  #interval: number;
  #timer: NodeJS.Timeout | undefined;

  /** `interval` is in milliseconds; with 0 nobody is asked. */
  constructor(members: ReadonlySet<Pulse>, interval: number) {
    this.#members = members;
    this.#interval = interval;
  }

  /** To be called when somebody has come or gone: the timer runs only while there is somebody. */
  update(): void {
    if (this.#members.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else if (this.#interval > 0) {
      // If we were busy or asleep for long, the answers lie unread in the sockets, and this timer
      // comes first. An immediate comes when Node has read them.
      this.#timer ??= setInterval(() => setImmediate(() => this.#beat()), this.#interval).unref();
    }
  }

  #beat(): void {
    for (const member of this.#members) member.beat();
  }
}
