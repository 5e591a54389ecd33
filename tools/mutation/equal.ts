/** Mutants that mean the same as the rule, or differ only in what no exporter and no Prometheus shows. */
interface Equal {
  /** Of `rule: what` */
  readonly mutants: RegExp;
  readonly why: string;
}

export const EQUAL: readonly Equal[] = [
  {
    mutants: /^(?!SriovVport).*: (.*\.)?info\.group without (vm|vm_id|vnic) in the key$/,
    why: 'Names go with the id, which stays in the key.',
  },
  {
    mutants: /: (.*\.)?info\.count for group$/,
    why: 'An exporter shows one info series for an object: they are counted as 1.',
  },
  {
    mutants: /^SriovTargetUntrusted \(warning\): of\.no ==$/,
    why: 'The value of an info series is always 1.',
  },
  {
    mutants:
      /^(instance:hyperv_vnic_vf_lost:count|cluster:hyperv_vnic_vf_requested:count|SriovDuplicateMac \(warning\)): (left\.)?of\.(.*\.)?count for group$/,
    why: 'The series are counted, and their values are not read.',
  },
  {
    mutants: /^SriovGuestCpuHighOnSynthetic \(warning\): left\.left\.left\.of\.(no and|and without .*)$/,
    why: 'It only leaves out VMs for which the traffic of vNICs off their VF is not there either: less to sum up.',
  },
  {
    mutants: /^SriovGuestCpuHighOnSynthetic \(warning\): left\.left\.left\.max for sum$/,
    why: 'A VM has one series of guest time.',
  },
  {
    mutants: /^SriovGuestCpuHighOnSynthetic \(warning\): and\.left\.right\.sum without vm in the key$/,
    why: 'The name of a VM goes with its id.',
  },
  {
    mutants: /^(SriovGuestCpuHighOnSynthetic|SriovVfPathFlapping) \(\w+\): (left\.|and\.)?>= for >$/,
    why: 'A measured rate, or an extrapolated count, is not exactly the threshold.',
  },
  {
    mutants: /^SriovVfPoolPredictedFull \(info\): left\.left\.left\.> for >=$/,
    why: 'A predicted number is not exactly the limit.',
  },
  {
    mutants: /^SriovVfPoolPredictedFull \(info\): left\.left\.left\.right\.(no >|>= for >)$/,
    why: 'With a limit of 0 the share in use is no number, and is not above the threshold.',
  },
  {
    mutants: /^SriovVfPathFlapping \(warning\): for halved$/,
    why: 'Its group is evaluated every five minutes.',
  },
  {
    mutants: /^SriovVfPoolNearExhaustion \(info\): and\.left\.hyperv_vswitch_vf_in_use for hyperv_vswitch_vf_limit$/,
    why: 'More than 80 % of three VFs and more are three and more.',
  },
  {
    mutants: /^SriovAgentPushFailing \(warning\): unless\.left\.(max for sum|of\.other function for increase)$/,
    why: 'It is compared with 0 only.',
  },
  {
    mutants: /^SriovAgent(PushFailing \(warning\): left\.|NotificationsDropped \(warning\): )right\.0 doubled$/,
    why: 'An increase of 1 is extrapolated to more than 1.',
  },
  {
    mutants: /^SriovHostIovUnsupported \(warning\): and\.left\.max for sum$/,
    why: 'It is compared with 0 only.',
  },
  {
    mutants: /^SriovFailoverVfShort \(warning\): left\.unless\.left\.up without job="hyperv-sriov"$/,
    why: 'The job is among the labels that must be equal.',
  },
  {
    mutants: /^SriovNicIovDisabled \(warning\): left\.left\.info\.of\.hyperv_nic_info without vswitch!=""$/,
    why: 'A vSwitch without a name has no state.',
  },
];
