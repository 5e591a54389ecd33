import type { Vm } from '../../host/model.ts';
import { SRIOV_STATUS } from '../../host/vms.ts';
import { defineMetric, type MetricDefinition, type View } from '../define.ts';
import { flag, identityLabels, isShown, known, perObject } from './common.ts';
import { once } from '../../once.ts';

const LABELS = ['vm', 'vm_id'] as const;
const labelsOf = once((vm: Vm) => identityLabels({ vm: vm.name, vm_id: vm.id }));

const shown = (view: View) => view.tracked.host.vms.filter((vm) => isShown(view, 'vm', vm, vm.cpu !== undefined));
const withState = (view: View) => view.tracked.host.vms.filter((vm) => !vm.identityOnly);
const perVm = perObject(withState, LABELS, labelsOf);
const perVmCounter = perObject(shown, LABELS, labelsOf);

const CPU = 'counter set Hyper-V Hypervisor Virtual Processor';
const BY_NAME =
  'The sum of its virtual processors. Absent if two VMs have the same name, because the counters have no other key.';

/** Metrics of VMs, with guest and hypervisor CPU. */
export const vmMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_vm_info',
    type: 'gauge',
    help: 'Information about a VM, as labels. The value is always 1.',
    source: 'Get-VM Generation, Version',
    labels: [...LABELS, 'generation', 'version'],
    samples: (view) =>
      shown(view).map((vm) => ({
        shared: labelsOf(vm),
        labels: known({ generation: vm.generation, version: vm.version }),
        value: 1,
      })),
  }),
  defineMetric({
    name: 'hyperv_vm_state',
    type: 'gauge',
    help: 'Present state of the VM, in the label state: running, off, saved, paused, transition, critical or other. The value is always 1.',
    source: 'Get-VM State',
    labels: [...LABELS, 'state'],
    samples: (view) =>
      withState(view).flatMap((vm) =>
        vm.state === undefined ? [] : [{ shared: labelsOf(vm), labels: { state: vm.state }, value: 1 }],
      ),
  }),
  perVm(
    'hyperv_vm_running',
    'Whether the VM is running on this host: 1 if so, 0 if not.',
    'Get-VM State, VirtualMachineType',
    (vm) => (vm.state === undefined ? undefined : flag(vm.state === 'running' && vm.real)),
  ),
  perVm(
    'hyperv_vm_migrating',
    'Whether the VM or its storage is being migrated: 1 if so, 0 if not. Its vNICs use the synthetic path during the migration, by design.',
    'Get-VM OperationalStatus',
    (vm) => flag(vm.migrating),
  ),
  perVm(
    'hyperv_vm_uptime_seconds',
    'Time since the VM started, in seconds.',
    'Get-VM Uptime',
    (vm) => vm.uptimeSeconds,
  ),
  perVm(
    'hyperv_vm_processors',
    'Number of virtual processors of the VM.',
    'Get-VM ProcessorCount',
    (vm) => vm.processors,
  ),
  defineMetric({
    name: 'hyperv_vm_cpu_seconds_total',
    type: 'counter',
    help: `Processor time of the VM, in seconds, by state: guest, or hypervisor on behalf of the VM. ${BY_NAME}`,
    source: `${CPU}, % Guest Run Time, % Hypervisor Run Time`,
    labels: [...LABELS, 'state'],
    samples: (view) =>
      shown(view).flatMap((vm) => [
        { shared: labelsOf(vm), labels: { state: 'guest' }, value: vm.cpu?.guestSeconds },
        { shared: labelsOf(vm), labels: { state: 'hypervisor' }, value: vm.cpu?.hypervisorSeconds },
      ]),
  }),
  perVmCounter(
    'hyperv_vm_cpu_remote_seconds_total',
    `Guest time of the VM on a remote NUMA node, in seconds. It is part of hyperv_vm_cpu_seconds_total with state="guest". ${BY_NAME}`,
    `${CPU}, % Remote Run Time`,
    (vm) => vm.cpu?.remoteSeconds,
  ),
  perVmCounter(
    'hyperv_vm_cpu_wait_seconds_total',
    `Time that the virtual processors of the VM waited for a logical processor, in seconds. ${BY_NAME}`,
    `${CPU}, CPU Wait Time Per Dispatch`,
    (vm) => vm.cpu?.waitSeconds,
  ),
  perVmCounter(
    'hyperv_vm_cpu_dispatches_total',
    `Number of times that a virtual processor of the VM was dispatched to a logical processor. ${BY_NAME}`,
    `${CPU}, base of CPU Wait Time Per Dispatch`,
    (vm) => vm.cpu?.dispatches,
  ),
  defineMetric({
    name: 'hyperv_vm_sriov_status',
    type: 'gauge',
    help: `SR-IOV status that Windows reports for the VM. The value is always 1. status is one of (with the code of Windows) ${[...SRIOV_STATUS].map(([code, word]) => `${code} ${word}`).join(', ')}.`,
    source: 'Get-VM OperationalStatus',
    labels: [...LABELS, 'status'],
    samples: (view) =>
      withState(view).flatMap((vm) =>
        [...new Set(vm.sriovStatus)].flatMap((code) => {
          const status = SRIOV_STATUS.get(code);
          return status === undefined ? [] : [{ shared: labelsOf(vm), labels: { status }, value: 1 }];
        }),
      ),
  }),
];
