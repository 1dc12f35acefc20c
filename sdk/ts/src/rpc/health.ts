/** Whether one thing that a service needs works right now. */
export interface DependencyHealth {
  readonly healthy: boolean;
  /** One sentence for an operator. */
  readonly detail: string;
}

/** Whether a service can do its work, and each thing it needs for that. */
export interface HealthReport {
  /** False while any dependency is not healthy, and while draining. */
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, DependencyHealth>>;
}
