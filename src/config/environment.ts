/** The environment as variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The one place that reads the process's environment: the configuration's layer and what children are given. */
export const processEnvironment = (): Environment => process.env;
