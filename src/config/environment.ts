/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process, for settings and for child processes. Nothing else reads process.env. */
export const processEnvironment = (): Environment => process.env;
