// One PowerShell engine runs the cases of all these: its start, and what it compiles at first, cost more than they do.
import './rows.ts';
import './odd-hosts.ts';
import './faults.ts';
import './properties.ts';
import './vnic-rules.ts';
import './event-log.ts';
import './demo.ts';
