import type { Clock } from '../clock.ts';
import type { Part } from '../document/document.ts';

export interface RenderScheduleOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Renders what the store knows now. Never rejects. */
  readonly render: () => Promise<void>;
  /** Milliseconds until a source expires; undefined while none can */
  readonly nextExpiry: () => number | undefined;
  /** Milliseconds between polls of the part that is polled most often */
  readonly shortestIntervalMs: number;
}

export interface RenderSchedule {
  /** A poll of this part has ended, well or not. */
  landed(part: Part): void;
  /** No further renders are started. */
  stop(): void;
}

/** Between renders that polls other than the inventory's ask for, at most. */
const SPACING_MS = 15_000;
/** Polls land a little early or late; without slack every other one would wait for the next. */
const SLACK = 0.9;
/** Longer than the spacing by the jitter of a poll: a timer of the same period would render once more for each poll. */
const IDLE_MS = 20_000;

/**
 * Decides when the metrics are rendered. Each inventory, and the first poll of each part, is rendered when it lands.
 * All other polls share one render in 15 s (in one interval where a part is polled more often). Without any poll the
 * metrics are rendered 20 s after the last render, and just after a source expires: a dead PowerShell must not freeze
 * old values.
 */
export function scheduleRenders(options: RenderScheduleOptions): RenderSchedule {
  const { clock, nextExpiry } = options;
  const spacing = Math.min(SPACING_MS, options.shortestIntervalMs) * SLACK;
  const seen = new Set<Part>();
  let timer: NodeJS.Timeout | undefined;
  let timerDue = Number.POSITIVE_INFINITY;
  let lastShared = Number.NEGATIVE_INFINITY;
  let stopped = false;

  async function render(): Promise<void> {
    if (stopped) return;
    plan(IDLE_MS);
    await options.render();
    // What expires is known only after the render; a plan that is sooner stays.
    const expiry = nextExpiry();
    if (expiry !== undefined && clock.monotonic() + expiry < timerDue) plan(expiry + 1);
  }

  function renderShared(): void {
    lastShared = clock.monotonic();
    void render();
  }

  /** Replaces the timer. */
  function plan(waitMs: number): void {
    if (stopped) return;
    clearTimeout(timer);
    timerDue = clock.monotonic() + waitMs;
    timer = setTimeout(renderShared, waitMs);
  }

  plan(IDLE_MS);
  return {
    landed(part) {
      if (!seen.has(part) || part === 'inventory') {
        seen.add(part);
        void render();
        return;
      }
      const wait = lastShared + spacing - clock.monotonic();
      if (wait <= 0) renderShared();
      else if (clock.monotonic() + wait < timerDue) plan(wait);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
