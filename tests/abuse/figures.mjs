// What a process uses, read from /proc.
import { readFileSync, readdirSync } from "node:fs";

export const residentBytes = (pid) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
export const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
export const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
