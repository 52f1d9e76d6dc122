// The chosen language: words, dates and numbers.
import { computed, signal } from "@preact/signals";
import { stored } from "../state/stored";
import { en, type Words } from "./en";
import { ko } from "./ko";

export type Language = "en" | "ko";
export const LANGUAGES: Record<Language, string> = { en: "English", ko: "한국어" };

const byBrowser: Language = navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en";
export const language = stored<Language>("language", byBrowser);
export const words = computed<Words>(() => (language.value === "ko" ? ko : en));

/** The present minute, so that relative times move. */
export const minute = signal(Date.now());
setInterval(() => (minute.value = Date.now()), 30_000);

const locale = computed(() =>
  language.value === "ko" ? "ko-KR" : navigator.language.startsWith("en") ? navigator.language : "en-GB",
);
const format = (options: Intl.DateTimeFormatOptions) => computed(() => new Intl.DateTimeFormat(locale.value, options));
const clock = format({ hour: "numeric", minute: "2-digit" });
const weekday = format({ weekday: "short" });
const dayMonth = format({ day: "numeric", month: "short" });
const dayMonthYear = format({ day: "numeric", month: "short", year: "numeric" });
const longDay = format({ weekday: "long", day: "numeric", month: "long" });
const longDayYear = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const full = format({ dateStyle: "medium", timeStyle: "short" });
const numbers = computed(() => new Intl.NumberFormat(locale.value));

const dayOf = (at: number) => new Date(at).setHours(0, 0, 0, 0);
const DAY = 86_400_000;
/** Whole days between a time's day and today. */
const daysAgo = (at: number) => Math.round((dayOf(minute.value) - dayOf(at)) / DAY);
const sameYear = (at: number) => new Date(at).getFullYear() === new Date(minute.value).getFullYear();

export const formatNumber = (count: number) => numbers.value.format(count);
export const formatClock = (at: number) => clock.value.format(at);
export const formatFull = (at: number) => full.value.format(at);

/** A time in a list: the clock today, then the weekday, then the date. */
export function formatShort(at: number): string {
  const days = daysAgo(at);
  if (days === 0) return clock.value.format(at);
  if (days === 1) return words.value.yesterday;
  if (days > 1 && days < 7) return weekday.value.format(at);
  return (sameYear(at) ? dayMonth : dayMonthYear).value.format(at);
}

/** The heading of a day between messages. */
export function formatDay(at: number): string {
  const days = daysAgo(at);
  if (days === 0) return words.value.today;
  if (days === 1) return words.value.yesterday;
  return (sameYear(at) ? longDay : longDayYear).value.format(at);
}

/** A moment to come. */
export function formatUntil(at: number): string {
  return daysAgo(at) === 0
    ? clock.value.format(at)
    : `${(sameYear(at) ? dayMonth : dayMonthYear).value.format(at)} ${clock.value.format(at)}`;
}

export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  for (; bytes >= 1000 && unit < units.length - 1; unit++) bytes /= 1000;
  return `${numbers.value.format(Math.round(bytes * 10) / 10)} ${units[unit]}`;
}

/** The engine gives reasons of recommendations in English. */
export function translateReason(reason: string): string {
  for (const [pattern, replacement] of words.value.reasons)
    if (pattern.test(reason)) return reason.replace(pattern, replacement);
  return reason;
}
