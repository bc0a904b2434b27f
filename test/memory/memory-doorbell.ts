import type { Clock, Doorbell } from '../../shared/model/ports.ts';

/** A message as a queue trigger sees it. */
interface QueuedMessage {
  readonly id: number;
  readonly slot: number;
  readonly token: string;
  /** Invisible before this time, milliseconds since 1970. */
  readonly dueAt: number;
  /** How often it was received. */
  readonly dequeueCount: number;
}

export interface MemoryDoorbell extends Doorbell {
  /** The message that is due longest, hidden from now on for `hideMs`; undefined where none is due. */
  receive(hideMs?: number): QueuedMessage | undefined;
  /** Takes a message off the queue, whether handled or lost. Quiet where it is gone. */
  remove(id: number): void;
  /** Puts a copy of a message on the queue: queues deliver at least once. */
  double(id: number, delayMs: number): void;
  /** Everything on the queue, hidden or not, in the order of due time. */
  messages(): readonly QueuedMessage[];
  /** When the next message is due; undefined where the queue is empty. */
  nextDue(): number | undefined;
}

/** A received message is hidden for ten minutes, as the Functions host does. */
const HOST_HIDES_MS = 600_000;
const SEVEN_DAYS = 7 * 24 * 60 * 60;

/** A queue in memory whose messages become due by a clock. Whoever drives a test receives and removes them. */
export function createMemoryDoorbell(clock: Clock): MemoryDoorbell {
  const queue = new Map<number, QueuedMessage>();
  let lastId = 0;

  function add(slot: number, token: string, delayMs: number): void {
    const id = ++lastId;
    // Whole seconds, upwards, and seven days at most, as the real queue counts.
    const seconds = Math.min(SEVEN_DAYS, Math.ceil(Math.max(0, delayMs) / 1000));
    const dueAt = clock.now() + 1000 * seconds;
    queue.set(id, { id, slot, token, dueAt, dequeueCount: 0 });
  }

  const messages = (): readonly QueuedMessage[] =>
    [...queue.values()].toSorted((a, b) => a.dueAt - b.dueAt || a.id - b.id);

  return {
    ring: async ({ slot, token }, delayMs) => {
      add(slot, token, delayMs);
    },
    receive: (hideMs = HOST_HIDES_MS) => {
      const first = messages()[0];
      if (first === undefined || first.dueAt > clock.now()) return undefined;
      const received = {
        ...first,
        dueAt: clock.now() + hideMs,
        dequeueCount: first.dequeueCount + 1,
      };
      queue.set(first.id, received);
      return received;
    },
    remove: (id) => {
      queue.delete(id);
    },
    double: (id, delayMs) => {
      const message = queue.get(id);
      if (message !== undefined) add(message.slot, message.token, delayMs);
    },
    messages,
    nextDue: () => messages()[0]?.dueAt,
  };
}
