// Names of our counting tables: recognisable, and no two processes choose the same.
import { identityOf } from '../process-identity.ts';

/** No other table of netmcp, and nobody else's, begins like this; all are of the family netdev. */
export const tablePrefix = 'netmcp_monitor_';

let made = 0;

/** Told apart by process, by its start and by its number in the process. */
export const newTableName = (): string => {
  made += 1;
  return `${tablePrefix}${process.pid}_${identityOf(process.pid)?.start_ticks ?? 0}_${made}`;
};
