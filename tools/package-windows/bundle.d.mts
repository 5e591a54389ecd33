export function bundle(dist: string, target: string): Promise<readonly string[]>;
