import Module from 'node:module';

import { z } from 'zod';

/** What a function says about itself when it registers; a binding keeps all its properties. */
export const functionMetadataSchema = z.object({
  name: z.string().min(1),
  bindings: z.record(
    z.string(),
    z.looseObject({ type: z.string(), direction: z.string().default('in') }),
  ),
});
export type FunctionMetadata = z.infer<typeof functionMetadataSchema>;

export type FunctionCallback = (...args: unknown[]) => unknown;
export type HookCallback = (context: object) => unknown;
export type LogLevel =
  'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

/** One value on its way in or out. Only the forms that the triggers here use. */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly http?: object;
}

/** One invocation as the library's model wants it. */
export interface CoreInvocation {
  readonly invocationId: string;
  readonly request: {
    readonly invocationId: string;
    readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
    readonly triggerMetadata: { readonly [name: string]: TypedData };
    readonly traceContext: { readonly traceParent: string; readonly traceState: string };
  };
  readonly metadata: FunctionMetadata;
  log(level: LogLevel, category: string, message: string): void;
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
}

interface InvocationModel {
  getArguments(): Promise<{ readonly context: object; readonly inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<unknown>;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(core: CoreInvocation): InvocationModel;
  getCapabilities(capabilities: object): Promise<unknown>;
}

/** Where what an app says while it loads ends up. */
export interface Registration {
  registerFunction(metadata: unknown, callback: FunctionCallback): void;
  registerHook(name: string, callback: HookCallback): () => void;
  log(level: LogLevel, category: string, message: string): void;
}

class Disposable {
  readonly #callOnDispose: () => unknown;
  constructor(callOnDispose: () => unknown) {
    this.#callOnDispose = callOnDispose;
  }
  static from(...disposables: readonly { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }
  dispose(): unknown {
    return this.#callOnDispose();
  }
}

let installed = false;
let current: Registration | undefined;
let model: ProgrammingModel | undefined;

/**
 * Answers `require('@azure/functions-core')` from now on, which must happen before the first import of `@azure/functions`: like the real
 * worker it patches `Module.prototype.require`, which serves code imported as ES modules too. The library keeps what it was answered for the
 * life of the process, so what it says goes to the `registration` given last: one host at a time in a process.
 */
export function answerFunctionsCore(registration: Registration): void {
  current = registration;
  if (installed) return;
  installed = true;
  const target: unknown = Reflect.get(Module.prototype, 'require');
  if (typeof target !== 'function') throw new Error('this Node has no Module.prototype.require');
  const answer: unknown = new Proxy(target, {
    apply: (real, self, args: [string]): unknown =>
      args[0] === '@azure/functions-core' ? core : Reflect.apply(real, self, args),
  });
  Reflect.set(Module.prototype, 'require', answer);
}

/** The model that the library handed over when the first function was registered in this process. */
export function readProgrammingModel(): ProgrammingModel | undefined {
  return model;
}

const core = {
  version: '3.11.1',
  hostVersion: '4.1037.0',
  registerFunction: (metadata: unknown, callback: FunctionCallback): Disposable => {
    if (current === undefined) {
      throw new Error('A function can only be registered during app startup.');
    }
    current.registerFunction(metadata, callback);
    return new Disposable(() => undefined);
  },
  registerHook: (name: string, callback: HookCallback): Disposable =>
    new Disposable(current?.registerHook(name, callback) ?? (() => undefined)),
  setProgrammingModel: (given: ProgrammingModel): void => {
    model = given;
  },
  getProgrammingModel: (): ProgrammingModel | undefined => model,
  log: (level: LogLevel, category: string, message: string): void => {
    current?.log(level, category, message);
  },
  Disposable,
};
