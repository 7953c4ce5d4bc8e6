// The one error of the product and the one table of its codes: wrong, missing, and the exact fix.

/** Every code a caller can meet, with whether the same call may succeed later without a change by the caller. */
export const errorCodes = {
  ambiguous_interface: false,
  cancelled: true,
  change_pending: true,
  drifted: false,
  empty_capture: false,
  host_changed: false,
  internal: false,
  invalid_argument: false,
  invalid_policy: false,
  job_failed: false,
  limit_exceeded: false,
  locked: true,
  missing_binary: false,
  missing_kernel_feature: false,
  not_a_capture: false,
  not_found: false,
  not_pending: false,
  not_permitted: false,
  path_refused: false,
  plan_expired: false,
  plan_refused: false,
  plan_used: false,
  read_only: false,
  rollback_failed: false,
  rung_taken: true,
  state_dir_refused: false,
  storage_failed: true,
  step_failed: false,
  target_refused: false,
  timeout: true,
  truncated_capture: false,
  unknown_argument: false,
  unsupported_platform: false,
} as const;

export type ErrorCode = keyof typeof errorCodes;

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);

/** A code that was written down earlier; one this version does not know is `internal`. */
export const asErrorCode = (code: string): ErrorCode => (isErrorCode(code) ? code : 'internal');

export interface ErrorReport {
  code: ErrorCode;
  message: string;
  hint: string;
  retryable: boolean;
  /** Further plain data for the caller, such as the findings of a refused plan. */
  details?: Record<string, unknown>;
}

/** Message says what is wrong, hint says what to do about it; both are one or two plain sentences. */
export class NetError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    hint: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NetError';
    this.code = code;
    this.hint = hint;
    this.details = options.details;
  }

  get retryable(): boolean {
    return errorCodes[this.code];
  }

  toReport(): ErrorReport {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      retryable: this.retryable,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}

/** The errno name of a system error (`ENOENT`, `EACCES`, ...), if it is one. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Turns whatever was thrown into a NetError; frames call this, nobody else catches everything. */
export const fromUnknown = (error: unknown): NetError => {
  if (error instanceof NetError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new NetError('cancelled', 'The call was cancelled.', 'Call again if the answer is still wanted.', {
      cause: error,
    });
  }
  const errno = errnoOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new NetError('not_permitted', message, 'Run netmcp as root or with the capability CAP_NET_ADMIN.', {
      cause: error,
    });
  }
  if (errno === 'ENOSPC' || errno === 'EDQUOT' || errno === 'EROFS' || errno === 'EIO') {
    return new NetError(
      'storage_failed',
      message,
      'Free space on, or remount writable, the file system named in the message.',
      {
        cause: error,
      },
    );
  }
  if (errno === 'EMFILE' || errno === 'ENFILE') {
    return new NetError('limit_exceeded', message, 'Raise the limit of open files (ulimit -n) or end other calls.', {
      cause: error,
    });
  }
  return new NetError('internal', message, 'This is a fault of netmcp: please report it with the call that led here.', {
    cause: error,
  });
};
