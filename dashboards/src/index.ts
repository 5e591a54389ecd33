import { capacity } from './capacity.ts';
import { exporter } from './exporter.ts';
import { fleet } from './fleet.ts';
import { host } from './host.ts';
import { vm } from './vm.ts';

export const BOARDS = [fleet, capacity, host, vm, exporter];
