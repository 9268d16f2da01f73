import { ConfigError } from "../../../functions/config/config-error.ts";

/** Another process has the folder open, and two must not. */
export class RecordsInUse extends ConfigError {
  /** Its id. */
  readonly pid: string;

  constructor(folder: string, pid: string) {
    super([`${folder} is in use by process ${pid}; set DATA_DIR to another folder`]);
    this.pid = pid;
  }
}
