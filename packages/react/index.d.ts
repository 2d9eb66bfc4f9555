import type { BootOptions, Deskbell as Widget, Events } from "@deskbell/widget";
import type { ReactElement, ReactNode } from "react";

export declare function Deskbell(props: BootOptions & { children?: ReactNode }): ReactElement;
export declare function useDeskbell(): Widget | null;
export declare function useDeskbellEvent<Name extends keyof Events>(name: Name, listener: (detail: Events[Name]) => void): void;
