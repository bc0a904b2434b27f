import { z } from 'zod';

/** The app's own word about itself. */
export interface Health {
  readonly status: string;
  readonly problems: readonly string[];
  /** False where wrong settings keep it from doing anything but answer this question. */
  readonly isRunning: boolean;
}

const healthSchema = z.object({
  status: z.string(),
  problems: z.array(z.string()),
  job: z.unknown().optional(),
});

/** Asks `GET /api/health`; an answer that is none becomes a problem. */
export async function readHealth(app: string): Promise<Health> {
  try {
    const response = await fetch(`${app}/api/health`);
    const { status, problems, job } = healthSchema.parse(await response.json());
    return { status, problems, isRunning: job !== undefined };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const problems = [`the app does not answer the question for its health: ${why}`];
    return { status: 'unhealthy', problems, isRunning: true };
  }
}
