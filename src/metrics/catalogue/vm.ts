import type { Vm } from '../../host/model.ts';
import { SRIOV_STATUS } from '../../host/vms.ts';
import { defineMetric, type MetricDefinition, type View } from '../define.ts';
import { CACHED, flag, isShown, known, once, perObject } from './rows.ts';

const LABELS = ['vm', 'vm_id'] as const;
const labelsOf = once((vm: Vm) => ({ vm: vm.name, vm_id: vm.id }));

const shown = (view: View) => view.tracked.host.vms.filter((vm) => isShown(view, 'vm', vm, vm.cpu !== undefined));
const withState = (view: View) => view.tracked.host.vms.filter((vm) => !vm.identityOnly);
const perVm = perObject(withState, LABELS, labelsOf);
const perVmCounter = perObject(shown, LABELS, labelsOf);

const STATES = ['running', 'off', 'saved', 'paused', 'transition', 'critical', 'other'] as const;

const CPU = 'counter set Hyper-V Hypervisor Virtual Processor';
const BY_NAME = 'Summed over its virtual processors; absent where two VMs share a name, the only key of that set.';

export const vmMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_vm_info',
    type: 'gauge',
    help: 'A virtual machine: always 1, read its labels.',
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
    help: 'State of the VM: 1 on the present one of running, off, saved, paused, transition, critical, other.',
    source: 'Get-VM State',
    labels: [...LABELS, 'state'],
    samples: (view) =>
      withState(view).flatMap((vm) =>
        vm.state === undefined
          ? []
          : STATES.map((state) => ({
              shared: labelsOf(vm),
              labels: { state: state },
              value: flag(vm.state === state),
            })),
      ),
  }),
  perVm('hyperv_vm_running', 'Whether the VM runs here.', 'Get-VM State, VirtualMachineType', (vm) =>
    vm.state === undefined ? undefined : flag(vm.state === 'running' && vm.real),
  ),
  perVm(
    'hyperv_vm_migrating',
    'Whether the VM migrates or moves its storage. While it does, its vNICs are on the synthetic path by design.',
    'Get-VM OperationalStatus',
    (vm) => flag(vm.migrating),
  ),
  perVm('hyperv_vm_uptime_seconds', 'Time since the VM started.', 'Get-VM Uptime', (vm) => vm.uptimeSeconds),
  perVm('hyperv_vm_processors', 'Virtual processors of the VM.', 'Get-VM ProcessorCount', (vm) => vm.processors),
  defineMetric({
    name: 'hyperv_vm_cpu_seconds_total',
    type: 'counter',
    help: `Processor time of the VM: guest, or hypervisor on its behalf. ${BY_NAME} ${CACHED}`,
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
    `Guest time spent on a remote NUMA node: part of state="guest", not beside it. ${BY_NAME} ${CACHED}`,
    `${CPU}, % Remote Run Time`,
    (vm) => vm.cpu?.remoteSeconds,
  ),
  perVmCounter(
    'hyperv_vm_cpu_wait_seconds_total',
    `Time that virtual processors waited for a logical one. ${BY_NAME} ${CACHED}`,
    `${CPU}, CPU Wait Time Per Dispatch`,
    (vm) => vm.cpu?.waitSeconds,
  ),
  perVmCounter(
    'hyperv_vm_cpu_dispatches_total',
    `Times that virtual processors were put on a logical one. ${BY_NAME} ${CACHED}`,
    `${CPU}, base of CPU Wait Time Per Dispatch`,
    (vm) => vm.cpu?.dispatches,
  ),
  defineMetric({
    name: 'hyperv_vm_sriov_status',
    type: 'gauge',
    help: `What Windows itself says of the VM's SR-IOV: 1 on each status shown (codes ${[...SRIOV_STATUS].map(([code, word]) => `${code} ${word}`).join(', ')}).`,
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
